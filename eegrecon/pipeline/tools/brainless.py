"""EEG without a brain: recordings that know nothing of the pictures, in the place of a data set's own.

*Noise* has the spectrum of each channel, the correlation of the channels, and the slow changes of a subject's recording
from trial to trial, of potential and of power, whose phases are random. *Rest* is a recording of somebody who saw
nothing, cut into trials in the order of presentation. What decodes labels from either reads the design of an
experiment: the time at which a class was shown, or trials that are in two shares (arXiv:2405.17024).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import DataError
from eegrecon.interfaces.data import Floats, Ints, Recordings, Training, Trials

PIECE = 64  # trials read at a time
SHORTEST = 0.1  # s, of a piece of rest


class Source(Protocol):
    """EEG by place in the recording of one subject."""

    @property
    def shape(self) -> tuple[int, int]:
        """(channels, samples)."""
        ...

    def trial(self, place: int, seed: int) -> NDArray[np.float32]:
        """Return the trial at a place, (channels, samples)."""
        ...


def timeline(trials: Sequence[Trials], seed: int) -> tuple[Ints, bool]:
    """Return the identities of all trials of one subject in the order of recording, and whether it is known at all.

    Without positions in time, blocks follow each other in random order and their trials as they are given; without
    blocks, trials are in random order.

    Args:
        trials: of all shares; a trial may be in several.
        seed: of what is not known.
    """
    rng = np.random.default_rng([seed, 3])
    identity, first = np.unique(np.concatenate([each.trial for each in trials]), return_index=True)
    orders, blocks = ([getattr(each, name) for each in trials] for name in ("order", "block"))
    mixed = rng.permutation(len(identity))
    if all(order is not None for order in orders):
        block = np.concatenate(blocks)[first] if all(each is not None for each in blocks) else 0 * first
        return identity[_chronological(np.concatenate(orders)[first], block)], True
    if all(block is not None for block in blocks):
        block = np.concatenate(blocks)[first]
        names, which = np.unique(block, return_inverse=True)
        return identity[np.lexsort((identity, rng.permutation(len(names))[which]))], len(names) > 1
    return identity[mixed], False


def _chronological(order: Ints, block: Ints) -> Ints:
    """Return the rows of trials in time: by position, or block by block where positions begin again in each."""
    by_position = np.argsort(order, kind="stable")
    changes = int(np.count_nonzero(np.diff(block[by_position])))
    follows = changes == len(np.unique(block)) - 1
    return by_position if follows else np.asarray(np.lexsort((order, block)), np.int64)


@dataclass(frozen=True, eq=False)
class Noise:
    """Noise like a subject's recording, trial by trial.

    Attributes:
        level: (places, channels) mean of each trial.
        gain: (places, channels) standard deviation of each trial about it.
        amplitude: (channels, frequencies) of white noise of variance 1, which gives the spectrum.
        mixing: (channels, channels) gives the correlation of the channels.
        samples: of a trial.
    """

    level: Floats
    gain: Floats
    amplitude: Floats
    mixing: Floats
    samples: int

    @property
    def shape(self) -> tuple[int, int]:
        """(channels, samples)."""
        return len(self.mixing), self.samples

    def trial(self, place: int, seed: int) -> NDArray[np.float32]:
        """Return the trial at a place, (channels, samples)."""
        white = np.random.default_rng([seed, 1, place]).standard_normal(self.shape)
        shaped = np.fft.irfft(np.fft.rfft(white, axis=1) * self.amplitude, self.samples, axis=1)
        mixed = self.mixing @ shaped
        return np.asarray(self.level[place][:, None] + self.gain[place][:, None] * mixed, np.float32)


def noise_like(trials: Sequence[Trials], places: Ints, seed: int) -> Noise:
    """Return noise like the trials of one subject; of the EEG one piece at a time is in memory.

    Args:
        trials: of all shares.
        places: identities of the trials in the order of recording.
        seed: of the phases of slow changes.
    """
    channels, samples = trials[0].eeg.shape[1:]
    level, gain = np.zeros((2, len(places), channels))
    power, product, number = np.zeros((channels, samples // 2 + 1)), np.zeros((channels, channels)), 0
    place_of = {int(identity): place for place, identity in enumerate(places)}
    for identity, eeg in _pieces(trials):
        at = [place_of[int(one)] for one in identity]
        level[at] = eeg.mean(axis=2)
        deviation = eeg - level[at][:, :, None]
        gain[at] = np.maximum(deviation.std(axis=2), 1e-12)
        standard = deviation / gain[at][:, :, None]
        power += np.square(np.abs(np.fft.rfft(standard, axis=2))).sum(axis=0)
        product += np.einsum("nct,ndt->cd", standard, standard)
        number += len(identity)
    slow = surrogate(np.concatenate([level, np.log(gain)], axis=1), np.random.default_rng([seed, 2]))
    strength, direction = np.linalg.eigh(product / (number * samples))
    mixing = (direction * np.sqrt(np.maximum(strength, 0))) @ direction.T
    return Noise(slow[:, :channels], np.exp(slow[:, channels:]), np.sqrt(power / (number * samples)), mixing, samples)


def _pieces(trials: Sequence[Trials]) -> Iterator[tuple[Ints, Floats]]:
    """Yield identity and EEG (b, c, t), float64, of some trials at a time; every trial once."""
    seen: set[int] = set()
    for each in trials:
        new = np.array([row for row, one in enumerate(each.trial.tolist()) if one not in seen], np.int64)
        seen.update(each.trial.tolist())
        for start in range(0, len(new), PIECE):
            rows = new[start : start + PIECE]
            yield each.trial[rows], np.asarray(each.eeg[rows], np.float64)


def surrogate(series: Floats, rng: np.random.Generator) -> Floats:
    """Return series (n, k) with the spectra and cross-spectra of others, and random phases (the same for all k)."""
    mean = series.mean(axis=0)
    coefficients = np.fft.rfft(series - mean, axis=0)
    turned = coefficients * np.exp(2j * np.pi * rng.random((len(coefficients), 1)))
    return np.asarray(np.fft.irfft(turned, len(series), axis=0) + mean)


@dataclass(frozen=True, eq=False)
class Rest:
    """A recording without pictures, cut into as many trials as there are places, one after the other.

    Attributes:
        eeg: (channels, samples) of the whole recording.
        places: how many trials.
        samples: of a trial.
    """

    eeg: Floats
    places: int
    samples: int

    @property
    def shape(self) -> tuple[int, int]:
        """(channels, samples)."""
        return len(self.eeg), self.samples

    def trial(self, place: int, seed: int) -> NDArray[np.float32]:
        """Return the trial at a place; it begins anywhere in its part of the recording."""
        part = self.eeg.shape[1] / self.places
        room = part - self.samples
        start = int(place * part + max(0.0, room) * np.random.default_rng([seed, 4, place]).random())
        return np.asarray(self.eeg[:, start : start + self.samples], np.float32)


def rest_of(path: Path, places: int, samples: int, sfreq: float) -> Rest:
    """Return the trials of a recording of rest, of any kind that MNE reads, at the rate of a data set.

    Args:
        path: the file.
        places: number of trials.
        samples: of a trial; shorter where the recording is too short.
        sfreq: rate of the data set, Hz.

    Raises:
        DataError: MNE cannot read the file, or it is too short for so many trials.
    """
    import mne

    try:
        raw = mne.io.read_raw(path, preload=True, verbose="error").pick("eeg", verbose="error")
        eeg = raw.resample(sfreq, verbose="error").get_data() * 1e6
    except (OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError) as error:
        line = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DataError(f"MNE cannot read {path} as a recording of rest ({line}); name another with --rest") from error
    length = min(samples, eeg.shape[1] // places)
    if length < SHORTEST * sfreq:
        raise DataError(
            f"{path} has {eeg.shape[1] / sfreq:.0f} s, too little for {places} trials of at least {SHORTEST:g} s; name "
            "a longer recording with --rest"
        )
    return Rest(eeg, places, length)


@dataclass(frozen=True, eq=False)
class BrainlessRows:
    """Trials whose EEG comes from a source for each subject; indexing computes the selected rows only, float32.

    Attributes:
        sources: by subject.
        places: of each trial in its subject's recording, by subject and identity.
        subject: (n,).
        trial: (n,) identities.
        seed: of what is drawn.
    """

    sources: Mapping[int, Source]
    places: Mapping[int, Mapping[int, int]]
    subject: Ints
    trial: Ints
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, channels, samples)."""
        return (len(self.trial), *next(iter(self.sources.values())).shape)

    def __getitem__(self, rows: Any, /) -> Any:
        chosen = np.arange(len(self.trial))[rows]
        read = np.empty((len(np.atleast_1d(chosen)), *self.shape[1:]), np.float32)
        for place, row in enumerate(np.atleast_1d(chosen)):
            subject = int(self.subject[row])
            seed = self.seed * 100_003 + subject
            read[place] = self.sources[subject].trial(self.places[subject][int(self.trial[row])], seed)
        return read.reshape(*np.shape(chosen), *self.shape[1:])


