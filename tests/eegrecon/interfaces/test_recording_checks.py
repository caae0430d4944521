"""Recordings that break the contract are named; what a reader must know of sound ones becomes a note."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from explanations import Explains
from jobs import MakeJob

from eegrecon import DataError


def with_nan(shape: tuple[int, ...], at: tuple[int, ...]) -> Any:
    array = np.zeros(shape)
    array[at] = np.nan
    return array


def with_value(values: Any, row: int, value: Any) -> Any:
    copied = np.array(values)
    copied[row] = value
    return copied


def in_training(recordings: Any, **fields: Any) -> Any:
    return replace(recordings, training=replace(recordings.training, **fields))


def few(trials: Any, rows: list[int]) -> Any:
    named = {name: getattr(trials, name) for name in ("eeg", "subject", "trial", "label", "image")}
    return replace(trials, **{name: values[np.asarray(rows, int)] for name, values in named.items()})


DATA: dict[str, tuple[Callable[[Any], Any], str]] = {
    "a test trial is in the training share": (
        lambda r: in_training(
            r, train=replace(r.training.train, trial=with_value(r.training.train.trial, 3, r.test.trial[0]))
        ),
        "1 trials .*train .*test.* 36",
    ),
    "a test trial is in the pool of pre-training": (
        lambda r: replace(r, pool=replace(r.pool, val=replace(r.pool.val, trial=with_value(r.pool.val.trial, 0, 40)))),
        "1 trials .*pool val .*test.* 40",
    ),
    "a validation trial is trained on": (
        lambda r: in_training(r, val=replace(r.training.val, trial=with_value(r.training.val.trial, 1, 7))),
        "1 trials .*train .*val.* 7",
    ),
    "a label without a class": (
        lambda r: in_training(r, train=replace(r.training.train, label=with_value(r.training.train.label, 4, 3))),
        "label 3 of trial 4 .* 3 ",
    ),
    "a trial whose picture does not exist": (
        lambda r: replace(r, test=replace(r.test, image=with_value(r.test.image, 2, 60))), "image 60 of trial 38 .* 60 "
    ),
    "captions for another number of pictures": (lambda r: in_training(r, captions=["red"]), "1 captions .* 36"),
    "another number of channels than the montage names": (
        lambda r: in_training(r, montage=replace(r.training.montage, channels=("a", "b"))), "3 channels.* 2"
    ),
    "EEG that is not finite": (
        lambda r: replace(r, test=replace(r.test, eeg=with_nan(r.test.eeg.shape, (5, 1, 2)))),
        "test: .*trial 41 .*channel b, sample 2",
    ),
    "EEG that is not finite in the pool of pre-training": (
        lambda r: replace(r, pool=replace(r.pool, train=replace(r.pool.train, eeg=with_nan((60, 3, 8), (2, 0, 7))))),
        "pool train: .*trial 2 .*channel a, sample 7",
    ),
    "validation on test trials, in words alone": (
        lambda r: replace(
            in_training(r, val=replace(r.test, image=r.test.image * 0)), notes=("selected on test",)
        ), "val and in test.* selected_on_test",
    ),
    "complex EEG": (
        lambda r: replace(r, test=replace(r.test, eeg=r.test.eeg + 1j)), "test: .*complex.*float32"
    ),
    "labels that are no whole numbers": (
        lambda r: replace(r, test=replace(r.test, label=r.test.label + 0.5)), "test: label .*float64.*int64"
    ),
    "labels of 2^63 and more": (
        lambda r: replace(r, test=replace(r.test, label=r.test.label.astype(np.uint64) + np.uint64(2**63))),
        "test: label .*uint64.*int64",
    ),
    "attributes that are no whole numbers": (
        lambda r: replace(r, attributes={"size": np.linspace(0, 1, 60)}), "attribute size .*float64"
    ),
    "no training trials": (
        lambda r: in_training(r, train=few(r.training.train, [])), "train share"
    ),
    "no test trials": (lambda r: replace(r, test=few(r.test, [])), "subject 1 .*no test trials"),
    "a field with too few values": (
        lambda r: replace(r, test=replace(r.test, subject=r.test.subject[:3])), r"subject .*\(3,\) .* 24 "
    ),
}  # fmt: skip


@pytest.fixture
def loading(toy: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Any], Any]], None]:
    """Change the recordings that the toy's data set loads."""
    load = toy.Toy.load
    return lambda change: monkeypatch.setattr(toy.Toy, "load", lambda *given: change(load(*given)))


@pytest.mark.parametrize("situation", DATA)
def test_recordings_that_break_the_contract_are_named(
    situation: str, make_job: MakeJob, loading: Any, explains: Explains
) -> None:
    change, message = DATA[situation]
    loading(change)
    with pytest.raises(DataError, match=message) as error:
        make_job(control=("none",), subjects=(1,)).run()
    explains("Data", situation, error.value)


def test_recordings_that_declare_selection_on_test_are_accepted(make_job: MakeJob, loading: Any) -> None:
    def change(recordings: Any) -> Any:
        same = replace(recordings.test, image=recordings.test.image * 0)
        return replace(in_training(recordings, val=same), selected_on_test=True)

    loading(change)
    assert "selected on test" in make_job(control=("none",), subjects=(1,)).run().notes


@dataclass
class Counted:
    """Rows that count how often all of them are read."""

    rows: Any
    counts: list[int]

    @property
    def shape(self) -> tuple[int, ...]:
        return tuple(self.rows.shape)

    def __getitem__(self, rows: Any, /) -> Any:
        self.counts.append(len(rows))
        return self.rows[rows]


def test_recordings_are_checked_once_however_often_they_are_loaded(
    make_job: MakeJob, calls: list[str], loading: Any
) -> None:
    counts: list[int] = []

    def change(recordings: Any) -> Any:
        train = recordings.pool.train  # whose EEG no component of the toy reads
        return replace(recordings, pool=replace(recordings.pool, train=replace(train, eeg=Counted(train.eeg, counts))))

    loading(change)
    make_job(ablate=("slope", "loose"), set=("dataset.tape.subjects=3",), audit=("none",)).run()
    assert len([call for call in calls if call.startswith("load")]) > 3  # two subjects are kept in memory
    assert counts == [3 * 30]  # and that of the pool once for all subjects that share it


def test_a_class_without_training_trials_and_flat_channels_become_notes(
    make_job: MakeJob, loading: Any, explains: Explains
) -> None:
    def change(recordings: Any) -> Any:
        train = recordings.training.train
        kept = few(train, [row for row in range(30) if train.label[row] != 2])
        eeg = np.array(kept.eeg)
        eeg[:4, 1] = 7.0
        return in_training(recordings, train=replace(kept, eeg=eeg))

    loading(change)
    absent, flat = make_job(control=("none",), subjects=(1,)).run().notes[-2:]
    assert all(fact in absent for fact in ("1 test class", "blue", "8 test trials"))
    assert all(fact in flat for fact in ("channel b", "4 of 20 train trials"))
    explains("Data", "a class of the test set is absent from training (a note below the table)", absent)
    explains("Data", "flat channels (a note below the table)", flat)
