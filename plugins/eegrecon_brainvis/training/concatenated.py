"""Trials and segments of several sources as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from eegrecon import Rows


class ConcatenatedRows:
    """Trials followed by segments, whose first ``samples`` are used; only the requested rows are read."""

    def __init__(self, trials: Sequence[Rows], segments: Rows, samples: int) -> None:
        self.parts = (*trials, segments)
        self.samples = samples
        self.starts = np.cumsum([0, *(part.shape[0] for part in self.parts)])

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, channels, samples)."""
        return (int(self.starts[-1]), self.parts[-1].shape[1], self.samples)

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the rows of an integer array, float32 (n, channels, samples)."""
        wanted = np.asarray(rows)
        eeg = np.empty((len(wanted), *self.shape[1:]), np.float32)
        source = np.searchsorted(self.starts, wanted, side="right") - 1
        for number, part in enumerate(self.parts):
            places = np.flatnonzero(source == number)
            if len(places):
                eeg[places] = part[wanted[places] - self.starts[number]][..., : self.samples]
        return eeg
