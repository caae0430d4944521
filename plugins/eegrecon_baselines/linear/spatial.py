"""Views of trials read in chunks, and principal components."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Rows
from eegrecon.preprocessing import chunks

Array = NDArray[np.floating[Any]]
SHRINK = 0.01  # of the mean variance, added before whitening: an average reference leaves a direction without variance


def in_chunks(eeg: Rows, view: Callable[[Array], Array]) -> Array:
    """Return ``view`` (b, …) of every chunk as rows of numbers, (n, numbers)."""
    return np.concatenate([view(trials).reshape(len(rows), -1) for rows, trials in chunks(eeg)])


def components(covariance: Array, count: int) -> Array:
    """Return the strongest principal components of a covariance (c, c): at most ``count``, (count, c)."""
    _, direction = np.linalg.eigh(covariance)
    return np.ascontiguousarray(direction[:, ::-1][:, :count].T)
