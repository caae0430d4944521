from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon.interfaces import recording_checks
from eegrecon_datasets.mne_epochs.dataset import MneEpochs
from eegrecon_datasets.mne_epochs.preparation import MneEpochsFiles


@pytest.fixture
def load(own: Any, run: Any) -> Callable[..., Any]:
    """Load a subject of the folder as it is now."""

    def loaded(subject: int = 1, **fields: Any) -> Any:
        run.learned.clear()
        for file in run.scratch.iterdir():
            file.unlink()
        return MneEpochs(folder=str(own.folder), **fields).load(subject, run)

    return loaded


def everything(recordings: Any) -> list[tuple[Any, Any]]:
    return [
        (recordings.training.train, recordings.training.pictures),
        (recordings.training.val, recordings.training.pictures),
        (recordings.test, recordings.pictures),
    ]


def refuse_wrong(own: Any, recordings: Any, subject: int, first: int) -> int:
    """Check EEG, class and picture of every trial against what was written; return their number.

    Args:
        own: the folder.
        recordings: of the subject.
        subject: the subject.
        first: row of the subject's first event among the trials of all.
    """
    order, seen = own.order(subject), 0
    for trials, pictures in everything(recordings):
        for row, trial in enumerate(trials.trial):
            event = trial - first
            assert trials.eeg[row][0, -1] - trials.eeg[row][0, -1] % 1 == own.value(subject, event)
            assert recordings.training.classes[trials.label[row]] == order[event].partition("_")[0]
            red = int(pictures[int(trials.image[row])][0, 0, 0])
            assert red == 20 * own.events.index(order[event])
            seen += 1
    return seen


