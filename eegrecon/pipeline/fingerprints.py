"""Fingerprints of components: everything that their results depend on, as a JSON-like value.

Two stages share a key exactly when they would compute the same thing. A component enters with its registered name,
revision, the digest of its source (its module and what that imports), its fields, and the digests of the files that its
fields name; a stage also with the modules of the core that compute it.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from eegrecon.errors import DataError
from eegrecon.interfaces.components import Component, Learner
from eegrecon.registry.digests import digest
from eegrecon.registry.resources import content_digest, named_path
from eegrecon.registry.source import code_digest, source_digest

FORMAT = 4  # raise it when the meaning of a stage changes in the core itself

_FIT = ("pipeline.stages.fit", "pipeline.substitutes")
_OUTPUT = ("pipeline.substitutes", "pipeline.stages.variation")
CORE_CODE: Mapping[str, tuple[str, ...]] = {  # modules of the core that compute each kind of stage, besides components
    "prepare": ("pipeline.stages.prepare",),
    "test": ("pipeline.stages.trials",),
    "describe": ("pipeline.stages.describe",),
    "draw": ("pipeline.stages.draw",),
    "reference": ("pipeline.stages.reference", "interfaces.pictures"),
    "control": ("pipeline.stages.control", "pipeline.substitutes", "interfaces.pictures"),
    "targets": ("pipeline.stages.targets", "pipeline.stages.others"),
    "embed": ("pipeline.stages.embed", "pipeline.stages.others"),
    "fit": _FIT,
    "align-fit": _FIT,
    "generate-fit": _FIT,
    "encode": ("pipeline.stages.encode", *_OUTPUT),
    "align": ("pipeline.stages.align", *_OUTPUT),
    "generate": ("pipeline.stages.generate", *_OUTPUT),
    "look": ("pipeline.stages.look",),
    "score": ("evaluation.scoring", "evaluation.statistics"),
    "audit": ("evaluation.audits", "evaluation.scoring"),
}


FULL_PRECISION = frozenset({"prepare", "test", "describe", "draw", "reference", "control", "score", "audit"})
"""Kinds of stage that compute in fp32 at every precision of the run, which therefore is not part of their keys."""


def core_code(kind: str) -> str:
    """Return the digest of the core's own code for a kind of stage."""
    return code_digest(f"eegrecon.{name}" for name in CORE_CODE[kind])


def source_of(module: str) -> str:
    """Return the digest of the source that a component's results depend on, from the module that defines it."""
    return source_digest((module,))


def reads_of(component: Component) -> Mapping[str, str]:
    """Return the digest of what a component reads, by field: what its ``reads`` returns.

    Where the class does not say what it reads, it is taken to read every file and folder that a field names.

    Raises:
        DataError: such a file cannot be read.
    """
    if type(component).reads is not Component.reads:
        return component.reads()
    values = {item.name: getattr(component, item.name) for item in dataclasses.fields(component)}  # type: ignore[arg-type]
    return {name: found for name, value in values.items() if (found := _content(component, name, value)) is not None}


def _content(component: Component, name: str, value: Any) -> str | None:
    """Return the digest of what a field's value, or an item of it, names; None where it names nothing that exists."""
    if isinstance(value, tuple):
        items = [_content(component, name, item) for item in value]
        return digest([item or str(each) for item, each in zip(items, value, strict=True)]) if any(items) else None
    path = named_path(value)
    try:
        return None if path is None else content_digest(path)
    except OSError as error:
        raise DataError(
            f"{path}, which {type(component).__name__}.{name} names, cannot be read: {error.strerror or error}; make "
            "it readable, or name another"
        ) from error


def describe(
    component: Component,
    name_of: Callable[[type[Component]], str],
    stage_of: Callable[[Component], str | None] = lambda nested: None,
    source: Callable[[str], str] = source_of,
    reads_of: Callable[[Component], Mapping[str, str]] = reads_of,
) -> dict[str, Any]:
    """Return everything that a component's results depend on.

    Args:
        component: the component.
        name_of: gives the registered name of a class.
        stage_of: gives the key of a nested component that is a stage of its own, else None.
        source: gives the digest of the source of a module.
        reads_of: gives the digests of the files that a component reads.
    """
    cls = type(component)
    reads = dict(reads_of(component))
    fields: dict[str, Any] = {}
    for item in dataclasses.fields(component):  # type: ignore[arg-type]
        value = getattr(component, item.name)
        if item.name in reads:
            fields[item.name] = {"reads": reads.pop(item.name)}
        elif isinstance(value, Component):
            key = stage_of(value)
            fields[item.name] = {"stage": key} if key else describe(value, name_of, stage_of, source, reads_of)
        else:
            fields[item.name] = _written(value, name_of)
    return {
        "use": f"{name_of(cls)}@{cls.revision}",
        "source": source(cls.__module__),
        "fields": fields,
        **({"reads": reads} if reads else {}),
    }


class Descriptions:
    """Descriptions of components and digests of code, each taken once; for as long as one graph is planned.

    Args:
        name_of: gives the registered name of a component's class.
    """

    def __init__(self, name_of: Callable[[type[Component]], str]) -> None:
        self.name_of = name_of
        self.code = functools.cache(core_code)
        self._source = functools.cache(source_of)
        self._known: dict[Any, tuple[Component, Any]] = {}  # by identity, as 1 and 1.0 are equal
        self._sizes: dict[int, tuple[Component, str]] = {}

    def of(self, component: Component, nested: Mapping[str, str] | None = None) -> dict[str, Any]:
        """Return the description of a component.

        Args:
            component: the component.
            nested: keys of the learners in its fields, which are stages of their own, by field.
        """
        nested = nested or {}
        place = id(component), tuple(nested.items())
        if place not in self._known:
            keys = {getattr(component, name): key for name, key in nested.items()}

            def stage_of(held: Component) -> str | None:
                return keys.get(held) if isinstance(held, Learner) else None

            self._known[place] = component, describe(component, self.name_of, stage_of, self._source, self._reads)
        known: dict[str, Any] = self._known[place][1]
        return known

    def size_of(self, component: Component) -> str:
        """Return the digest of what the time of a component depends on: its description without its source.

        The components that it holds enter with their fields, whether or not they are stages of their own.
        """
        if id(component) not in self._sizes:
            described = describe(component, self.name_of, source=lambda module: "", reads_of=self._reads)
            self._sizes[id(component)] = component, digest(described)
        return self._sizes[id(component)][1]

    def _reads(self, component: Component) -> Mapping[str, str]:
        if id(component) not in self._known:
            self._known[id(component)] = component, reads_of(component)
        known: Mapping[str, str] = self._known[id(component)][1]
        return known


def configuration(component: Component | None, name_of: Callable[[type[Component]], str]) -> Any:
    """Return a component's fields as they would be written in a benchmark file, for a result."""
    if component is None:
        return None
    fields: Mapping[str, Any] = {
        item.name: getattr(component, item.name)
        for item in dataclasses.fields(component)  # type: ignore[arg-type]
    }
    return {"use": name_of(type(component)), **{name: _written(value, name_of) for name, value in fields.items()}}


def _written(value: Any, name_of: Callable[[type[Component]], str]) -> Any:
    if isinstance(value, Component):
        return configuration(value, name_of)
    if isinstance(value, tuple):
        return [_written(item, name_of) for item in value]
    return str(value) if isinstance(value, Path) else value
