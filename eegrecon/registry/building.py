"""Building components from settings, with every value checked against the type of its field."""

from __future__ import annotations

import dataclasses
import typing
from types import UnionType
from typing import Any, Union

from eegrecon.errors import ComponentError, InvalidConfiguration, unknown
from eegrecon.interfaces.components import Component
from eegrecon.registry.catalog import KINDS, Catalog
from eegrecon.registry.settings import Setting, Settings, origin_of, used


def build_component(catalog: Catalog, kind: str, table: Settings, place: str, default: Component | None = None) -> Any:
    """Return the component of one place, built from its settings.

    Args:
        catalog: where names are looked up.
        kind: the kind that it must be.
        table: its settings; ``use`` names the component.
        place: the dotted path of the place, for messages.
        default: the component whose fields are set where ``use`` is not.

    Raises:
        UnknownName: an unknown component or field.
        InvalidConfiguration: a value of the wrong type, or fields that do not go together.
    """
    use = table.get("use")
    if isinstance(use, Setting):
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
    except TypeError as error:
        raise InvalidConfiguration(f"[{place}] {catalog.name_of(cls)} cannot be built: {error}") from error


def _field_value(catalog: Catalog, hint: Any, value: Setting | Settings, where: str, default: Any) -> Any:
    nested = nested_class(hint)
    if nested is None:
        if isinstance(value, Setting):
            return _checked(value, hint, where)
        raise InvalidConfiguration(f"{origin_of(value)}, {where}: expected {_plain(hint)}, got a table")
    table = {"use": value} if isinstance(value, Setting) else value
    if used(table) == "none" or (isinstance(value, Setting) and value.value is None):
        return _none(table, hint, where)
    built = build_component(catalog, kind_of(nested), table, where, default)
    if not isinstance(built, nested):
        raise InvalidConfiguration(
            f"{origin_of(value)}, {where}: {catalog.name_of(type(built))} does not fit; expected {_plain(hint)}"
        )
    return built


def _none(table: Settings, hint: Any, where: str) -> None:
    extra = [name for name in table if name != "use"]
    if extra:
        raise InvalidConfiguration(
            f"{origin_of(table[extra[0]])}, {where}.{extra[0]}: it is inside {where}, which is removed; leave one out"
        )
    if type(None) not in typing.get_args(hint):
        raise InvalidConfiguration(f"{origin_of(table)}, {where}: cannot be none; expected {_plain(hint)}")


def _checked(setting: Setting, hint: Any, where: str) -> Any:
    import pydantic  # imported here because it takes a tenth of a second

    value = None if setting.value == "none" and type(None) in typing.get_args(hint) else setting.value
    bool_for_number = isinstance(value, bool) and bool not in (hint, *typing.get_args(hint))
    try:
        checked = pydantic.TypeAdapter(hint).validate_python(value)
    except pydantic.ValidationError as error:
        detail = error.errors()[0]["msg"]
        raise InvalidConfiguration(
            f"{setting.origin}, {where}: expected {_plain(hint)}, got {setting.value!r} ({detail})"
        ) from None
    if bool_for_number:
        raise InvalidConfiguration(f"{setting.origin}, {where}: expected {_plain(hint)}, got {setting.value!r}")
    return checked


def _plain(hint: Any) -> str:
    """Return a type in plain words."""
    words = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", type(None): "none"}
    if hint in words:
        return words[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, UnionType):
        return " or ".join(_plain(argument) for argument in arguments)
    if origin is typing.Literal:
        return " or ".join(repr(argument) for argument in arguments)
    if origin is tuple:
        return f"a list, of {_plain(arguments[0])} each"
    return f"a {hint.__name__}" if isinstance(hint, type) else str(hint)


def field_types(cls: type[Component]) -> dict[str, Any]:
    """Return the types of a component's fields.

    Raises:
        ComponentError: the class is not a dataclass, or its annotations cannot be resolved at run time.
    """
    if not dataclasses.is_dataclass(cls):
        raise ComponentError(f"{cls.__module__}:{cls.__qualname__} is not a dataclass; add @dataclass(frozen=True)")
    try:
        hints = typing.get_type_hints(cls)
    except NameError as error:
        raise ComponentError(
            f"the field types of {cls.__module__}:{cls.__qualname__} cannot be resolved: {error}; "
            "import them at run time, not only under TYPE_CHECKING"
        ) from error
    return {item.name: hints[item.name] for item in dataclasses.fields(cls) if item.init}


def nested_class(hint: Any) -> type[Component] | None:
    """Return the component class of a field's type (``X`` or ``X | None``), or None for an ordinary field."""
    for candidate in (hint, *typing.get_args(hint)):
        if isinstance(candidate, type) and issubclass(candidate, Component):
            return candidate
    return None


def kind_of(cls: type[Component]) -> str:
    """Return the kind of a component class: the most specific one."""
    return max(
        (kind for kind, parent in KINDS.items() if issubclass(cls, parent)), key=lambda kind: len(KINDS[kind].__mro__)
    )


def default_of(cls: type[Component], name: str) -> Any:
    """Return a field's default, or None where it has none."""
    item = next(item for item in dataclasses.fields(cls) if item.name == name)  # type: ignore[arg-type]
    if item.default is not dataclasses.MISSING:
        return item.default
    return item.default_factory() if item.default_factory is not dataclasses.MISSING else None
