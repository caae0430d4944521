"""What must hold for the recordings of every data set, checked once when they are loaded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from eegrecon.errors import DataError
from eegrecon.interfaces.components import Dataset
from eegrecon.interfaces.data import Recordings, Training, Trials
from eegrecon.interfaces.output_checks import qualified_name

PIECE = 256  # trials read at a time
SELECTED = "selected on test"  # the note by which a data set owns up to it


def check(dataset: Dataset, recordings: Recordings, subject: int) -> tuple[str, ...]:
    """Check one subject's recordings, all of their EEG included; return what a reader of the table must know.

    Raises:
        DataError: trials in two shares, an empty share, labels or pictures beyond what there is, another number of
            channels than the montage has, or EEG that is no number; the message names data set, subject and trial.
    """
    where = f"{qualified_name(dataset, 'load')}({subject})"
    training, pool, test = recordings.training, recordings.pool, recordings.test
    classes = len(training.classes)
    shares = {
        "train": (training.train, training), "val": (training.val, training), "pool train": (pool.train, pool),
        "pool val": (pool.val, pool),
    }  # fmt: skip
    for name, (trials, holder) in shares.items():
        _whole(where, name, trials, len(holder.pictures), classes, holder)
    _whole(where, "test", test, len(recordings.pictures), classes, training)
    for what, given, shown in (
        ("training", training.captions, training.pictures), ("test", recordings.captions, recordings.pictures),
    ):  # fmt: skip
        if given is not None and len(given) != len(shown):
            raise DataError(
                f"{where}: {len(given)} captions for {len(shown)} {what} pictures; give one for each picture, in order"
            )
    for name in ("train", "pool train"):
        if not len(shares[name][0].label):
            raise DataError(f"{where}: the {name} share is empty; choose another protocol or subject")
    own = SELECTED in recordings.notes
    for one, other in (("train", "val"), ("pool train", "pool val")):
        _apart(where, one, shares[one][0], other, shares[other][0])
    for name in ("train", "val", "pool train", "pool val"):
        if not (own and name.endswith("val")):
            _apart(where, name, shares[name][0], "test", test)
    notes = list(_absent(training, test))
    for name, trials in (*((name, trials) for name, (trials, _) in shares.items()), ("test", test)):
        flat = list(_signals(where, name, trials, training.montage.channels))
        notes += [] if name.startswith("pool") else flat  # the subject's own are part of the pool, or not used at all
    return tuple(notes)


def _whole(where: str, share: str, trials: Trials, pictures: int, classes: int, holder: Training) -> None:
    n = trials.eeg.shape[0]
    for name in ("label", "image", "subject", "trial", "block", "order"):
        values = getattr(trials, name)
        if values is not None and np.shape(values) != (n,):
            raise DataError(f"{where}, {share}: {name} has shape {np.shape(values)} for {n} trials; one for each")
    channels = len(holder.montage.channels)
    if trials.eeg.shape[1] != channels:
        raise DataError(
            f"{where}, {share}: EEG of {trials.eeg.shape[1]} channels, but the montage names {channels}; read the "
            "channels that it names, in its order"
        )
    for name, values, limit in (("label", trials.label, classes), ("image", trials.image, pictures)):
        if n and not (values.min() >= 0 and values.max() < limit):
            row = int(np.flatnonzero((values < 0) | (values >= limit))[0])
            raise DataError(
                f"{where}, {share}: {name} {values[row]} of trial {trials.trial[row]} is beyond the {limit} that there "
                "are; number them from 0"
            )


def _apart(where: str, one: str, first: Trials, other: str, second: Trials) -> None:
    both = np.intersect1d(first.trial, second.trial)
    if len(both):
        raise DataError(
            f"{where}: {len(both)} trials are in {one} and in {other}, for instance {both[0]}; a score on them would "
            "say nothing: put each trial into one share"
        )


def _absent(training: Training, test: Trials) -> Iterator[str]:
    lacking = np.setdiff1d(test.label, training.train.label)
    if len(lacking):
        names = ", ".join(training.classes[label] for label in lacking[:5])
        n = int(np.isin(test.label, lacking).sum())
        yield f"{len(lacking)} test classes have no training trial ({names}): {n} test trials cannot be recognised"


def _signals(where: str, share: str, trials: Trials, channels: tuple[str, ...]) -> Iterator[str]:
    """Read all EEG of a share once, a piece at a time."""
    flat = np.zeros(len(channels), np.int64)
    n = trials.eeg.shape[0]
    for start in range(0, n, PIECE):
        rows = np.arange(start, min(start + PIECE, n))
        eeg = np.asarray(trials.eeg[rows])
        if not np.isfinite(eeg).all():
            row, channel, sample = np.argwhere(~np.isfinite(eeg))[0]
            raise DataError(
                f"{where}, {share}: the EEG of trial {trials.trial[rows[row]]} is no number at channel "
                f"{channels[channel]}, sample {sample}; leave such trials out or repair the file"
            )
        flat += (eeg == eeg[:, :, :1]).all(axis=2).sum(axis=0)
    for channel in np.flatnonzero(flat):
        yield f"channel {channels[channel]} is flat in {flat[channel]} of {n} {share} trials"


def protect(recordings: Recordings) -> None:
    """Make the arrays of recordings read-only: every stage is given the same ones."""
    held: list[Trials] = [recordings.test]
    for training in (recordings.training, recordings.pool):
        held += [training.train, training.val]
    for trials in held:
        _read_only(vars(trials).values())
    _read_only(recordings.attributes.values())


def _read_only(arrays: Iterable[Any]) -> None:
    for array in arrays:
        if isinstance(array, np.ndarray):
            array.flags.writeable = False
