"""Flat files with numbered pictures and a table of their categories, as Alljoined-1.6M is published."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from eegrecon import DataError, MissingFiles
from eegrecon.interfaces import recording_checks
from eegrecon_datasets.things_eeg2.alljoined import Alljoined
from eegrecon_datasets.things_eeg2.dataset import ThingsEEG2

TRAINING, TEST = ["ant", "ant", "bee", "bee", "cat", "cat"], ["gnu", "ibex"]  # category of each picture, from 1 on
REPEATS = {"training": 2, "test": 4}


def write(folder: Path, subjects: tuple[int, ...] = (1, 6), dropped: tuple[int, ...] = (3,)) -> Path:
    """Write a folder; trials are in the order of presentation, of which the table knows the pictures."""
    pyarrow = pytest.importorskip("pyarrow", reason="the tables are parquet, which pyarrow reads")
    from pyarrow import parquet

    for number in range(1, 9):
        path = folder / "stimuli" / "images" / f"{number:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 7), (20 * number, 0, 0)).save(path, quality=95)
    for subject in subjects:
        rng, rows, place = np.random.default_rng(subject), [], folder / "preprocessed_eeg" / f"sub-{subject:02d}"
        place.mkdir(parents=True, exist_ok=True)
        for partition, categories, first in (("training", TRAINING, 1), ("test", TEST, 7)):
            shown = rng.permutation(np.repeat(np.arange(first, first + len(categories)), REPEATS[partition]))
            name = {"training": "stim_train", "test": "stim_test"}[partition]
            lost = dropped if partition == "training" else ()
            rows += [
                (name, k in lost, f"/data/stimuli/images/{n:05d}.jpg", (TRAINING + TEST)[n - 1])
                for k, n in enumerate(shown.tolist())
            ]
            kept = np.delete(shown, list(lost))
            eeg = 100.0 * subject + kept[:, None, None] + np.zeros((len(kept), 3, 10))
            content = {"preprocessed_eeg_data": eeg, "ch_names": ["O1", "Oz", "O2"], "times": np.arange(10) / 250}
            (place / f"preprocessed_eeg_{partition}_flat.npy").write_bytes(pickle.dumps(content, protocol=4))
        names = ("partition", "dropped", "image_path", "category_name")
        table = pyarrow.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))
        parquet.write_table(table, place / "experiment_metadata_categories.parquet")
    return folder


def test_trials_find_their_picture_and_category_in_the_table(tmp_path: Path, run: Any) -> None:
    folder = write(tmp_path / "data")
    assert Alljoined.recognises(folder)
    dataset = Alljoined(folder=str(folder), trust_pickle=True, validation=0.34, train_average=2, test_average=4)
    recordings = dataset.load(6, run)
    assert recordings.training.classes == ("ant", "bee", "cat", "gnu", "ibex")
    for trials, pictures in (
        (recordings.training.train, recordings.training.pictures),
        (recordings.training.val, recordings.training.pictures),
        (recordings.test, recordings.pictures),
    ):
        for row, image in enumerate(trials.image):
            number = round(float(pictures[int(image)][0, 0, 0]) / 20)
            assert trials.eeg[row][0, 0] == pytest.approx(600 + number)
            assert recordings.training.classes[trials.label[row]] == (TRAINING + TEST)[number - 1]
    assert len(recordings.test.trial) == 2
    assert len(recordings.training.train.trial) + len(recordings.training.val.trial) == 6
    assert any("1 to 2 repeats" in note for note in recordings.notes)  # one repeat was dropped
    assert any("subject 6 of Alljoined-1.6M has swapped triggers" in note for note in recordings.notes)
    recording_checks.check(dataset, recordings, 6)
    assert not any("swapped" in note for note in Alljoined(folder=str(folder), participants=(1,), trust_pickle=True,
                                                             validation=0.34).load(1, run).notes)  # fmt: skip


def test_a_complete_folder_passes_the_check_and_other_folders_are_not_taken_for_it(tmp_path: Path) -> None:
    folder = write(tmp_path / "data")
    assert all(finding.ok for finding in Alljoined(folder=str(folder), trust_pickle=True).check())
    (folder / "stimuli" / "images" / "00003.jpg").unlink()
    problems = [f.text for f in Alljoined(folder=str(folder), trust_pickle=True).check() if not f.ok]
    assert len(problems) == 2
    assert "lacks, for instance images/00003.jpg" in problems[0]
    (folder / "stimuli").rename(folder / "elsewhere")
    assert not Alljoined.recognises(folder)
    assert ThingsEEG2.recognises(folder)


def test_what_is_missing_is_named(tmp_path: Path, run: Any) -> None:
    folder = write(tmp_path / "data")
    fields = {"folder": str(folder), "validation": 0.34}
    with pytest.raises(DataError, match="--trust-pickle"):
        Alljoined(**fields).load(1, run)
    (folder / "preprocessed_eeg" / "sub-01" / "experiment_metadata_categories.parquet").unlink()
    with pytest.raises(MissingFiles, match=r"experiment_metadata\.parquet does not exist"):
        Alljoined(**fields, trust_pickle=True).load(1, run)
