from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest

from eegrecon import MissingFiles
from eegrecon.interfaces import recording_checks
from eegrecon.testing import PlainRun
from eegrecon_datasets.bids.dataset import Bids
from eegrecon_datasets.mne_epochs.dataset import MneEpochs


def everything(recordings: Any) -> list[tuple[Any, Any]]:
    return [
        (recordings.training.train, recordings.training.pictures),
        (recordings.training.val, recordings.training.pictures),
        (recordings.test, recordings.pictures),
    ]


def rows_shown(bids: Any, recordings: Any, label: str) -> list[int]:
    """Check EEG, class and picture of every trial against the table that was written; return the rows of the table."""
    seen = []
    for trials, pictures in everything(recordings):
        for number in range(len(trials.trial)):
            value = float(trials.eeg[number][0, 0]) - 100 * (1 + bids.labels.index(label))
            row = bids.rows[label][round(value)]
            np.testing.assert_allclose(trials.eeg[number][:, 10] - trials.eeg[number][0, 10], [0, 1, 2], atol=0.01)
            assert recordings.training.classes[trials.label[number]] == row["stim_file"].partition("/")[0]
            red = int(pictures[int(trials.image[number])][0, 0, 0])
            assert red == 20 * bids.pictures.index(row["stim_file"])
            seen.append(round(value))
    return sorted(seen)


def test_recordings_are_cut_at_the_pictures_that_the_tables_of_events_name(bids: Any, load: Any) -> None:
    bids.write()
    for number, label in enumerate(bids.labels, 1):
        recordings = load(number)
        assert rows_shown(bids, recordings, label) == list(range(20))
        assert recordings.training.montage.channels == ("Fp1", "Cz", "O1")  # the eyes are of another type
        assert all(text.startswith(("a cat, ", "a dog, ")) for text in recordings.captions)
        dataset = Bids(folder=str(bids.folder), window=(0.0, 0.49), baseline=False)
        recording_checks.check(dataset, recordings, number)


def test_events_without_a_picture_and_two_pictures_at_one_onset_are_left_out(bids: Any, load: Any) -> None:
    rows = bids.rows["01"]
    rows[3]["stim_file"] = "n/a"
    rows[8]["onset"] = rows[7]["onset"]
    assert rows[7]["stim_file"] != rows[8]["stim_file"]
    bids.write()
    assert rows_shown(bids, load(1), "01") == [row for row in range(20) if row not in (3, 7, 8)]


def test_the_class_is_a_column_of_the_events_or_the_folder_of_the_picture(bids: Any, load: Any) -> None:
    for row in bids.rows["01"] + bids.rows["02"]:
        row["trial_type"], row["category"] = "picture", row["trial_type"].upper()
    bids.columns += ("category",)
    bids.write()
    assert set(load(1, protocol="late-trials").training.classes) == {"picture"}
    assert set(load(1, label="category").training.classes) == {"CAT", "DOG"}
    assert set(load(1, label="folder").training.classes) == {"cat", "dog"}


def test_a_table_of_stimuli_says_what_each_type_of_event_shows(bids: Any, load: Any) -> None:
    for row in bids.rows["01"] + bids.rows["02"]:
        row["trial_type"] = row["stim_file"].replace("/", "-")
    bids.columns = ("onset", "duration", "trial_type")
    bids.write()
    lines = [f"{name.replace('/', '-')},stimuli/{name},{name.partition('/')[0]}" for name in bids.pictures]
    (bids.folder / "stimuli.csv").write_text("\n".join(["event,picture,class", *lines]))
    assert rows_shown(bids, load(2), "02") == list(range(20))


def test_subjects_are_numbered_by_their_label_or_else_in_its_order(bids: Any) -> None:
    bids.write()
    assert Bids(folder=str(bids.folder)).subjects() == (1, 2)
    other = type(bids)(bids.folder.with_name("other"), ("P7", "P3", "09"))
    other.write()
    files = Bids(folder=str(other.folder)).files.recordings()
    assert [(file.path.name[:6], file.subject) for file in files] == [("sub-09", 1), ("sub-P3", 2), ("sub-P7", 3)]


def test_channels_may_differ_in_case_between_recordings(bids: Any, load: Any) -> None:
    bids.write()
    bids.names = ("FP1", "Cz", "O1", "EOG")
    everyone, bids.labels = bids.labels, ("01", "02")
    place = Path(f"{bids.place('02')}_eeg.edf")
    place.write_bytes(place.read_bytes().replace(b"Fp1 ", b"FP1 "))
    table = Path(f"{bids.place('02')}_channels.tsv")
    table.write_text(table.read_text().replace("Fp1", "FP1"))
    assert set(load(1).pool.train.subject) == {1, 2}
    assert everyone == bids.labels


