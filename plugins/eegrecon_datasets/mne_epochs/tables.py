"""The tables beside own recordings: ``stimuli.csv``, what each event showed, and the events of a continuous file."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eegrecon import DataError, MissingFiles

STIMULI = "stimuli.csv"
SHARES = ("train", "val", "test")
NEEDED = ("event", "picture", "class")
EVENT_COLUMNS = ("event", "trial_type")  # the second is that of BIDS
HOW = f"{STIMULI} has a line per event that shows a picture, with the columns event,picture,class and, if you like, "
HOW += "caption and split (train, val or test)"


@dataclass(frozen=True)
class Stimulus:
    """What an event shows.

    Attributes:
        event: its name in the recording.
        picture: path of the picture in the folder.
        label: name of its class.
        caption: of the picture; empty without one.
        split: share that the picture belongs to; empty where none is declared.
    """

    event: str
    picture: str
    label: str
    caption: str
    split: str


def read_rows(path: Path, needed: Sequence[str]) -> list[dict[str, str]]:
    """Return the lines of a table of comma-separated, or in a ``.tsv`` file tab-separated, values.

    Raises:
        MissingFiles: the file does not exist.
        DataError: it is no such table, lacks a column, or has an incomplete line.
    """
    if not path.is_file():
        raise MissingFiles(f"{path} does not exist; {HOW if path.name == STIMULI else 'write it'}")
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True, delimiter="\t" if path.suffix == ".tsv" else ",")
            held = [name.strip() for name in reader.fieldnames or ()]
            if missing := [name for name in needed if name not in held]:
                raise DataError(
                    f"{path} has the columns {', '.join(held) or 'none'}, but {missing[0]} is needed: add it"
                )
            rows = [{(name or "").strip(): (row[name] or "").strip() for name in row if name} for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a table of separated UTF-8 text ({error}); save it as such") from error
    for number, row in enumerate(rows, 2):
        if not all(row[name] for name in needed):
            raise DataError(f"{path}, line {number}: {', '.join(needed)} are needed; complete the line or remove it")
    return rows


def read_stimuli(folder: Path) -> dict[str, Stimulus]:
    """Return what each event shows, in the order of the table.

    Raises:
        MissingFiles: there is no table.
        DataError: it is no such table, an event is in two lines, a picture has two classes or captions, or a split has
            another name.
    """
    path = folder / STIMULI
    found: dict[str, Stimulus] = {}
    pictures: dict[str, Stimulus] = {}
    for number, row in enumerate(read_rows(path, NEEDED), 2):
        one = Stimulus(row["event"], row["picture"], row["class"], row.get("caption", ""), row.get("split", "").lower())
        if one.event in found:
            raise DataError(f"{path}, line {number}: the event {one.event!r} has a line already; give each event one")
        if one.split and one.split not in SHARES:
            raise DataError(f"{path}, line {number}: the split {one.split!r} is none of {', '.join(SHARES)}; name one")
        refuse_outside(one.picture, f"{path}, line {number}")
        first = pictures.setdefault(one.picture, one)
        if (first.label, first.caption) != (one.label, one.caption):
            raise DataError(
                f"{path}, line {number}: {one.picture} has another class or caption than in the line of "
                f"{first.event!r}; give a picture one of each"
            )
        found[one.event] = one
    if not found:
        raise DataError(f"{path} has no line; {HOW}")
    return found


def refuse_outside(picture: str, where: str) -> None:
    """Check that the path of a picture stays in its folder.

    Raises:
        DataError: it leads out of it.
    """
    if Path(picture).is_absolute() or ".." in Path(picture).parts:
        raise DataError(f"{where}: {picture} leads out of the folder; put the picture there and name its path in it")


@dataclass(frozen=True)
class Occurrence:
    """An event of a continuous recording.

    Attributes:
        onset: from the first sample of the recording, s.
        event: its name.
        split: share of this trial; empty where none is declared.
        shown: what it shows, where the recording says so itself.
    """

    onset: float
    event: str
    split: str = ""
    shown: Stimulus | None = None


def events_table(recording: Path, stem: str) -> Path | None:
    """Return the table of a recording's events, ``STEM_events.csv`` or ``.tsv`` beside it; None without one.

    ``_eeg`` and ``_raw`` at the end of the recording's name are left out, as in BIDS.
    """
    for name in dict.fromkeys((stem, stem.removesuffix("_eeg").removesuffix("_raw").removesuffix("-raw"))):
        for ending in (".csv", ".tsv"):
            if (path := recording.with_name(f"{name}_events{ending}")).is_file():
                return path
    return None


def read_events(path: Path) -> list[Occurrence]:
    """Return the events of a table with the columns ``onset`` (s) and ``event`` (or ``trial_type``).

    Raises:
        DataError: it is no such table, or an onset is no number.
    """
    rows = read_rows(path, ("onset",))
    name = next((name for name in EVENT_COLUMNS if rows and name in rows[0]), None)
    if name is None:
        raise DataError(f"{path} has no column event (or trial_type), the name of each event; add it")
    return [_occurrence(path, number, row, name) for number, row in enumerate(rows, 2) if row[name]]


def _occurrence(path: Path, number: int, row: Mapping[str, str], name: str) -> Occurrence:
    split = row.get("split", "").lower()
    try:
        onset = float(row["onset"])
    except ValueError as error:
        raise DataError(f"{path}, line {number}: the onset {row['onset']!r} is no number of seconds") from error
    if split and split not in SHARES:
        raise DataError(f"{path}, line {number}: the split {split!r} is none of {', '.join(SHARES)}; name one")
    return Occurrence(onset, row[name], split)
