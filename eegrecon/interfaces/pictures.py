"""Pictures brought to the size that a generator or a judge works at, and pixels as a conditioning space."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eegrecon.interfaces.bounds import Count
from eegrecon.interfaces.components import Conditioner, Judge, Run
from eegrecon.interfaces.data import Floats, Ints, Pictures, Pixels

_LOOK = 256  # pictures that a judge sees at a time


def fitted_to(picture: Pixels, size: tuple[int, int]) -> Pixels:
    """Crop a picture at its centre to the aspect of ``size`` and resize it (bicubic, antialiased).

    Args:
        picture: uint8 (h, w, 3).
        size: height and width wanted.

    Returns:
        uint8 (height, width, 3); the same pixels where the size fits already.
    """
    if picture.shape[:2] == size:
        return np.asarray(picture)
    from PIL import Image

    height, width = size
    scale = min(picture.shape[0] / height, picture.shape[1] / width)
    crop_height, crop_width = max(1, round(height * scale)), max(1, round(width * scale))
    top, left = (picture.shape[0] - crop_height) // 2, (picture.shape[1] - crop_width) // 2
    cropped = Image.fromarray(picture[top : top + crop_height, left : left + crop_width])
    return np.array(cropped.resize((width, height), Image.Resampling.BICUBIC))


def picture_features(
    judge: Judge, pictures: Pictures, rows: Ints, run: Run, side: int = 224, layer: str = "features"
) -> Floats:
    """Return a layer of a judge for some pictures, (rows, width), with few of them in memory at a time.

    Args:
        judge: the network.
        pictures: the pictures.
        rows: which of them, at least one.
        run: what the judge receives.
        side: pixels per side that each is cropped and resized to, because a judge takes pictures of one size.
        layer: name of the layer.
    """
    found = []
    for start in range(0, len(rows), _LOOK):
        pixels = np.stack([fitted_to(pictures[int(row)], (side, side)) for row in rows[start : start + _LOOK]])
        found.append(np.asarray(judge.look(pixels, run)[layer]))
    return np.concatenate(found)


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
