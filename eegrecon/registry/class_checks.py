"""Checks of component classes against the contract, so that a mistake in a plugin is reported when it is registered.

Without them it would surface where the class is used: late, and as an error of Python that names a line of the core.
"""

from __future__ import annotations

import collections.abc
import dataclasses
import difflib
import enum
import functools
import inspect
import typing
from collections import Counter
from collections.abc import Iterator
from types import UnionType
from typing import Annotated, Any, ClassVar, Union

from eegrecon.errors import ComponentError
from eegrecon.interfaces.audits import Audit
from eegrecon.interfaces.components import Component, Dataset, Judge, Metric, MetricNeed
from eegrecon.interfaces.data import Column
from eegrecon.registry.fields import default_of, field_types, nested_class, plain, validated

_STORABLE = (bool, int, float, str, type(None), tuple)  # written to keys and results, equal and hashable


@functools.cache
def problems(cls: type[Component], contract: type[Component]) -> tuple[str, ...]:
    """Return what is wrong with a class, each with its remedy; empty if it fulfils the contract.

    Args:
        cls: the class, derived from the contract.
        contract: the class of its kind.
    """
    try:
        hints = field_types(cls)
    except ComponentError as error:
        return (str(error),)
    checks = [*_declaration(cls), *_methods(cls, contract), *_class_attributes(cls, contract), *_fields(cls, hints)]
    if issubclass(cls, Metric):
        checks += _metric(cls, hints)
    if issubclass(cls, Dataset) and hints.get("protocol") is not str:
        checks.append('it has no field protocol; add one with the default, protocol: str = "within-image"')
    if issubclass(cls, Audit) and not checks:
        checks += _audit(cls)
    return tuple(checks)


def _declaration(cls: type[Component]) -> Iterator[str]:
    """Check that a class is a frozen dataclass with all its fields."""
    parameters = cls.__dataclass_params__  # type: ignore[attr-defined]
    if not parameters.frozen:
        yield "it can be changed after it is made; write @dataclass(frozen=True)"
    if not parameters.eq:
        yield "two of it with the same fields are not equal; leave eq=False out"
    known, hints = {item.name for item in dataclasses.fields(cls)}, typing.get_type_hints(cls)  # type: ignore[arg-type]
    own = vars(cls).get("__annotations__", {})
    forgotten = [name for name in own if name not in known and typing.get_origin(hints[name]) is not ClassVar]
    if forgotten and "__dataclass_params__" not in vars(cls):
        yield f"{_listed(forgotten)} of it is no field, because the class is no dataclass; add @dataclass(frozen=True)"


def _methods(cls: type[Component], contract: type[Component]) -> Iterator[str]:
    """Check the methods and properties that the core calls."""
    missing = sorted(cls.__abstractmethods__ - {"needs"})  # of a metric, mostly a value: see below
    if missing:
        close = [name for method in missing for name in difflib.get_close_matches(method, vars(cls), n=1)]
        guess = f" (it has {_listed(close)})" if close else ""
        yield f"it lacks {_listed(missing)}{guess}; define every method that {contract.__name__} declares"
    for name, declared in _declared(contract).items():
        own = inspect.getattr_static(cls, name)
        if own is declared or name in missing:
            continue
        if isinstance(declared, property):
            if inspect.isroutine(own):
                yield f"{name} is a method, but it is read without a call; write @property above it"
        elif isinstance(declared, classmethod) and not isinstance(own, classmethod | staticmethod):
            yield f"{name} is called on the class; write @classmethod above it"
        elif not callable(getattr(cls, name)):
            yield f"{name} is {own!r}, but it is called; make it a method"
        else:
            yield from _signature(name, getattr(cls, name), getattr(contract, name))


def _declared(contract: type[Component]) -> dict[str, Any]:
    """Return the public methods and properties of a contract and of those that it derives from."""
    bases = [base for base in reversed(contract.__mro__) if issubclass(base, Component)]
    return {
        name: member
        for base in bases
        for name, member in vars(base).items()
        if not name.startswith("_") and (inspect.isroutine(member) or isinstance(member, property))
    }


def _signature(name: str, own: Any, declared: Any) -> Iterator[str]:
    """Check that a method takes the arguments of the contract's, by position."""
    wanted = inspect.signature(declared)
    try:
        inspect.signature(own).bind(*wanted.parameters)
    except TypeError:
        names = [parameter for parameter in wanted.parameters if parameter != "self"]
        yield f"{name} cannot be called with ({', '.join(names)}); give it these arguments, in this order"
    except ValueError:  # a function of C, without a signature
        return


