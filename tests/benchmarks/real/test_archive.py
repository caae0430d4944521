"""The reader of the UEA archive's text files, and its data set, on made-up trials."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from archive import (
    PROBLEMS,
    Archive,
    distinct_shares,
    first_of,
    mixed_shares,
    problem_of,
    published_shares,
    read_ts,
    shifted_copies,
)

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon.interfaces import recording_checks

N, CHANNELS, SAMPLES = 60, 14, 32
LABEL = np.arange(N) // 6 % 2
TESTED = np.arange(N) >= 40


def noise(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((N, CHANNELS, SAMPLES))


def test_a_file_is_read_as_written(write: Any) -> None:
    eeg = noise()
    file = read_ts(write(eeg, LABEL, TESTED) / "EyesOpenShut_TEST.ts")
    np.testing.assert_allclose(file.eeg, eeg[TESTED], rtol=1e-5)
    assert file.eeg.dtype == np.float32
    assert file.classes == ("shut", "open")
    assert [file.classes.index(one) for one in file.label] == LABEL[TESTED].tolist()


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("@data", "@date", "no trials below @data"),
        ("@classLabel true shut open", "@classLabel true shut ajar", "class 'open'"),
        (":open", ",1:open", "line 14: not channels of numbers of one length"),
        (",", ",?", "line 8: not channels of numbers"),
        (",", ",nan,", "line 8: "),
    ],
)
def test_a_damaged_file_is_refused_by_name_and_line(write: Any, before: str, after: str, said: str) -> None:
    path = write(noise(), LABEL, TESTED) / "EyesOpenShut_TRAIN.ts"
    path.write_text(path.read_text(encoding="latin-1").replace(before, after, 1), encoding="latin-1")
    with pytest.raises(DataError, match=said) as error:
        read_ts(path)
    assert "EyesOpenShut_TRAIN.ts" in str(error.value)


def test_trials_of_several_lengths_are_refused(write: Any) -> None:
    folder = write(noise(), LABEL, TESTED)
    short = write(noise()[:, :, :20], LABEL, TESTED, "Short") / "Short_TRAIN.ts"
    path = folder / "EyesOpenShut_TRAIN.ts"
    path.write_text(path.read_text(encoding="latin-1") + short.read_text(encoding="latin-1").splitlines()[-1])
    with pytest.raises(DataError, match="several lengths"):
        read_ts(path)


def test_a_folder_without_a_known_problem_is_refused(write: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="no NAME_TRAIN.ts"):
        problem_of(tmp_path)
    with pytest.raises(DataError, match="Unheard .*known are: .*EyesOpenShut"):
        problem_of(write(noise(), LABEL, TESTED, "Unheard"))


def test_the_two_files_must_fit_each_other_and_the_archive(write: Any, run: Any) -> None:
    folder = write(noise(), LABEL, TESTED)
    test = folder / "EyesOpenShut_TEST.ts"
    whole = test.read_text(encoding="latin-1")
    test.unlink()
    assert not Archive.recognises(folder)
    with pytest.raises(MissingFiles, match="no .*EyesOpenShut_TEST.ts"):
        Archive(folder=str(folder)).check()
    test.write_text(whole.replace("true shut open", "true open shut"), encoding="latin-1")
    with pytest.raises(DataError, match="differ in trials or classes"):
        Archive(folder=str(folder)).load(1, run)
    few = write(noise()[:, :3], LABEL, TESTED, "Blink")
    assert [finding.ok for finding in Archive(folder=str(few)).check()] == [True, False, False]
    with pytest.raises(DataError, match="Blink has 4 channels, the files have 3"):
        Archive(folder=str(few)).load(1, run)


@pytest.mark.parametrize("protocol", Archive.protocols)
def test_the_data_set_keeps_the_contract(write: Any, run: Any, protocol: str) -> None:
    dataset = Archive(folder=str(write(noise(), LABEL, TESTED)), protocol=protocol)
    assert Archive.recognises(Path(dataset.folder))
    assert all(finding.ok for finding in dataset.check())
    recordings = dataset.load(1, run)
    recording_checks.check(dataset, recordings, 1)
    assert len(recordings.test.trial) == TESTED.sum()
    assert np.bincount(recordings.test.label).tolist() == np.bincount(LABEL[TESTED]).tolist()
    squares = [recordings.pictures[row] for row in range(len(recordings.pictures))]
    assert len({square.tobytes() for square in squares}) == TESTED.sum()  # a placeholder for each trial
    means = np.array([square.mean() for square in squares])[recordings.test.image]
    assert ((means > means.mean()) == (recordings.test.label == 1)).all()  # that tells the class
    with pytest.raises(InvalidConfiguration):
        dataset.load(2, run)


def test_training_and_test_are_those_of_the_archive(write: Any, run: Any) -> None:
    recordings = Archive(folder=str(write(noise(), LABEL, TESTED))).load(1, run)
    assert recordings.test.trial.tolist() == list(range(40, 60))
    for one in (0, 1):
        rows = np.flatnonzero((one == LABEL) & ~TESTED)
        held = set(rows[-(len(rows) // 5) :].tolist())
        assert set(recordings.training.val.trial[recordings.training.val.label == one].tolist()) == held


def test_a_mixed_division_has_as_many_trials_of_each_class_and_another_draw_is_another() -> None:
    tested = TESTED.astype(int)
    published, mixed = published_shares(LABEL, tested), mixed_shares(LABEL, tested, 0)
    for share in ("train", "val", "test"):
        assert np.bincount(LABEL[mixed == share]).tolist() == np.bincount(LABEL[published == share]).tolist()
    assert (mixed != published).any()
    assert (mixed_shares(LABEL, tested, 1) != mixed).any()
    assert (mixed_shares(LABEL, tested, 0) == mixed).all()


def test_time_is_known_where_the_files_have_it_and_nowhere_else(write: Any, run: Any) -> None:
    known = Archive(folder=str(write(noise(), LABEL, TESTED))).load(1, run).test
    assert known.order is not None
    assert known.order.tolist() == list(range(40, 60))
    assert known.block is not None
    label, tested = np.arange(120) // 60, np.arange(120) >= 60
    label[tested] = np.arange(60) % 2
    eeg = np.random.default_rng(1).standard_normal((120, 4, 8))
    blinks = Archive(folder=str(write(eeg, label, tested, "Blink"))).load(1, run)
    assert blinks.test.block is not None
    assert np.unique(blinks.test.block).tolist() == [1, 2]  # of 50 trials
    hands = write(np.zeros((N, 28, 8)) + np.arange(8), LABEL, TESTED, "FingerMovements")
    unknown = Archive(folder=str(hands)).load(1, run).test
    assert unknown.order is None
    assert unknown.block is None


def test_the_montage_is_that_of_the_descriptions(write: Any, run: Any) -> None:
    hands = write(np.zeros((N, 28, 8)) + np.arange(8), LABEL, TESTED, "FingerMovements")
    montage = Archive(folder=str(hands)).load(1, run).training.montage
    assert (montage.channels[13], montage.sfreq) == ("C3", 100.0)
    assert all(len(set(one.channels)) == len(one.channels) for one in PROBLEMS.values())


def test_other_contents_have_another_fingerprint(write: Any) -> None:
    folder = write(noise(), LABEL, TESTED)
    before = Archive(folder=str(folder)).reads()
    path = folder / "EyesOpenShut_TEST.ts"
    path.write_text(path.read_text(encoding="latin-1").replace("5", "6"), encoding="latin-1")
    assert Archive(folder=str(folder)).reads() != before
    assert replace(Archive(folder=str(folder)), draw=1).reads() == Archive(folder=str(folder)).reads()


def test_channels_that_are_one_channel_shifted_are_told(write: Any, run: Any) -> None:
    long = np.random.default_rng(2).standard_normal((N, SAMPLES + 9)).astype(np.float32)
    eeg = np.stack([long[:, 3 * channel :][:, :SAMPLES] for channel in range(4)], axis=1)
    assert shifted_copies(eeg).tolist() == [0, 3, 6, 9]
    assert shifted_copies(noise().astype(np.float32)).tolist() == [0, *[-1] * (CHANNELS - 1)]
    eeg[7, 2, 0] += 1  # a copy is one in every trial
    assert shifted_copies(eeg).tolist() == [0, 3, -1, 9]
    dataset = Archive(folder=str(write(eeg, LABEL, TESTED, "Blink")))
    said = "2 of 4 channels are the first one, shifted by 3, 9 samples"
    assert said in dataset.load(1, run).notes[-1]
    assert any("3 of 4 channels are the first one" in finding.text for finding in dataset.check())  # of the test file
    assert len(Archive(folder=str(write(noise(), LABEL, TESTED))).load(1, run).notes) == 2


def test_copies_of_trials_are_told_and_left_out_on_request(write: Any, run: Any) -> None:
    eeg = noise()
    eeg[6:9], eeg[45:47] = eeg[0:3], eeg[20:22]  # three copies in training, two of training trials in test
    eeg[50] = eeg[49]
    assert (np.flatnonzero(first_of(eeg.astype(np.float32)) != np.arange(N))).tolist() == [6, 7, 8, 45, 46, 50]
    dataset = Archive(folder=str(write(eeg, LABEL, TESTED)))
    note = "6 of 60 trials are copies of earlier ones, 2 test trials of training trials"
    assert note in dataset.load(1, run).notes
    left = replace(dataset, protocol="distinct").load(1, run)
    assert left.test.trial.tolist() == [row for row in range(40, 60) if row not in (45, 46, 50)]
    trained = np.concatenate([left.training.train.trial, left.training.val.trial])
    assert sorted(trained.tolist()) == [row for row in range(40) if row not in (6, 7, 8)]
    none = distinct_shares(LABEL, TESTED.astype(int), np.arange(N))
    assert (none == published_shares(LABEL, TESTED.astype(int))).all()
