"""EEG of several arrays on disk as one: some channels and a window of samples, read row by row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Ints


@dataclass(frozen=True, eq=False)
class StackedRows:
    """The trials of several arrays, one array after the other, float32; indexing reads the selected rows only.

    Attributes:
        arrays: each (trials, channels, samples).
        channels: numbers of the channels, in their order.
        window: of the samples.
    """

    arrays: Sequence[NDArray[Any]]
    channels: Ints
    window: slice

    @property
    def shape(self) -> tuple[int, ...]:
        """(all trials, channels, samples in the window)."""
        start, stop, _ = self.window.indices(self.arrays[0].shape[2])
        return (sum(map(len, self.arrays)), len(self.channels), stop - start)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: Any) -> Any:
        chosen = np.arange(len(self))[rows]
        starts = np.cumsum([0, *map(len, self.arrays)])
        flat = np.atleast_1d(chosen)
        which = np.searchsorted(starts, flat, side="right") - 1
        read = np.empty((len(flat), *self.shape[1:]), np.float32)
        for number in np.unique(which):
            place = np.flatnonzero(which == number)
            trials = self.arrays[number][flat[place] - starts[number]]
            read[place] = trials[:, self.channels, self.window]
        return read.reshape(*np.shape(chosen), *self.shape[1:])
