"""Pixels as a conditioning space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eegrecon import Conditioner, Count, Floats, Pictures, Run, fitted_to


@dataclass(frozen=True)
class Thumbnails(Conditioner):
    """A picture's pixels at a small size, from -1 to 1, as one token: a conditioning space that needs no files.

    A class name has no pixels, so coarse targets are zero, the middle grey.
    """

    side: Count = 16

    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        """Return zeros (classes, 1, side * side * 3)."""
        return np.zeros((len(classes), 1, 3 * self.side**2), np.float32)

    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats:
        """Return the pixels of each picture, (pictures, 1, side * side * 3)."""
        size = (self.side, self.side)
        pixels = np.stack([fitted_to(pictures[row], size) for row in range(len(pictures))]).astype(np.float32)
        return (pixels / 127.5 - 1).reshape(len(pixels), 1, -1)
