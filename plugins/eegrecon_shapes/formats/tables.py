"""Tables and pictures that the formats have in common."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from eegrecon import Pixels


def write_table(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table of comma-separated values."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def write_pictures(pictures: Mapping[Path, Pixels]) -> None:
    """Write pictures as JPEG files, and the folders that they are in."""
    from PIL import Image

    for path, pixels in pictures.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, "JPEG", quality=95, subsampling=0)
