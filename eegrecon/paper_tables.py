"""Tables of a paper as a benchmark file declares them: rows, columns, and what is set for all rows.

``[table.4]`` holds the table; ``[profile.demo.table.4]`` lays keys of its own over it in one profile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eegrecon.building import Settings, at, frozen
from eegrecon.errors import InvalidConfiguration, unknown

_KEYS = {
    "title": str, "metrics": list, "columns": list, "set": dict, "ablate": list, "grid": list, "rows": list,
    "control": list, "notes": list,
}  # fmt: skip


@dataclass(frozen=True)
class PaperRow:
    """A row that sets fields of its own, under a name of its own."""

    label: str
    overrides: tuple[Settings, ...]
    settings: tuple[tuple[str, Any], ...]  # path and value, as written


@dataclass(frozen=True)
class PaperTable:
    """What a table of a paper shows.

    Attributes:
        name: as it is asked for, ``"4"``.
        title: what it shows.
        metrics: those that it needs, by their names in the file; empty for all.
        columns: those that it shows; empty for all.
        overrides: what is set for all rows.
        ablate: rows without parts, as on the command line.
        grid: axes of parts.
        rows: rows that set fields.
        control: controls that make sense here; None for the usual ones.
        notes: what has to be said of the published table.
    """

    name: str
    title: str = ""
    metrics: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    overrides: tuple[Settings, ...] = ()
    ablate: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    rows: tuple[PaperRow, ...] = ()
    control: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def paper_table(name: str, given: Mapping[str, Any], file: str) -> PaperTable:
    """Read one table of a benchmark file.

    Raises:
        UnknownName: a key that no table has.
        InvalidConfiguration: a value of the wrong type.
    """
    where = f"{file}, table.{name}"
    for key, value in given.items():
        if key not in _KEYS:
            raise unknown("key", key, _KEYS, where)
        if not isinstance(value, _KEYS[key]):
            raise InvalidConfiguration(f"{where}.{key}: expected a {_KEYS[key].__name__}, got {value!r}")
    control = given.get("control")
    lists: dict[str, tuple[str, ...]] = {
        key: tuple(map(str, given.get(key, ()))) for key in ("metrics", "columns", "ablate", "grid", "notes")
    }
    return PaperTable(
        name=name,
        title=given.get("title", ""),
        overrides=_overrides(given.get("set", {}), where),
        rows=tuple(_row(row, where) for row in given.get("rows", ())),
        control=None if control is None else tuple(map(str, control)),
        **lists,
    )


def _row(row: Any, where: str) -> PaperRow:
    if not isinstance(row, Mapping) or set(row) != {"label", "set"} or not isinstance(row["set"], Mapping):
        raise InvalidConfiguration(f"{where}.rows: each needs a label and a table set of paths and values, got {row!r}")
    written = tuple((path, frozen(value)) for path, value in row["set"].items())
    return PaperRow(str(row["label"]), _overrides(row["set"], f"{where}, row {row['label']}"), written)


def _overrides(given: Mapping[str, Any], where: str) -> tuple[Settings, ...]:
    return tuple(at(path, value, f"{where}, {path}") for path, value in given.items())
