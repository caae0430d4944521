"""Grids of labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eegrecon.errors import printable
from eegrecon.interfaces.data import Pixels

CELL, GAP = 96, 4  # pixels, of a picture and between two
TOP = 34  # pixels, above the first row
SMALL = 64  # pixels: pictures up to this side are enlarged without interpolation


def grid(rows: Sequence[tuple[str, Pixels]], columns: Sequence[str], path: Path) -> None:
    """Draw labelled rows of pictures, one column per trial, and save them as PNG.

    Args:
        rows: label and pictures of each row, uint8 (n, h, w, 3); small ones are enlarged without interpolation.
        columns: title of each column; of titles and labels, what is not printable is escaped.
        path: the PNG file to write.
    """
    from PIL import Image, ImageDraw, ImageFont

    rows, columns = [(_line(text), pictures) for text, pictures in rows], list(map(_line, columns))
    label, title = ImageFont.load_default(14), ImageFont.load_default(11)
    left = int(max([label.getlength(text) for text, _ in rows], default=0)) + 4 * GAP
    step = CELL + GAP
    canvas = Image.new("RGB", (left + step * len(columns), TOP + step * len(rows)), "white")
    pen = ImageDraw.Draw(canvas)
    for column, text in enumerate(columns):
        pen.text((left + step * column + CELL / 2, TOP - 2 * GAP), text, "black", title, anchor="ms")
    for row, (text, pictures) in enumerate(rows):
        pen.text((left - 2 * GAP, TOP + step * row + CELL / 2), text, "black", label, anchor="rm")
        for column, picture in enumerate(pictures):
            how = Image.Resampling.NEAREST if max(picture.shape[:2]) <= SMALL else Image.Resampling.BOX
            shown = Image.fromarray(np.ascontiguousarray(picture)).resize((CELL, CELL), how)
            canvas.paste(shown, (left + step * column, TOP + step * row))
    canvas.save(path, optimize=True)


def _line(text: str) -> str:
    """Return a text in one printable line, for which there is room; names may come from files of others."""
    return " ".join(printable(text).split())
