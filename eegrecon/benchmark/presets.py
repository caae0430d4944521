"""Presets for tables: which variants and columns a paper's table has, and which baselines the default table has.

``[table.4]`` of a benchmark file holds the preset; ``[profile.demo.table.4]`` overrides keys of it in one profile.
``[[baseline]]`` is a row of the default table.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from eegrecon.benchmark import keys
from eegrecon.errors import InvalidConfiguration, unknown
from eegrecon.registry.settings import Settings, frozen, setting_at

_KEYS = keys.kinds(keys.TABLE)
_IN_WORDS = {
    str: "a text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "a table",
}  # fmt: skip


@dataclass(frozen=True)
class PresetRow:
    """One variant of a preset, defined by the fields that it sets."""

    label: str
    overrides: tuple[Settings, ...]
    settings: tuple[tuple[str, Any], ...]  # path and value, as written
    baseline: bool = False  # of the default table, not of a paper's


@dataclass(frozen=True)
class TablePreset:
    """The variants and columns of one table of a paper.

    Attributes:
        name: the value of ``--table``, for instance ``"4"``.
        title: what the table shows.
        metrics: the metrics that are computed, by name; empty for all.
        columns: the columns that are shown; empty for all.
        overrides: settings of all variants.
        ablate: variants without parts, as on the command line.
        grid: axes of parts.
        rows: variants that set fields.
        control: the controls of the table; None for the default ones.
        notes: remarks on the published table.
    """

    name: str
    title: str = ""
    metrics: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    overrides: tuple[Settings, ...] = ()
    ablate: tuple[str, ...] = ()
    grid: tuple[str, ...] = ()
    rows: tuple[PresetRow, ...] = ()
    control: tuple[str, ...] | None = None
    notes: tuple[str, ...] = ()


def table_preset(name: str, table: Mapping[str, Any], file: str) -> TablePreset:
    """Return one table preset of a benchmark file.

    Raises:
        UnknownName: a key that no table has.
        InvalidConfiguration: a value of the wrong type.
    """
    where = f"{file}, table.{name}"
    for key, value in table.items():
        if key not in _KEYS:
            raise unknown("key", key, _KEYS, where)
        expect(value, _KEYS[key], f"{where}.{key}")
    control = table.get("control")
    lists: dict[str, tuple[str, ...]] = {
        key: tuple(map(str, table.get(key, ()))) for key in ("metrics", "columns", "ablate", "grid", "notes")
    }
    return TablePreset(
        name=name,
        title=table.get("title", ""),
        overrides=_overrides(table.get("set", {}), where),
        rows=tuple(preset_row(row, f"{where}.rows") for row in table.get("rows", ())),
        control=None if control is None else tuple(map(str, control)),
        **lists,
    )


def expect(value: Any, kind: type, where: str) -> Any:
    """Return a value of a benchmark file, which has to be of one kind of TOML's.

    Raises:
        InvalidConfiguration: it is of another, or a number that is not finite.
    """
    if kind not in _IN_WORDS:
        raise InvalidConfiguration(f"{where}: {value} is a {kind.__name__}, which no field takes; write a text")
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise InvalidConfiguration(f"{where}: expected {_IN_WORDS[kind]}, got {value!r}")
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidConfiguration(f"{where}: expected {_IN_WORDS[kind]}, got {value!r}, which is not finite")
    return value


def preset_row(row: Any, where: str, *, baseline: bool = False) -> PresetRow:
    """Return a variant that is declared by its label and the fields that it sets.

    Args:
        row: as written.
        where: the place in the file, for messages.
        baseline: whether it is a baseline of the default table.

    Raises:
        InvalidConfiguration: it has other keys.
    """
    if not isinstance(row, Mapping) or set(row) != set(keys.ROW) or not isinstance(row["set"], Mapping):
        raise InvalidConfiguration(f"{where}: each needs a label and a table set of paths and values, got {row!r}")
    written = tuple((path, frozen(value)) for path, value in row["set"].items())
    return PresetRow(str(row["label"]), _overrides(row["set"], f"{where}, {row['label']}"), written, baseline)


def _overrides(table: Mapping[str, Any], where: str) -> tuple[Settings, ...]:
    return tuple(setting_at(path, value, f"{where}, {path}") for path, value in table.items())
