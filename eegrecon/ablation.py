"""From a request to the rows of a table: which parts are removed, which values set.

Parts are declared beside the fields that they remove, so every component's parts can be ablated without a line of
code here or there.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.building import Settings, at
from eegrecon.components import Component
from eegrecon.errors import InvalidConfiguration, UsageError, unknown
from eegrecon.spec import Benchmark

PLACES = ("encoder", "aligner", "generator")
FULL = "Full"


@dataclass(frozen=True)
class Part:
    """A removable part of a configuration."""

    path: str  # "encoder.time.pretrain"
    about: str
    value: Any
    without: Any

    @property
    def removed(self) -> bool:
        """Whether the configuration does without it already."""
        return bool(self.value == self.without)


@dataclass(frozen=True)
class Variant:
    """One row of the table: a configuration, what was removed from it, and the control applied to it."""

    label: str
    benchmark: Benchmark | None  # None where it was refused
    removed: tuple[str, ...] = ()  # paths
    control: str | None = None
    refused: str = ""  # why there is no such configuration


def parts(benchmark: Benchmark) -> tuple[Part, ...]:
    """Return the declared parts of a configuration, outer before inner."""
    found: list[Part] = []
    for place in PLACES:
        top = benchmark.place(place)
        if top is not None:
            _collect(top, place, found)
    return tuple(found)


def _collect(component: Component, path: str, found: list[Part]) -> None:
    for item in dataclasses.fields(component):  # type: ignore[arg-type]
        value, here = getattr(component, item.name), f"{path}.{item.name}"
        if "part" in item.metadata:
            about, without = item.metadata["part"]
            found.append(Part(here, about, value, without))
        if isinstance(value, Component):
            _collect(value, here, found)


def resolve(name: str, known: Sequence[Part]) -> Part:
    """Return the part that a name or the end of a path means.

    Raises:
        UnknownName: no part is called so.
        UsageError: several are.
    """
    exact = [part for part in known if part.path == name]
    matches = exact or [part for part in known if part.path.endswith(f".{name}")]
    if not matches:
        raise unknown("part", name, [part.path.partition(".")[2] for part in known], "--ablate")
    if len(matches) > 1:
        raise UsageError(f"--ablate {name} is ambiguous; say {' or '.join(part.path for part in matches)}")
    return matches[0]


def variants(build: Callable[[Sequence[Settings]], Benchmark], asked: Sequence[str]) -> tuple[Variant, ...]:
    """Return *Full* and a variant for each ablation asked for.

    Args:
        build: builds the benchmark with further overrides.
        asked: ``"freq"``, ``"time.pretrain+refine"`` (one row without both), or ``"all"``.

    Raises:
        UsageError: an unknown part, or a combination that cannot be; among ``all``, such a row carries the reason.
    """
    full = build(())
    known = parts(full)
    rows = [Variant(FULL, full)]
    for request in asked:
        if request == "all":
            rows += [_without(build, (part,), strict=False) for part in known if not part.removed]
        else:
            chosen = tuple(resolve(name.strip(), known) for name in request.split("+"))
            rows.append(_without(build, chosen, strict=True))
    return tuple({row.removed: row for row in reversed(rows)}[key] for key in dict.fromkeys(r.removed for r in rows))


def _without(build: Callable[[Sequence[Settings]], Benchmark], removed: tuple[Part, ...], *, strict: bool) -> Variant:
    label = "w/o " + " + ".join(part.about for part in removed)
    paths = tuple(sorted(part.path for part in removed))
    try:
        _possible(removed)
        overrides = [at(part.path, _written(part.without), f"--ablate {part.path}") for part in removed]
        return Variant(label, build(overrides), paths)
    except InvalidConfiguration as error:
        if strict:
            raise
        return Variant(label, None, paths, refused=str(error))


def _possible(removed: Sequence[Part]) -> None:
    for part in removed:
        if part.removed:
            raise InvalidConfiguration(f"{part.path} is already removed in this configuration; leave it out")
        outer = next((other for other in removed if part.path.startswith(f"{other.path}.")), None)
        if outer is not None:
            raise InvalidConfiguration(
                f"{part.path} is inside {outer.path}, which is removed too; name only one of them"
            )


def _written(without: Any) -> Any:
    return "none" if without is None else without
