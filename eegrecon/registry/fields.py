"""The fields of component classes: their types, defaults, and the values that they take."""

from __future__ import annotations

import dataclasses
import typing
from types import UnionType
from typing import Annotated, Any, Union

from eegrecon.errors import ComponentError
from eegrecon.interfaces.components import Component

_WORDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", type(None): "none"}


def field_types(cls: type[Component]) -> dict[str, Any]:
    """Return the types of a component's fields, with their bounds.

    Raises:
        ComponentError: the class is not a dataclass, or its annotations cannot be resolved at run time.
    """
    if not dataclasses.is_dataclass(cls):
        raise ComponentError(f"{cls.__module__}:{cls.__qualname__} is not a dataclass; add @dataclass(frozen=True)")
    try:
        hints = typing.get_type_hints(cls, include_extras=True)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
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


def default_of(cls: type[Component], name: str) -> Any:
    """Return a field's default, or None where it has none."""
    item = next(item for item in dataclasses.fields(cls) if item.name == name)  # type: ignore[arg-type]
    if item.default is not dataclasses.MISSING:
        return item.default
    return item.default_factory() if item.default_factory is not dataclasses.MISSING else None


def validated(hint: Any, value: Any) -> Any:
    """Return a value as the type of an ordinary field has it: a whole number as a float, a text as a number.

    Raises:
        ValueError: it does not fit, lies outside the bounds, is infinite or NaN; the message is the reason.
    """
    import pydantic  # imported here because it takes a tenth of a second

    if isinstance(value, bool) and bool not in (hint, *typing.get_args(hint)):
        raise ValueError("a truth value is no number")
    try:
        adapter = pydantic.TypeAdapter(hint, config=pydantic.ConfigDict(allow_inf_nan=False))
        return adapter.validate_python(value)
    except pydantic.ValidationError as error:
        raise ValueError(error.errors()[0]["msg"]) from None


def plain(hint: Any) -> str:
    """Return a type in plain words."""
    if hint in _WORDS:
        return _WORDS[hint]
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        described = (getattr(item, "description", None) for item in hint.__metadata__)
        return next((str(text) for text in described if text), plain(arguments[0]))
    if origin in (Union, UnionType):
        return " or ".join(plain(argument) for argument in arguments)
    if origin is typing.Literal:
        return " or ".join(repr(argument) for argument in arguments)
    if origin in (tuple, frozenset):
        return f"a {'list' if origin is tuple else 'frozenset'}, of {plain(arguments[0])} each"
    return f"a {hint.__name__}" if isinstance(hint, type) else str(hint)
