"""Pictures brought to one size, and grids of them for people to look at."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eegrecon.data import Pixels


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
    crop_height, crop_width = round(height * scale), round(width * scale)
    top, left = (picture.shape[0] - crop_height) // 2, (picture.shape[1] - crop_width) // 2
    cropped = Image.fromarray(picture[top : top + crop_height, left : left + crop_width])
    return np.asarray(cropped.resize((width, height), Image.Resampling.BICUBIC))


def grid(rows: Sequence[tuple[str, Pixels]], columns: Sequence[str], path: Path) -> None:
    """Draw labelled rows of pictures, one column per trial, each row under its name.

    Args:
        rows: label and uint8 (n, h, w, 3); small pictures are shown enlarged, pixel by pixel.
        columns: a caption above each column.
        path: where the PNG goes.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    n = len(columns)
    margin, cell = 2.3, 0.92  # inches
    figure = Figure(figsize=(margin + cell * n, 0.35 + cell * len(rows)), dpi=110)
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(rows), n, squeeze=False)
    width = margin + cell * n
    figure.subplots_adjust(
        left=margin / width,
        right=0.995,
        top=1 - 0.33 / (0.35 + cell * len(rows)),
        bottom=0.01,
        wspace=0.05,
        hspace=0.05,
    )
    for axis_row, (label, pictures) in zip(axes, rows, strict=True):
        for axis, picture in zip(axis_row, pictures, strict=True):
            axis.imshow(picture, interpolation="nearest" if max(picture.shape) <= 64 else "antialiased")
            axis.set_xticks([])
            axis.set_yticks([])
            for spine in axis.spines.values():
                spine.set_visible(False)
        axis_row[0].set_ylabel(label, rotation=0, ha="right", va="center", fontsize=8.5, labelpad=6)
    for axis, caption in zip(axes[0], columns, strict=True):
        axis.set_title(caption, fontsize=7)
    figure.savefig(path, metadata={"Software": None})
