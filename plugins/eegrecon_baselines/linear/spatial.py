"""Spatial filters from the noise of training trials, and reading trials in chunks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Ints, Rows

Array = NDArray[np.floating[Any]]
CHUNK = 128  # trials read at a time
SHRINK = 0.01  # of the mean variance, added before whitening: an average reference leaves a direction without variance


def chunks(eeg: Rows) -> Iterator[tuple[Ints, Array]]:
    """Yield the rows and the trials (b, c, t), float64, of each chunk."""
    n = eeg.shape[0]
    for start in range(0, n, CHUNK):
        rows = np.arange(start, min(start + CHUNK, n))
        yield rows, np.asarray(eeg[rows], np.float64)


def in_chunks(eeg: Rows, view: Callable[[Array], Array]) -> Array:
    """Return ``view`` (b, …) of every chunk as rows of numbers, (n, numbers)."""
    return np.concatenate([view(trials).reshape(len(rows), -1) for rows, trials in chunks(eeg)])


def noise_covariance(eeg: Rows, label: Ints) -> Array:
    """Return the covariance over channels (c, c) of the trials about the mean response of their class."""
    classes, which = np.unique(label, return_inverse=True)
    n, channels, samples = eeg.shape
    total, product = np.zeros((len(classes), channels, samples)), np.zeros((channels, channels))
    for rows, trials in chunks(eeg):
        np.add.at(total, which[rows], trials)
        flat = trials.transpose(1, 0, 2).reshape(channels, -1)
        product += flat @ flat.T
    means = total / np.sqrt(np.bincount(which))[:, None, None]  # their products are those of all trials of the class
    flat = means.transpose(1, 0, 2).reshape(channels, -1)
    return np.asarray((product - flat @ flat.T) / (n * samples))


def whitening(covariance: Array) -> Array:
    """Return the symmetric filter (c, c) after which noise of this covariance is white, with `SHRINK`."""
    power, direction = np.linalg.eigh(covariance)
    shrunk = np.maximum(power, 0) + SHRINK * max(float(power.mean()), np.finfo(float).tiny)
    return np.asarray((direction / np.sqrt(shrunk)) @ direction.T)


def components(covariance: Array, count: int) -> Array:
    """Return the strongest principal components of a covariance (c, c): at most ``count``, (count, c)."""
    _, direction = np.linalg.eigh(covariance)
    return np.ascontiguousarray(direction[:, ::-1][:, :count].T)
