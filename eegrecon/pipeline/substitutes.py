"""What controls substitute: shuffled, averaged or simulated EEG, permuted training labels, nearest pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon.errors import NotApplicable
from eegrecon.interfaces.data import Features, Floats, Ints, Rows, Training, Trials

BLOCK = 128  # targets in float32 at a time: 30 MB for CLIP's 77 x 768


def shuffled_within(group: Ints, picture: Ints, rng: np.random.Generator) -> Ints:
    """Return the trial whose EEG each trial receives, (n,): a permutation within groups.

    No trial keeps its own EEG or receives that of another trial of its picture, as far as the group has enough
    pictures, so that the EEG carries no information on the picture beyond the group.

    Args:
        group: (n,) trials exchange EEG within their group only.
        picture: (n,) the picture of each trial.
        rng: draws the order of the pictures.
    """
    source = np.arange(len(picture))
    for one in np.unique(group):
        rows = np.flatnonzero(group == one)
        names, which, times = np.unique(picture[rows], return_inverse=True, return_counts=True)
        order = rows[np.argsort(rng.permutation(len(names))[which], kind="stable")]  # picture by picture
        source[order] = np.roll(order, times.max())
    return source


def unshuffled(group: Ints, picture: Ints) -> int:
    """Return how many trials are in a group with a single picture, where a shuffle changes nothing."""
    return sum(int((group == one).sum()) for one in np.unique(group) if len(np.unique(picture[group == one])) == 1)


@dataclass(frozen=True, eq=False)
class Repeated:
    """One trial repeated for every row: (n, c, t)."""

    one: Floats  # (c, t)
    n: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return (self.n, *self.one.shape)

    def __getitem__(self, rows: Any, /) -> Any:
        """Return some rows, float32."""
        selected = np.arange(self.n)[rows]
        return np.broadcast_to(self.one.astype(np.float32), (*np.shape(selected), *self.one.shape)).copy()


@dataclass(frozen=True, eq=False)
class Noise:
    """Gaussian noise with the mean and the power spectrum of each channel, drawn per (seed, trial): (n, c, t).

    Channels are independent: the noise has none of the correlation between them.
    """

    mean: Floats  # (c,)
    amplitude: Floats  # (c, t // 2 + 1) root of the mean squared modulus of the Fourier coefficients
    samples: int
    trial: Ints  # (n,)
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return (len(self.trial), len(self.mean), self.samples)

    def __getitem__(self, rows: Any, /) -> Any:
        """Return some rows, float32."""
        selected = self.trial[rows]
        drawn = np.stack([self._one(int(trial)) for trial in np.atleast_1d(selected)])
        return drawn.reshape(*np.shape(selected), *self.shape[1:])

    def _one(self, trial: int) -> Floats:
        real, imaginary = np.random.default_rng([self.seed, trial]).standard_normal((2, *self.amplitude.shape))
        coefficients = self.amplitude * (real + 1j * imaginary) / np.sqrt(2)  # (c, frequencies)
        ends = [0, -1] if self.samples % 2 == 0 else [0]  # real coefficients carry all of their power in one draw
        coefficients[:, ends] = self.amplitude[:, ends] * real[:, ends]
        one = np.fft.irfft(coefficients, self.samples, axis=1) + self.mean[:, None]
        return np.asarray(one, np.float32)


def spectrum(eeg: Rows, piece: int = 64) -> tuple[Floats, Floats, Floats]:
    """Return the mean trial (c, t), each channel's mean (c,) and the amplitudes of `Noise` about it (c, t // 2 + 1)."""
    n, channels, samples = eeg.shape
    total, power = np.zeros((channels, samples)), np.zeros((channels, samples // 2 + 1))
    pieces = [np.arange(start, min(start + piece, n)) for start in range(0, n, piece)]
    for rows in pieces:
        total += np.asarray(eeg[rows], np.float64).sum(axis=0)
    mean = total.mean(axis=1) / n  # (c,)
    for rows in pieces:
        power += np.square(np.abs(np.fft.rfft(eeg[rows] - mean[:, None], axis=2))).sum(axis=0)
    return total / n, mean, np.sqrt(power / n)


def permute_labels(data: Training, seed: int) -> Training:
    """Return training data with labels, pictures, blocks and times permuted among the trials of each subject.

    Training and validation trials are permuted separately. Label and picture stay together, so that every picture
    keeps its class and only the EEG belongs to another trial. A trial of a subject is permuted in the pool as in the
    subject's own share, if the same trials are in both.
    """
    return dataclasses.replace(data, train=_permuted(data.train, [seed, 0]), val=_permuted(data.val, [seed, 1]))


def _permuted(trials: Trials, salt: list[int]) -> Trials:
    source = np.arange(len(trials.trial))
    for subject in np.unique(trials.subject):
        rows = np.flatnonzero(trials.subject == subject)
        rows = rows[np.argsort(trials.trial[rows], kind="stable")]
        source[rows] = np.random.default_rng([*salt, int(subject)]).permutation(rows)
    return dataclasses.replace(
        trials,
        label=trials.label[source],
        image=trials.image[source],
        block=None if trials.block is None else trials.block[source],
        order=None if trials.order is None else trials.order[source],
    )


def predicted_label(features: Features) -> Ints:
    """Return the encoder's best class of each trial, the one that accuracy scores, (n,).

    Raises:
        NotApplicable: the encoder does not classify.
    """
    if features.logits is None:
        raise NotApplicable("the encoder gives no class scores, so there is no predicted class")
    label: Ints = np.argmax(features.logits, axis=1).astype(np.int64)
    return label


def nearest(tokens: Floats, targets: Floats, candidates: Ints, k: int) -> Ints:
    """Return the k candidates whose targets are nearest to each trial's tokens by cosine, the nearest first, (n, k).

    Targets are read in blocks, because those of a large data set fill some gigabytes in float32.

    Args:
        tokens: (n, tokens, width).
        targets: (pictures, tokens, width).
        candidates: (m,) rows of the targets to choose from.
        k: how many; where there are fewer candidates, they repeat.
    """
    directions = _directions(tokens)
    likeness = np.empty((len(tokens), len(candidates)), np.float32)
    for columns in blocks(len(candidates)):
        likeness[:, columns] = directions @ _directions(targets[candidates[columns]]).T
    order = np.argsort(-likeness, axis=1, kind="stable")
    return candidates[order[:, np.arange(k) % len(candidates)]]


def blocks(n: int) -> Iterator[slice]:
    """Yield slices that cover n rows of targets."""
    for start in range(0, n, BLOCK):
        yield slice(start, min(start + BLOCK, n))


def _directions(values: Floats) -> Floats:
    flat = np.asarray(values, np.float32).reshape(len(values), -1)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12))
