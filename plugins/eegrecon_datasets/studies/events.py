"""Events of a study of neuralset: the pictures among them, with class, caption and declared share."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eegrecon import DataError
from eegrecon_datasets.mne_epochs.tables import SHARES, Occurrence, Stimulus

FOLDER = "folder"  # as the column of the class: the folder of the picture


def recording_of(rows: Sequence[Mapping[str, Any]], where: str) -> Mapping[str, Any]:
    """Return the row of the one recording of EEG in a timeline.

    Raises:
        DataError: there is none, or more than one.
    """
    found = [row for row in rows if row["type"] == "Eeg"]
    if len(found) != 1:
        raise DataError(
            f"{where} has {len(found)} recordings of EEG, where one is needed; choose a study with one in each timeline"
        )
    return found[0]


def pictures_of(
    rows: Sequence[Mapping[str, Any]], start: float, column: str, root: Path, where: str
) -> list[Occurrence]:
    """Return the events of a timeline that show a picture.

    Args:
        rows: the events of the timeline, as neuralset's table has them.
        start: time of the first sample of the recording in the timeline, s.
        column: that names the class, or ``folder`` for that of the picture.
        root: folder of the studies, below which pictures are named.
        where: name of the timeline, for messages.

    Raises:
        DataError: there is no picture, or no column of the class.
    """
    shown = [row for row in rows if row["type"] == "Image"]
    if not shown:
        kinds = ", ".join(sorted({str(row["type"]) for row in rows}))
        raise DataError(f"{where} shows no picture, only events of the types {kinds}; choose a study of pictures")
    return [_occurrence(row, start, column, root, where) for row in shown]


def _occurrence(row: Mapping[str, Any], start: float, column: str, root: Path, where: str) -> Occurrence:
    path = Path(str(row["filepath"]))
    label = path.parent.name if column == FOLDER else _text(row, column)
    if not label:
        has = ", ".join(sorted(name for name in row if _text(row, name)))
        raise DataError(
            f"{where}: {path.name} has no class in the column {column!r}; name another one as dataset.label, or "
            f"{FOLDER} for the picture's folder; there are: {has}"
        )
    name = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()
    caption, split = _text(row, "caption").split("\n")[0], _text(row, "split").lower()
    shown = Stimulus(name, name, label, caption, "")
    return Occurrence(float(row["start"]) - start, name, split if split in SHARES else "", shown)


def _text(row: Mapping[str, Any], column: str) -> str:
    """Return a value as text; empty where there is none."""
    value = row.get(column)
    return "" if value is None or (isinstance(value, float) and math.isnan(value)) else str(value).strip()
