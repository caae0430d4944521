"""From a request to the rows of a table: which parts are removed, which values set.

Parts are declared beside the fields that they remove, so every component's parts can be ablated without a line of
code here or there. An ablation removes parts, a grid every combination of them; a sweep sets one field to several
values.
"""

from __future__ import annotations

import dataclasses
import itertools
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.building import Settings, at, frozen
from eegrecon.components import Component
from eegrecon.errors import InvalidConfiguration, UsageError, unknown
from eegrecon.paper_tables import PaperRow
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
    settings: tuple[tuple[str, Any], ...] = ()  # path and value of the fields that a sweep or a table's row has set


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


def resolve(name: str, known: Sequence[Part], where: str = "--ablate") -> Part:
    """Return the part that a name or the end of a path means; ``where`` it was asked for is said if there is none.

    Raises:
        UnknownName: no part is called so.
        UsageError: several are.
    """
    exact = [part for part in known if part.path == name]
    matches = exact or [part for part in known if part.path.endswith(f".{name}")]
    if not matches:
        raise unknown("part", name, [part.path.partition(".")[2] for part in known], where)
    if len(matches) > 1:
        raise UsageError(f"{where} {name} is ambiguous; say {' or '.join(part.path for part in matches)}")
    return matches[0]


Build = Callable[[Sequence[Settings]], Benchmark]


def variants(
    build: Build,
    ablate: Sequence[str],
    grid: Sequence[str] = (),
    sweep: Sequence[str] = (),
    set_rows: Sequence[PaperRow] = (),
) -> tuple[Variant, ...]:
    """Return *Full* and a variant for each row asked for; a row that is asked for twice is there once.

    Args:
        build: builds the benchmark with further overrides.
        ablate: ``"freq"``, ``"time.pretrain+refine"`` (one row without both), or ``"all"``.
        grid: axes such as ``"freq,time"``: every combination of nothing or one of each axis.
        sweep: ``"encoder.time.width=32,64"``: a row for each value that *Full* does not have.
        set_rows: rows that a table declares, each with what it sets; what cannot be carries the reason.

    Raises:
        UsageError: an unknown part or field, or a combination that cannot be; among ``all`` and in a grid, such a row
            carries the reason instead.
    """
    full = build(())
    known = parts(full)
    rows = [Variant(FULL, full)]
    for request in ablate:
        if request == "all":
            rows += [_without(build, (part,), strict=False) for part in known if not part.removed]
        else:
            rows.append(_without(build, _named(request, known), strict=True))
    rows += _grid(build, grid, known)
    rows += [row for request in sweep for row in _sweep(build, request, full)]
    rows += [_set(build, row) for row in set_rows]
    first = {(row.removed, row.settings): row for row in reversed(rows)}
    return tuple(first[key] for key in dict.fromkeys((row.removed, row.settings) for row in rows))


def _named(request: str, known: Sequence[Part], where: str = "--ablate") -> tuple[Part, ...]:
    return tuple(resolve(name.strip(), known, where) for name in request.split("+"))


def _grid(build: Build, axes: Sequence[str], known: Sequence[Part]) -> Iterator[Variant]:
    options = [((), *(_named(request, known, "--grid") for request in axis.split(","))) for axis in axes]
    for chosen in itertools.product(*options):
        removed = tuple(dict.fromkeys(part for one in chosen for part in one))
        if removed:
            yield _without(build, removed, strict=False)


def _sweep(build: Build, request: str, full: Benchmark) -> Iterator[Variant]:
    path, equals, written = (text.strip() for text in request.partition("="))
    if not equals or not written or path.partition(".")[0] not in PLACES:
        raise UsageError(
            f"--sweep {request}: expected a field of {', '.join(PLACES)} and its values, for instance "
            "--sweep encoder.time.pretrain.codewords=32,64"
        )
    for value in _values(written):
        built = build([at(path, value, f"--sweep {request}")])
        if built != full:
            yield Variant(f"{path.partition('.')[2]} = {value}", built, settings=((path, frozen(value)),))


def _set(build: Build, row: PaperRow) -> Variant:
    try:
        return Variant(row.label, build(row.overrides), settings=row.settings)
    except InvalidConfiguration as error:
        return Variant(row.label, None, settings=row.settings, refused=str(error))


def _values(written: str) -> list[Any]:
    """Read ``1,2`` or ``[1,2],[3]`` as TOML values; what is not TOML is taken as texts."""
    try:
        return list(tomllib.loads(f"values = [{written}]")["values"])
    except tomllib.TOMLDecodeError:
        return [text.strip() for text in written.split(",")]


def _without(build: Build, removed: tuple[Part, ...], *, strict: bool) -> Variant:
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
