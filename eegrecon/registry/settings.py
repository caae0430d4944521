"""Settings: nested tables of field values, each with the place where it was written.

They come from a benchmark file, a profile and the command line, merged in this order, so that an error can name the
file and key of the value that caused it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True)
class Setting:
    """One value, and where it was written."""

    value: Any
    origin: str


Settings: TypeAlias = Mapping[str, "Setting | Settings"]  # nested tables


def settings(tree: Mapping[str, Any], origin: str) -> Settings:
    """Return nested tables as settings of one origin."""
    return {
        key: settings(value, origin) if isinstance(value, Mapping) else Setting(frozen(value), origin)
        for key, value in tree.items()
    }


def setting_at(path: str, value: Any, origin: str) -> Settings:
    """Return the settings that give one value at a dotted path."""
    head, _, rest = path.partition(".")
    return {head: setting_at(rest, value, origin) if rest else Setting(frozen(value), origin)}


def merge(top: Settings, base: Settings) -> Settings:
    """Return ``base`` overridden by ``top``.

    In the place of a table, a plain value names the component to use (``encoder = X`` is ``encoder.use = X``), and
    naming another component drops what was set for the one before.
    """
    result = dict(base)
    for key, value in top.items():
        below = result.get(key)
        if isinstance(value, Setting) and not isinstance(below, Mapping):
            result[key] = value
            continue
        table = {"use": value} if isinstance(value, Setting) else value
        beneath = {"use": below} if isinstance(below, Setting) else below or {}
        replaced = "use" in table and used(table) != used(beneath)
        result[key] = merge(table, {} if replaced else beneath)
    return result


def used(table: Settings) -> Any:
    """Return the value of ``use``, or None."""
    use = table.get("use")
    return use.value if isinstance(use, Setting) else None


def frozen(value: Any) -> Any:
    """Return lists, also inside lists, as tuples."""
    return tuple(frozen(item) for item in value) if isinstance(value, list) else value


def origin_of(value: Setting | Settings) -> str:
    """Return where a value or the first value of a table was written."""
    while not isinstance(value, Setting):
        value = next(iter(value.values()))
    return value.origin
