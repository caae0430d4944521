"""Picture files, decoded on access.

A file is taken by its content, not by its name, and only in a format that Pillow decodes itself: an EPS file, for one,
would start Ghostscript.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eegrecon import DataError, Pixels

if TYPE_CHECKING:
    from PIL.Image import Image

FORMATS = ("JPEG", "PNG", "WebP", "TIFF")
LIMIT = 1 << 26  # pixels of one picture: 201 MB decoded; a few bytes can claim to be billions


@dataclass(frozen=True)
class PictureFiles:
    """A sequence of picture files: an item is the decoded picture, uint8 (height, width, 3) RGB.

    A picture is shown as a viewer shows it: rotated as its EXIF data say, transparent parts on white, and 16 bits of
    grey as 8. Of a file with several pictures it is the first.
    """

    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> Pixels:
        from PIL import UnidentifiedImageError

        try:
            return _decoded(self.paths[row])
        except UnidentifiedImageError as error:
            raise self._unreadable(row, f"it is no {', '.join(FORMATS[:-1])} or {FORMATS[-1]} file") from error
        except Exception as error:  # decoders raise whatever a garbled file leads them to
            raise self._unreadable(row, str(error)) from error

    def _unreadable(self, row: int, reason: str) -> DataError:
        return DataError(
            f"{self.paths[row]} cannot be read as a picture ({reason}); fetch it again, or leave out its trials with "
            "--allow-missing-pictures"
        )


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


def _decoded(path: Path) -> Pixels:
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what a decoder remarks on a file that it can read
        with Image.open(path, formats=[name.upper() for name in FORMATS]) as picture:
            if picture.width * picture.height > LIMIT:
                raise ValueError(
                    f"{picture.width} x {picture.height} pixels, where {LIMIT / 1e6:.0f} million are allowed"
                )
            return np.array(_flat(_eight_bits(_upright(picture))))


def _upright(picture: Image) -> Image:
    """Return a picture rotated and mirrored as its EXIF data say; damaged EXIF data are not followed."""
    from PIL import ImageOps

    picture.load()  # what fails after this is not the picture
    try:
        return ImageOps.exif_transpose(picture)
    except Exception:  # as for decoders
        return picture


def _eight_bits(picture: Image) -> Image:
    """Return a grey picture of 16 bits in 8; Pillow would clip its values at 255."""
    from PIL import Image

    if picture.mode in ("I", "F"):
        raise ValueError("it has 32 bits for each pixel, whose range is not defined; save it with 8 or 16")
    if not picture.mode.startswith("I;16"):
        return picture
    grey = np.asarray(picture).astype(np.uint32)
    return Image.fromarray(((grey * 255 + 32767) // 65535).astype(np.uint8))  # rounded


def _flat(picture: Image) -> Image:
    """Return a picture in RGB, with transparent parts on white."""
    from PIL import Image

    if not picture.has_transparency_data:
        return picture.convert("RGB")
    layer = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", layer.size, "white"), layer).convert("RGB")
