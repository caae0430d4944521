"""The tables of events of BIDS, ``events.tsv``: when which picture of ``stimuli/`` was shown, and its class."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path

from eegrecon import DataError
from eegrecon_datasets.mne_epochs.tables import SHARES, Occurrence, Stimulus, read_events, read_rows, refuse_outside

ABSENT = ("", "n/a")  # the second is how BIDS writes that there is no value
FOLDER = "folder"  # as the column of the class: the folder of the picture
NEEDED = ("onset", "duration")  # columns of every table of events, as BIDS demands
STIMULI_FOLDER = "stimuli"


def named_events(table: Path) -> list[Occurrence]:
    """Return the events of a table by their names, for a data set that lists in ``stimuli.csv`` what they show.

    Raises:
        DataError: it is no such table.
    """
    read_rows(table, NEEDED)
    return [each for each in read_events(table) if each.event not in ABSENT]


def picture_events(table: Path, column: str) -> list[Occurrence]:
    """Return the events of a table that show a picture, which they name in the column ``stim_file``.

    Where two pictures have one onset, as where a recorder wrote several markers late, neither counts.

    Args:
        table: the file.
        column: that names the class, or ``folder`` for that of the picture.

    Raises:
        DataError: it is no such table, lacks a column, or names a picture outside ``stimuli/``.
    """
    needed = ("stim_file",) if column == FOLDER else ("stim_file", column)
    rows = read_rows(table, NEEDED)
    if rows and (missing := [name for name in needed if name not in rows[0]]):
        raise DataError(
            f"{table} has no column {missing[0]}, only {', '.join(rows[0])}; add it, name another column of the class "
            f"(dataset.label, or {FOLDER} for the picture's folder), or list in stimuli.csv what each event shows"
        )
    found = [
        _occurrence(row, f"{table}, line {number}", column)
        for number, row in enumerate(rows, 2)
        if row["stim_file"] not in ABSENT
    ]
    return _certain(found)


def _occurrence(row: Mapping[str, str], where: str, column: str) -> Occurrence:
    try:
        onset = float(row["onset"])
    except ValueError as error:
        raise DataError(f"{where}: the onset {row['onset']!r} is no number of seconds; correct the table") from error
    name = row["stim_file"]
    refuse_outside(name, where)
    label = Path(name).parent.name if column == FOLDER else row[column]
    if label in ABSENT:
        raise DataError(f"{where}: {name} has no class ({column}); name the column of the class as dataset.label")
    caption, split = row.get("caption", ""), row.get("split", "").lower()
    if split not in (*SHARES, *ABSENT):
        raise DataError(f"{where}: the split {split!r} is none of {', '.join(SHARES)}; name one")
    picture = f"{STIMULI_FOLDER}/{name}"
    shown = Stimulus(name, picture, label, "" if caption in ABSENT else caption, "")
    return Occurrence(onset, name, "" if split in ABSENT else split, shown)


def _certain(events: Sequence[Occurrence]) -> list[Occurrence]:
    """Return the events at whose onset no other picture was shown."""
    at: dict[float, set[str]] = defaultdict(set)
    for each in events:
        at[each.onset].add(each.event)
    return [each for each in events if len(at[each.onset]) == 1]