def without_brain(recordings: Recordings, seed: int, rest: Path | None = None) -> tuple[Recordings, bool]:
    """Return recordings whose EEG knows nothing of the pictures, and whether the order of their trials is known.

    Labels, pictures and shares are those of the design. Only the subject's own training is kept, as the pool.

    Args:
        recordings: of one subject.
        seed: of everything that is drawn.
        rest: a recording to cut trials from; None for noise.
    """
    shares = recordings.training.train, recordings.training.val, recordings.test
    sources: dict[int, Source] = {}
    places: dict[int, dict[int, int]] = {}
    known = True
    for subject in np.unique(np.concatenate([each.subject for each in shares])).tolist():
        own = [_of_subject(each, subject) for each in shares]
        order, in_order = timeline(own, seed)
        known &= in_order
        places[subject] = {int(identity): place for place, identity in enumerate(order)}
        samples = recordings.test.eeg.shape[2]
        sources[subject] = (
            noise_like(own, order, seed)
            if rest is None
            else rest_of(rest, len(order), samples, recordings.training.montage.sfreq)
        )

    def replaced(trials: Trials) -> Trials:
        eeg = BrainlessRows(sources, places, trials.subject, trials.trial, seed)
        return dataclasses.replace(trials, eeg=eeg)

    montage = recordings.training.montage
    if rest is not None:
        channels = next(iter(sources.values())).shape[0]
        montage = dataclasses.replace(montage, channels=tuple(f"{number + 1:03d}" for number in range(channels)))
    training: Training = dataclasses.replace(
        recordings.training,
        train=replaced(recordings.training.train),
        val=replaced(recordings.training.val),
        montage=montage,
    )
    return dataclasses.replace(recordings, training=training, pool=training, test=replaced(recordings.test)), known


def _of_subject(trials: Trials, subject: int) -> Trials:
    rows = np.flatnonzero(trials.subject == subject)
    return trials.take(rows, _Some(trials, rows))


@dataclass(frozen=True, eq=False)
class _Some:
    """Some trials' EEG, read on demand."""

    trials: Trials
    rows: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.trials.eeg.shape[1:])

    def __getitem__(self, rows: Any, /) -> Any:
        return self.trials.eeg[self.rows[rows]]
