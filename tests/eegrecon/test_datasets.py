"""Trials divided into shares against a small table worked out by hand, and files of arrays with their faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from explanations import Explains

from eegrecon import DataError, Montage, Recordings, Trials
from eegrecon.datasets import read_arrays, split_recordings
from eegrecon.errors import MissingFiles
from eegrecon.interfaces import recording_checks
from eegrecon.testing import PlainRun, toy_recordings

# trial:           0        1       2       3        4        5       6       7
SUBJECT = np.array([1, 1, 1, 1, 2, 2, 2, 2])
IMAGE = np.array([3, 0, 2, 4, 3, 1, 2, 4])
SHARE = ["train", "train", "test", "", "val", "train", "test", "test"]
PICTURES = [np.full((2, 2, 3), number, np.uint8) for number in range(5)]


def split(**changes: Any) -> Recordings:
    rows = np.arange(8)
    eeg = np.repeat(rows, 6).reshape(8, 2, 3).astype(np.float32)
    trials = Trials(eeg, SUBJECT, 100 + rows, IMAGE % 2, IMAGE, order=rows)
    montage = Montage(("Cz", "Pz"), 100.0, 0.0, "uV")
    asked = {"share": SHARE, "subject": 1, "captions": [f"picture {number}" for number in range(5)], **changes}
    return split_recordings(trials, pictures=PICTURES, classes=("even", "odd"), montage=montage, **asked)


def shown(trials: Trials, pictures: Any) -> list[int]:
    return [int(pictures[int(row)][0, 0, 0]) for row in trials.image]


def test_trials_are_divided_by_share_and_subject_and_keep_their_pictures() -> None:
    found = split()
    assert found.training.train.trial.tolist() == [100, 101]
    assert found.training.val.trial.tolist() == []
    assert found.pool.train.trial.tolist() == [100, 101, 105]
    assert found.pool.val.trial.tolist() == [104]
    assert found.test.trial.tolist() == [102]
    assert shown(found.training.train, found.training.pictures) == [3, 0]
    assert shown(found.pool.train, found.pool.pictures) == [3, 0, 1]
    assert shown(found.pool.val, found.pool.pictures) == [3]
    assert shown(found.test, found.pictures) == [2]
    assert len(found.training.pictures) == 3  # 0, 1 and 3, in which no test picture is
    assert found.training.captions == ["picture 0", "picture 1", "picture 3"]
    assert found.captions == ["picture 2"]
    assert found.training.train.eeg[np.array([1])].tolist() == [[[1.0] * 3] * 2]
    assert found.pool.train.order is not None
    assert found.pool.train.order.tolist() == [0, 1, 5]


def test_a_subject_who_is_not_permitted_is_tested_with_what_the_others_train() -> None:
    found = split(permitted=[2])
    assert found.training.train.trial.tolist() == found.pool.train.trial.tolist() == [105]
    assert found.test.trial.tolist() == [102]
    assert len(found.training.pictures) == 2


def test_a_share_of_another_name_is_refused() -> None:
    with pytest.raises(DataError, match="share is 'testing'; name it train, val, test"):
        split(share=[*SHARE[:7], "testing"])


def test_the_toy_recordings_put_together_again_are_the_same(run: PlainRun) -> None:
    toy = toy_recordings()
    parts = (toy.training.train, toy.training.val, toy.test)
    pictures = [toy.training.pictures[row] for row in range(64)] + [toy.pictures[row] for row in range(32)]
    image = np.concatenate([parts[0].image, parts[1].image, 64 + parts[2].image])
    whole = Trials(
        np.concatenate([part.eeg[np.arange(len(part.trial))] for part in parts]),
        *(np.concatenate([getattr(part, name) for part in parts]) for name in ("subject", "trial", "label")),
        image,
    )
    share = np.repeat(["train", "val", "test"], [len(part.trial) for part in parts])
    found = split_recordings(whole, share, 1, pictures, toy.training.classes, toy.training.montage)

    class Toy:
        """What the checks name in a message."""

    recording_checks.check(Toy(), found, 1)  # type: ignore[arg-type]
    for own, other in ((found.training.train, parts[0]), (found.training.val, parts[1]), (found.test, parts[2])):
        assert own.trial.tolist() == other.trial.tolist()
        assert np.array_equal(own.eeg[np.arange(3)], other.eeg[np.arange(3)])
    assert np.array_equal(found.pictures[5], toy.pictures[5])


def test_arrays_are_read_by_name(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "trials.npz", eeg=np.arange(3), names=np.array(["a", "b"]))
    found = read_arrays(str(tmp_path), "trials.npz")
    assert found["eeg"].tolist() == [0, 1, 2]
    assert found["names"].tolist() == ["a", "b"]


def test_a_file_that_is_missing_damaged_or_holds_objects_is_refused(tmp_path: Path, explains: Explains) -> None:
    with pytest.raises(MissingFiles, match="--data DIR"):
        read_arrays(str(tmp_path), "trials.npz")
    with pytest.raises(MissingFiles, match="--data DIR"):
        read_arrays("no_package:folder", "trials.npz")
    np.savez(tmp_path / "trials.npz", eeg=np.arange(3000))
    content = (tmp_path / "trials.npz").read_bytes()
    (tmp_path / "trials.npz").write_bytes(content[: len(content) // 2])
    with pytest.raises(DataError, match=r"trials.npz cannot be read.*copy or write it again") as raised:
        read_arrays(str(tmp_path), "trials.npz")
    explains("Data", "a file of arrays is truncated", raised.value)
    np.savez(tmp_path / "objects.npz", eeg=np.array([{}], object))
    with pytest.raises(DataError, match="objects.npz cannot be read"):
        read_arrays(str(tmp_path), "objects.npz")
