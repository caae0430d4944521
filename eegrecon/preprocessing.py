"""Rows read on demand, and multivariate noise normalisation: channels whitened by the noise of training trials.

Source: Guggenmos et al., NeuroImage 2018, doi:10.1016/j.neuroimage.2018.02.044; applied to EEG recorded for image
reconstruction by Gifford et al., NeuroImage 2022, doi:10.1016/j.neuroimage.2022.119754.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.interfaces.data import Ints, Rows

Array = NDArray[np.floating[Any]]
CHUNK = 128  # trials read at a time


def chunks(eeg: Rows) -> Iterator[tuple[Ints, Array]]:
    """Yield the rows and the trials (b, c, t), float64, of each chunk."""
    n = eeg.shape[0]
    for start in range(0, n, CHUNK):
        rows = np.arange(start, min(start + CHUNK, n))
        yield rows, np.asarray(eeg[rows], np.float64)


def noise_covariance(eeg: Rows, label: Ints) -> Array:
    """Return the covariance over channels (c, c) of the trials about the mean response of their class.

    Args:
        eeg: (n, c, t).
        label: class of each trial, (n,).
    """
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


def whitening(covariance: Array, shrink: float) -> Array:
    """Return the symmetric filter (c, c) after which noise of this covariance is white.

    Args:
        covariance: of the noise, (c, c).
        shrink: share of the mean variance that is added to every direction, because an average reference leaves one
            without variance.
    """
    power, direction = np.linalg.eigh(covariance)
    shrunk = np.maximum(power, 0) + shrink * max(float(power.mean()), np.finfo(float).tiny)
    return np.asarray((direction / np.sqrt(shrunk)) @ direction.T)


@dataclass(frozen=True, eq=False)
class SelectedRows:
    """Some rows of other rows or of an array on disk; indexing reads the requested rows only.

    Attributes:
        array: all rows, (all, …).
        rows: the selected ones, (n,).
    """

    array: Rows
    rows: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the selection, (n, …)."""
        return (len(self.rows), *self.array.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> Any:
        return np.asarray(self.array[self.rows[rows]])


@dataclass(frozen=True, eq=False)
class Filtered:
    """Trials behind a spatial filter, (n, c, t) float32; indexing reads and filters the selected rows only.

    Attributes:
        eeg: the trials.
        filters: one filter or more, (filters, c, c) float32.
        which: filter of each trial, (n,).
    """

    eeg: Rows
    filters: Array
    which: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return self.eeg.shape

    def __len__(self) -> int:
        return self.eeg.shape[0]

    def __getitem__(self, rows: Any) -> Any:
        return self.filters[self.which[rows]] @ self.eeg[rows]
