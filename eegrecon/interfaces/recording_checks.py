"""Checks of the recordings that a data set loads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from eegrecon.errors import DataError
from eegrecon.interfaces.components import Dataset
from eegrecon.interfaces.data import Recordings, Training, Trials
from eegrecon.interfaces.output_checks import qualified_name

CHUNK = 256  # trials
SELECTED = "selected on test"  # the note and the mark of numbers under a protocol that does so


def check(dataset: Dataset, recordings: Recordings, subject: int, *, with_pool_eeg: bool = True) -> tuple[str, ...]:
    """Check one subject's recordings, including all of their EEG, and return notes for the result.

    Args:
        dataset: the data set that loaded them.
        recordings: the recordings.
        subject: the subject.
        with_pool_eeg: whether the EEG of the pool is read; it is the same for all subjects that share the pool.

    Raises:
        DataError: trials in two shares, an empty share, labels or pictures that are no whole numbers or beyond what
            there is, another number of channels than the montage has, or EEG that is not real or not finite; the
            message names data set, subject and trial.
    """
    where = f"{qualified_name(dataset, 'load')}({subject})"
    training, pool, test = recordings.training, recordings.pool, recordings.test
    classes = len(training.classes)
    shares = {
        "train": (training.train, training), "val": (training.val, training), "pool train": (pool.train, pool),
        "pool val": (pool.val, pool),
    }  # fmt: skip
    for name, (trials, holder) in shares.items():
        _check_trials(where, name, trials, len(holder.pictures), classes, holder)
    _check_trials(where, "test", test, len(recordings.pictures), classes, training)
    for name, captions, pictures in (
        ("training", training.captions, training.pictures), ("test", recordings.captions, recordings.pictures),
    ):  # fmt: skip
        if captions is not None and len(captions) != len(pictures):
            raise DataError(
                f"{where}: {len(captions)} captions for {len(pictures)} {name} pictures; return one for each, in order"
            )
    for name, values in recordings.attributes.items():
        _check_numbers(where, f"attribute {name}", values, len(recordings.pictures), "test pictures")
    for name in ("train", "pool train"):
        if not len(shares[name][0].label):
            raise DataError(f"{where}: the {name} share is empty; choose another protocol or subject")
    for first, second in (("train", "val"), ("pool train", "pool val")):
        _check_disjoint(where, first, shares[first][0], second, shares[second][0])
    for name in ("train", "val", "pool train", "pool val"):
        if not (recordings.selected_on_test and name.endswith("val")):
            _check_disjoint(where, name, shares[name][0], "test", test)
    notes = [SELECTED] if recordings.selected_on_test else []
    notes += _classes_without_training(recordings)
    for name, trials in (*((name, trials) for name, (trials, _) in shares.items()), ("test", test)):
        if name.startswith("pool") and not with_pool_eeg:
            continue
        flat = list(_flat_channels(where, name, trials, training.montage.channels))
        notes += [] if name.startswith("pool") else flat  # the subject's trials are in the pool, or unused
    return tuple(notes)


def _check_trials(where: str, share: str, trials: Trials, pictures: int, classes: int, holder: Training) -> None:
    n = trials.eeg.shape[0]
    for name in ("label", "image", "subject", "trial", "block", "order"):
        values = getattr(trials, name)
        if values is not None:
            _check_numbers(f"{where}, {share}", name, values, n, "trials")
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
                f"{where}, {share}: {name} {values[row]} of trial {trials.trial[row]} is beyond the {limit} that "
                "exist; number them from 0"
            )


def _check_numbers(where: str, name: str, values: Any, n: int, of: str) -> None:
    """Check that there is a whole number for each of n trials or pictures."""
    if not isinstance(values, np.ndarray) or values.dtype.kind not in "iu" or not np.can_cast(values.dtype, np.int64):
        held = f"of {values.dtype}" if isinstance(values, np.ndarray) else f"a {type(values).__name__}"
        raise DataError(f"{where}: {name} is {held}; return a numpy array of whole numbers, int64")
    if values.shape != (n,):
        raise DataError(f"{where}: {name} has shape {values.shape} for {n} {of}; return one value for each")


def _check_disjoint(where: str, first: str, first_trials: Trials, second: str, second_trials: Trials) -> None:
    both = np.intersect1d(first_trials.trial, second_trials.trial)
    if len(both):
        declared = ", or declare selected_on_test" if (first[-3:], second) == ("val", "test") else ""
        raise DataError(
            f"{where}: {len(both)} trials are in {first} and in {second}, for instance {both[0]}; a score on "
            f"them would be invalid: put each trial into one share{declared}"
        )


def _classes_without_training(recordings: Recordings) -> Iterator[str]:
    training, test = recordings.training, recordings.test
    missing = np.setdiff1d(test.label, training.train.label)
    if recordings.zero_shot:
        yield (
            f"none of {len(missing)} test classes occurs in training, so no class of a test trial can be predicted: "
            "accuracy, the predicted class as a control and audits of the class are not applicable"
        )
    elif len(missing):
        names = ", ".join(training.classes[label] for label in missing[:5])
        n = int(np.isin(test.label, missing).sum())
        yield f"{len(missing)} test classes have no training trial ({names}): {n} test trials cannot be classified"


def _flat_channels(where: str, share: str, trials: Trials, channels: tuple[str, ...]) -> Iterator[str]:
    """Yield a note for each flat channel; all EEG of a share is read once, in chunks, and checked to be finite."""
    flat = np.zeros(len(channels), np.int64)
    n = trials.eeg.shape[0]
    for start in range(0, n, CHUNK):
        rows = np.arange(start, min(start + CHUNK, n))
        eeg = np.asarray(trials.eeg[rows])
        if eeg.dtype.kind not in "fiu":
            raise DataError(
                f"{where}, {share}: the EEG is of {eeg.dtype}, where real numbers are needed; return float32 in the "
                "unit of the montage"
            )
        if not np.isfinite(eeg).all():
            row, channel, sample = np.argwhere(~np.isfinite(eeg))[0]
            raise DataError(
                f"{where}, {share}: the EEG of trial {trials.trial[rows[row]]} is not finite at channel "
                f"{channels[channel]}, sample {sample}; leave such trials out or repair the file"
            )
        flat += (eeg == eeg[:, :, :1]).all(axis=2).sum(axis=0)
    for channel in np.flatnonzero(flat):
        yield f"channel {channels[channel]} is flat in {flat[channel]} of {n} {share} trials"