def test_epochs_are_read_with_their_event_picture_class_and_caption(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    recordings = load(2)
    assert refuse_wrong(own, recordings, 2, first=len(own.order(1))) == 20
    montage = recordings.training.montage
    assert (montage.channels, montage.sfreq, montage.tmin, montage.unit) == (
        ("Fp1", "Cz", "O1", "O2"), 100.0, pytest.approx(-0.1), "uV",
    )  # fmt: skip
    assert recordings.test.eeg.shape[1:] == (4, 61)
    names = [f"a {own.events[0][:3]}", "a dog"]
    assert all(caption.startswith(tuple(names)) for caption in recordings.captions)
    recording_checks.check(MneEpochs(folder=str(own.folder)), recordings, 2)


@pytest.mark.parametrize("table", ["csv", "tsv", ""])
def test_continuous_recordings_are_cut_at_their_events(own: Any, load: Any, table: str) -> None:
    own.write_stimuli()
    own.write_raw(table, column="trial_type" if table == "tsv" else "event")
    recordings = load(1, window=(0.0, 0.49))
    assert recordings.test.eeg.shape[1:] == (4, 50)  # the EOG is left out
    assert refuse_wrong(own, recordings, 1, first=0) == 20
    assert recordings.test.order.tolist() == [round(100 * (trial + 0.5)) for trial in recordings.test.trial]


def test_the_mean_before_the_event_is_subtracted_and_a_trial_without_room_is_left_out(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_raw()
    plain, corrected = load(1, window=(-0.6, 0.4), baseline=False), load(1, window=(-0.6, 0.4))
    assert plain.test.eeg.shape[1:] == (4, 101)
    before = plain.test.eeg[:][:, :, :61].mean(axis=2, keepdims=True)  # up to the event, with it
    np.testing.assert_allclose(corrected.test.eeg[:], plain.test.eeg[:] - before, atol=1e-3)
    trials = sum(len(trials.trial) for trials, _ in everything(plain))
    assert trials == 19  # the first event is 0.5 s after the start


def test_a_band_and_a_rate_are_those_of_mne(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_raw("")
    recordings = load(1, window=(0.0, 0.49), low=1.0, high=20.0, sfreq=50.0)
    assert recordings.training.montage.sfreq == 50.0
    raw, happened = own.raw(1)
    raw.filter(1.0, 20.0, picks="eeg", verbose="error")
    data = raw.get_data(picks="eeg") * 1e6
    for row, trial in enumerate(recordings.test.trial):
        at = round(happened[trial][0] * 100)
        expected = mne.filter.resample(data[:, at : at + 50], 50.0, 100.0, axis=-1, verbose="error")
        np.testing.assert_allclose(recordings.test.eeg[row], expected, atol=0.05)


def test_pictures_are_divided_class_by_class_and_equally_for_all_subjects(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    tested = {}
    for subject in own.subjects:
        recordings = load(subject)
        shares = [
            {(int(label), int(pictures[int(image)][0, 0, 0])) for label, image in zip(t.label, t.image, strict=True)}
            for t, pictures in everything(recordings)
        ]
        assert [len(share) for share in shares] == [6, 2, 2]
        assert all({label for label, _ in share} == {0, 1} for share in shares)
        assert not shares[0] & shares[1]
        assert not shares[0] & shares[2]
        assert set(recordings.pool.train.subject) == {1, 2}
        tested[subject] = frozenset(shares[2])
    assert len(set(tested.values())) == 1
    assert {int(p[0, 0, 0]) for p in map(load(1, draw=1).pictures.__getitem__, range(2))} != {
        red for _, red in tested[1]
    }


def test_cross_subject_trains_on_the_others(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    recordings = load(1, protocol="cross-subject")
    assert set(recordings.training.train.subject) == set(recordings.pool.train.subject) == {2}
    assert set(recordings.test.subject) == {1}
    own.subjects = (1,)
    (own.folder / "sub-02-epo.fif").unlink()
    with pytest.raises(InvalidConfiguration, match="no other to train on"):
        load(1, protocol="cross-subject")


def test_a_declared_split_is_that_of_the_trial_or_else_of_the_picture(own: Any, load: Any) -> None:
    shares = ["train", "train", "train", "val", "test"] * 2
    own.lines = [f"{line},{share}" for line, share in zip(own.lines, shares, strict=True)]
    own.write_stimuli("event,picture,class,caption,split")
    own.write_raw()
    recordings = load(1, protocol="declared", window=(0.0, 0.4))
    assert [len(trials.trial) for trials, _ in everything(recordings)] == [12, 4, 4]
    names = {own.events[int(recordings.pictures[row][0, 0, 0]) // 20] for row in range(len(recordings.pictures))}
    assert names == {"cat_4", "dog_4"}
    table = own.folder / "sub-01_events.csv"
    lines = [line.split(",") for line in table.read_text().splitlines()[1:]]
    text = "\n".join([f"{at},{name},{'test' if name == 'cat_0' else ''}" for at, name in lines])
    table.write_text(f"onset,event,split\n{text}")
    assert len(load(1, protocol="declared", window=(0.0, 0.4)).test.trial) == 6


def test_without_a_declared_split_the_protocol_is_refused(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    with pytest.raises(DataError, match=r"no split is declared: add a column split .* stimuli\.csv"):
        load(1, protocol="declared")


def test_late_trials_test_on_the_last_of_each_class(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    recordings = load(1, protocol="late-trials")
    train, val, test = (trials for trials, _ in everything(recordings))
    for label in (0, 1):
        orders = [trials.order[trials.label == label] for trials in (train, val, test)]
        assert [len(order) for order in orders] == [6, 1, 2]
        assert orders[0].max() < orders[1].min() <= orders[1].max() < orders[2].min()
    assert any("4 trials between" in note for note in recordings.notes)


def test_two_pictures_cannot_be_divided_and_few_of_a_class_are_divided_with_the_others(own: Any, load: Any) -> None:
    own.lines = [own.lines[0], own.lines[5]]
    own.write_stimuli()
    own.write_epochs()
    with pytest.raises(DataError, match="2 pictures cannot be divided.*late-trials"):
        load(1)
    assert len(load(1, protocol="late-trials", window=(0.0, 0.3)).test.trial) == 2
    own.lines = [line.replace(",cat,", f",kind {row},") for row, line in enumerate(type(own)(own.folder).lines)]
    own.write_stimuli()
    own.write_epochs()
    assert any("whatever their class" in note for note in load(1).notes)


def test_events_without_a_line_are_left_out_and_noted(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    assert any("1 event without a line in stimuli.csv (response)" in note for note in load(1).notes)
    own.lines = [line.replace("cat_", "kit_").replace("dog_", "pup_") for line in own.lines]
    own.write_stimuli()
    with pytest.raises(DataError, match=r"a line for none of the recorded events \(cat_0, cat_1"):
        load(1)


def test_files_without_a_number_are_subjects_of_their_own(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    (own.folder / "sub-01-epo.fif").rename(own.folder / "anna-epo.fif")
    with pytest.raises(DataError, match=r"anna-epo\.fif names no subject, as others do"):
        load(1)
    (own.folder / "sub-02-epo.fif").rename(own.folder / "bert-epo.fif")
    assert MneEpochs(folder=str(own.folder)).subjects() == (1, 2)


def test_files_of_several_sessions_are_blocks_of_their_subject(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    folder = own.folder / "sub-07"
    folder.mkdir()
    for name in ("sub-01", "sub-02"):
        (own.folder / f"{name}-epo.fif").rename(folder / f"ses-{name[-1]}-epo.fif")
    recordings = load(7)
    assert set(recordings.training.train.subject) == {7}
    assert set(recordings.training.train.block) == {0, 1}


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"names": ["Fp1", "Cz", "O2", "O1"]}, "another channel"),
        ({"sfreq": 200.0}, "another sampling rate"),
    ],
)
def test_recordings_that_do_not_fit_together_are_refused(own: Any, load: Any, change: Any, fact: str) -> None:
    own.write_stimuli()
    own.write_epochs()
    own.write_epochs(**change, subjects=(2,))
    with pytest.raises(DataError, match=rf"sub-02-epo\.fif has {fact} than .*sub-01-epo\.fif"):
        load(1)


def test_an_interrupted_conversion_is_resumed_with_the_next_file(own: Any, run: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    files = MneEpochsFiles(str(own.folder))
    expected = np.array(files.prepare(run)["eeg"])
    done = run.scratch / "0.float32"
    before = done.stat().st_mtime_ns
    (run.scratch / "1.json").unlink()
    (run.scratch / "1.float32").write_bytes(b"half")
    assert np.array_equal(files.prepare(run)["eeg"], expected)
    assert done.stat().st_mtime_ns == before


def test_the_fingerprint_depends_on_recordings_tables_and_pictures(own: Any) -> None:
    own.write_stimuli()
    own.write_raw()
    dataset = MneEpochs(folder=str(own.folder))
    before = dataset.files.reads(), dataset.reads()
    table = own.folder / "sub-01_events.csv"
    table.write_text(table.read_text() + "\n2.0,response")
    assert dataset.files.reads() != before[0]
    own.lines[0] += "!"
    own.write_stimuli()
    assert replace(dataset).reads() != before[1]


def test_missing_pictures_can_be_left_out(own: Any, load: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    (own.folder / "pictures" / "cat_3.png").unlink()
    with pytest.raises(MissingFiles, match=r"1 of 10 pictures .*cat_3\.png.*--allow-missing-pictures"):
        load(1)
    recordings = load(1, missing="leave-out")
    assert sum(len(trials.trial) for trials, _ in everything(recordings)) == 18


def test_a_folder_is_recognised_by_its_table(own: Any, tmp_path: Path) -> None:
    assert not MneEpochs.recognises(tmp_path)
    assert MneEpochs.recognises(own.write_stimuli())


def test_the_report_names_what_is_there_and_what_is_not(own: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    dataset = MneEpochs(folder=str(own.folder))
    texts = [finding.text for finding in dataset.check()]
    assert all(finding.ok for finding in dataset.check())
    assert any("sub-01-epo.fif: subject 1, epochs, 4 channels at 100 Hz" in t and "20 of events" in t for t in texts)
    (own.folder / "sub-02-epo.fif").write_bytes(b"no recording")
    (own.folder / "pictures" / "cat_3.png").unlink()
    problems = [finding.text for finding in dataset.check() if not finding.ok]
    assert len(problems) == 2
    assert "MNE cannot read" in problems[0]
    assert "1 of 10 pictures missing" in problems[1]
    assert not MneEpochs().check()[0].ok


def test_without_a_folder_the_current_one_is_not_searched(own: Any, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    own.write_stimuli()
    own.write_epochs()
    monkeypatch.chdir(own.folder)
    with pytest.raises(MissingFiles, match="no folder of recordings is named"):
        MneEpochsFiles().prepare(run)