def _class_attributes(cls: type[Component], contract: type[Component]) -> Iterator[str]:
    """Check the values that describe the class itself, such as the needs of a metric."""
    fields = {item.name for item in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for name, hint in typing.get_type_hints(contract).items():
        if typing.get_origin(hint) is not ClassVar:
            continue
        (wanted,) = typing.get_args(hint)
        value = getattr(cls, name, dataclasses.MISSING)
        if name in fields:
            yield f"{name} is a field, but it is the same for the whole class; write {name}: ClassVar = …"
        elif value is dataclasses.MISSING:
            yield f"it lacks {name}; set it in the class, to {plain(wanted)}"
        elif not _of_type(wanted, value):
            yield f"{name} is {value!r}; expected {plain(wanted)}"


def _of_type(hint: Any, value: Any) -> bool:
    import pydantic

    try:
        pydantic.TypeAdapter(hint).validate_python(frozenset(value) if isinstance(value, set) else value, strict=True)
    except pydantic.ValidationError:
        return False
    return True


def _fields(cls: type[Component], hints: dict[str, Any]) -> Iterator[str]:
    """Check types and defaults of the fields, and what parts are without."""
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        if item.name not in hints:  # not set by the user
            continue
        hint = hints[item.name]
        if not _storable(hint):
            yield (
                f"the field {item.name} is {plain(hint)}, which no benchmark file can set and no key can hold; use "
                "numbers, texts, truth values, tuples of them, or a component"
            )
            continue
        values = {} if item.default is item.default_factory else {"default": default_of(cls, item.name)}
        if "part" in item.metadata:
            values["value without the part"] = item.metadata["part"][1]
        for what, value in values.items():
            if not _fits(hint, value):
                remedy = ", or = field() where it has to be named" if nested_class(hint) else ""
                yield f"the {what} of {item.name} is {value!r}; expected {plain(hint)}{remedy}"


def _storable(hint: Any) -> bool:
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is Annotated:
        return _storable(arguments[0])
    if origin is typing.Literal:
        return True
    if origin in (Union, UnionType, tuple, collections.abc.Sequence):
        return all(argument is Ellipsis or _storable(argument) for argument in arguments)
    return hint is Any or (isinstance(hint, type) and issubclass(hint, (Component, enum.StrEnum, *_STORABLE)))


def _fits(hint: Any, value: Any) -> bool:
    nested = nested_class(hint)
    if nested is not None:
        return isinstance(value, nested) or (value is None and type(None) in typing.get_args(hint))
    try:
        validated(hint, value)
    except ValueError:
        return False
    return True


def _metric(cls: type[Metric], hints: dict[str, Any]) -> Iterator[str]:
    needs = inspect.getattr_static(cls, "needs")
    if "needs" in cls.__abstractmethods__:
        yield f"it lacks needs; set it in the class, to {plain(frozenset[MetricNeed])}"
    elif not isinstance(needs, property) and not _of_type(frozenset[MetricNeed], needs):
        yield f"needs is {needs!r}; expected {plain(frozenset[MetricNeed])}"
    columns = [column for column in getattr(cls, "columns", None) or () if isinstance(column, Column)]
    if getattr(cls, "columns", None) == ():
        yield 'it has no columns; name at least one, columns = (Column("accuracy", "higher"),)'
    for name, number in Counter(column.name for column in columns).items():
        if number > 1 or not (isinstance(name, str) and name):
            yield f"{number} of its columns are called {name!r}; give each a name of its own"
    for column in columns:
        if column.better not in ("higher", "lower"):
            yield f"the column {column.name!r} is better {column.better!r}; expected 'higher' or 'lower'"
    if "judge" in hints and not (hints["judge"] is type(None) or _holds_judge(hints["judge"])):
        yield f"its judge is {plain(hints['judge'])}; expected a Judge or none"


def _holds_judge(hint: Any) -> bool:
    nested = nested_class(hint)
    return nested is not None and issubclass(nested, Judge)


def _audit(cls: type[Audit]) -> Iterator[str]:
    """Check that an audit can be made without settings, because no benchmark file has any for it."""
    try:
        cls()
    except Exception as error:
        yield f"it cannot be made without settings ({error}); give every field a default that works"


def _listed(names: list[str]) -> str:
    return ", ".join(names)
