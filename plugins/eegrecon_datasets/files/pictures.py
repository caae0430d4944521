"""Picture files, decoded on access."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from eegrecon import DataError, Pixels


@dataclass(frozen=True)
class PictureFiles:
    """A sequence of picture files: an item is the decoded picture, uint8 (height, width, 3) RGB."""

    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> Pixels:
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(self.paths[row]) as picture:
                return np.asarray(picture.convert("RGB"))
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise DataError(
                f"{self.paths[row]} cannot be read as a picture ({error}); fetch it again, or leave out its trials "
                "with --allow-missing-pictures"
            ) from error


def damaged(paths: tuple[Path, ...]) -> list[int]:
    """Return the positions of the files that exist but cannot be decoded; every file is decoded once."""
    pictures = PictureFiles(paths)
    positions = []
    for position in range(len(paths)):
        try:
            pictures[position]
        except DataError:
            positions.append(position)
    return positions
