"""Grids of labelled pictures."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from eegrecon.interfaces.data import Pixels


def grid(rows: Sequence[tuple[str, Pixels]], columns: Sequence[str], path: Path) -> None:
    """Draw labelled rows of pictures, one column per trial, and save them as PNG.

    Args:
        rows: label and pictures of each row, uint8 (n, h, w, 3); small ones are enlarged without interpolation.
        columns: title of each column.
        path: the PNG file to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    margin, top, cell = 2.3, 0.35, 0.92  # inches
    width, height = margin + cell * len(columns), top + cell * len(rows)
    figure = Figure(figsize=(width, height), dpi=110)
    FigureCanvasAgg(figure)
    axis = figure.add_axes((margin / width, 0.0, 1 - margin / width, 1 - top / height))
    for row, (_, pictures) in enumerate(rows):
        for column, picture in enumerate(pictures):
            interpolation = "nearest" if max(picture.shape) <= 64 else "antialiased"
            extent = (column + 0.03, column + 0.97, row + 0.97, row + 0.03)
            axis.imshow(picture, interpolation=interpolation, extent=extent, aspect="auto")
    axis.set(xlim=(0, len(columns)), ylim=(len(rows), 0), frame_on=False)
    axis.set_yticks([row + 0.5 for row in range(len(rows))], [label for label, _ in rows], fontsize=8.5)
    axis.set_xticks([column + 0.5 for column in range(len(columns))], columns, fontsize=7)
    axis.tick_params(length=0, top=False, labeltop=True, labelbottom=False)
    figure.savefig(path, metadata={"Software": None})
