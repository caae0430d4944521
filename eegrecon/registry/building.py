"""Building components from settings, with every value checked against the type of its field."""

from __future__ import annotations

import dataclasses
import typing
from typing import Any

from eegrecon.errors import EegreconError, InvalidConfiguration, unknown
from eegrecon.interfaces.components import Component
from eegrecon.registry.catalog import KINDS, Catalog
from eegrecon.registry.fields import default_of, field_types, nested_class, plain, validated
from eegrecon.registry.settings import Setting, Settings, origin_of, used


def build_component(catalog: Catalog, kind: str, table: Settings, place: str, default: Component | None = None) -> Any:
    """Return the component of one place, built from its settings.

    Args:
        catalog: where names are looked up.
        kind: the kind that it must be.
        table: its settings; ``use`` names the component, or is one whose fields are set.
        place: the dotted path of the place, for messages.
        default: the component whose fields are set where ``use`` is not.

    Raises:
        UnknownName: an unknown component or field.
        InvalidConfiguration: a value of the wrong type, or fields that do not go together.
    """
    use = table.get("use")
    if isinstance(use, Setting) and isinstance(use.value, Component):  # what a part declares as its replacement
        cls, base = type(use.value), use.value
    elif isinstance(use, Setting):
        cls, base = catalog.get(kind, str(use.value), f"{use.origin}, {place}.use"), None
    elif default is not None:
        cls, base = type(default), default
    else:
        raise InvalidConfiguration(f"[{place}] does not name the {kind} to use; add use = one of {catalog.names(kind)}")
    hints = field_types(cls)
    values: dict[str, Any] = {}
    for name, value in table.items():
        if name == "use":
            continue
        if name not in hints:
            raise unknown(f"field of {catalog.name_of(cls)}", name, hints, f"{origin_of(value)}, {place}")
        nested = getattr(base, name) if base is not None else default_of(cls, name)
        values[name] = _field_value(catalog, hints[name], value, f"{place}.{name}", nested or default_of(cls, name))
    try:
        return dataclasses.replace(base, **values) if base is not None else cls(**values)  # type: ignore[type-var]
    except EegreconError:
        raise
    except Exception as error:
        raise InvalidConfiguration(
            f"[{place}] {catalog.name_of(cls)} cannot be built: {type(error).__name__}: {error}; set other values"
        ) from error


def _field_value(catalog: Catalog, hint: Any, value: Setting | Settings, where: str, default: Any) -> Any:
    nested = nested_class(hint)
    if nested is None:
        if isinstance(value, Setting):
            return _checked(value, hint, where)
        raise InvalidConfiguration(f"{origin_of(value)}, {where}: expected {plain(hint)}, got a table")
    table = {"use": value} if isinstance(value, Setting) else value
    if used(table) == "none" or (isinstance(value, Setting) and value.value is None):
        return _none(table, hint, where)
    built = build_component(catalog, kind_of(nested), table, where, default)
    if not isinstance(built, nested):
        raise InvalidConfiguration(
            f"{origin_of(value)}, {where}: {catalog.name_of(type(built))} does not fit; expected {plain(hint)}"
        )
    return built


def _none(table: Settings, hint: Any, where: str) -> None:
    extra = [name for name in table if name != "use"]
    if extra:
        raise InvalidConfiguration(
            f"{origin_of(table[extra[0]])}, {where}.{extra[0]}: it is inside {where}, which is removed; leave one out"
        )
    if type(None) not in typing.get_args(hint):
        raise InvalidConfiguration(f"{origin_of(table)}, {where}: cannot be none; expected {plain(hint)}")


def _checked(setting: Setting, hint: Any, where: str) -> Any:
    value = None if setting.value == "none" and type(None) in typing.get_args(hint) else setting.value
    try:
        return validated(hint, value)
    except ValueError as error:
        raise InvalidConfiguration(
            f"{setting.origin}, {where}: expected {plain(hint)}, got {setting.value!r} ({error})"
        ) from None


def kind_of(cls: type[Component]) -> str:
    """Return the kind of a component class: the most specific one."""
    return max(
        (kind for kind, parent in KINDS.items() if issubclass(cls, parent)), key=lambda kind: len(KINDS[kind].__mro__)
    )