def test_one_task_of_several_is_chosen_and_derivatives_are_not_read(bids: Any, load: Any) -> None:
    bids.write()
    bids.write(task="rest")
    shutil.copytree(bids.folder / "sub-01", bids.folder / "derivatives" / "cleaned" / "sub-01")
    assert len(Bids(folder=str(bids.folder)).files.recordings()) == 4
    assert len(Bids(folder=str(bids.folder), task="images").files.recordings()) == 2
    assert rows_shown(bids, load(1, task="images"), "01") == list(range(20))
    with pytest.raises(MissingFiles, match="of the task other"):
        Bids(folder=str(bids.folder), task="other").subjects()


def test_a_declared_split_without_validation_holds_out_pictures_of_training(bids: Any, load: Any) -> None:
    for row in bids.rows["01"] + bids.rows["02"]:
        row["split"] = "test" if row["stim_file"][-5] == "4" else "train"
    bids.columns += ("split",)
    bids.write()
    recordings = load(1, protocol="declared")
    train, val, test = (set(trials.image.tolist()) for trials, _ in everything(recordings))
    assert (len(train), len(val), len(test)) == (7, 1, 2)
    assert not train & val
    assert any("no share is declared for validation" in note for note in recordings.notes)


def test_a_band_is_that_of_mne(bids: Any, load: Any) -> None:
    bids.write()
    trials = load(1, low=1.0, high=20.0).test
    info = mne.create_info(3, 100.0, "eeg", verbose="error")
    raw = mne.io.RawArray(bids.eeg("01")[:3] * 1e-6, info, verbose="error").filter(1.0, 20.0, verbose="error")
    for number, sample in enumerate(trials.order):
        expected = raw.get_data()[:, sample : sample + 50] * 1e6
        np.testing.assert_allclose(trials.eeg[number], expected, atol=0.1)


def test_the_fingerprint_depends_on_recordings_tables_and_pictures(bids: Any) -> None:
    bids.write()
    dataset = Bids(folder=str(bids.folder))
    seen = [(dataset.files.reads(), dataset.reads())]
    for ending in ("_eeg.edf", "_events.tsv", "_channels.tsv"):
        path = Path(f"{bids.place('02')}{ending}")
        path.write_bytes(path.read_bytes() + b"\n" * 800)
        assert dataset.files.reads() not in [files for files, _ in seen]
        seen.append((dataset.files.reads(), dataset.reads()))
    (bids.folder / "stimuli" / bids.pictures[0]).write_bytes(b"another")
    assert replace(dataset).reads() != dataset.reads()
    (bids.folder / "stimuli.csv").write_text("event,picture,class\ncat,stimuli/cat/cat_0.png,cat")
    assert dataset.files.reads() not in [files for files, _ in seen]


def test_an_interrupted_conversion_keeps_what_the_recordings_show(bids: Any, run: PlainRun) -> None:
    bids.write()
    files = Bids(folder=str(bids.folder)).files
    expected = {name: np.array(values) for name, values in files.prepare(run).items()}
    (run.scratch / "1.json").unlink()
    again = files.prepare(run)
    assert all(np.array_equal(again[name], values) for name, values in expected.items())
    assert len(expected["shown"])


def test_a_folder_of_bids_is_recognised_and_is_no_folder_of_own_recordings(bids: Any, tmp_path: Path) -> None:
    bids.write()
    (bids.folder / "stimuli.csv").write_text("event,picture,class\n")
    assert Bids.recognises(bids.folder)
    assert not MneEpochs.recognises(bids.folder)
    assert not Bids.recognises(tmp_path)


def test_the_report_says_what_is_there_and_what_is_not(bids: Any) -> None:
    bids.write()
    dataset = Bids(folder=str(bids.folder))
    found = dataset.check()
    assert all(finding.ok for finding in found)
    texts = "\n".join(finding.text for finding in found)
    for fact in (
        "subject 2, a continuous recording, 3 channels at 100 Hz",
        "20 with a picture",
        "10 pictures, 2 classes",
    ):
        assert fact in texts
    Path(f"{bids.place('01')}_eeg.edf").write_bytes(b"no recording")
    (bids.folder / "stimuli" / bids.pictures[3]).unlink()
    problems = [finding.text for finding in dataset.check() if not finding.ok]
    assert len(problems) == 2
    assert "mne-bids cannot read" in problems[0]
    assert "1 of 10 pictures missing" in problems[1]
    assert "dataset_description.json" in Bids().check()[0].text
