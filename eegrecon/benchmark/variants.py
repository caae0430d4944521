"""Variants: the configurations that a request compares.

Parts are declared beside the fields that they remove, so every component's parts can be ablated without further code.
An ablation removes parts, a grid every combination of them; a sweep sets one field to several values.
"""

from __future__ import annotations

import dataclasses
import itertools
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.benchmark.builder import Benchmark
from eegrecon.benchmark.presets import PresetRow
from eegrecon.errors import InvalidConfiguration, UsageError, unknown
from eegrecon.interfaces.components import Component
from eegrecon.registry.settings import Settings, frozen, setting_at

PLACES = ("encoder", "aligner", "generator")  # of the method: where parts and swept fields are
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
        """Whether the configuration is already without it."""
        return bool(self.value == self.without)


@dataclass(frozen=True)
class Variant:
    """One configuration of the comparison: the parts removed from it and the control applied to it."""

    label: str
    benchmark: Benchmark | None  # None where it is refused
    removed: tuple[str, ...] = ()  # paths
    control: str | None = None
    refused: str = ""  # why the configuration is impossible
    settings: tuple[tuple[str, Any], ...] = ()  # path and value of fields set by a sweep or a preset
    baseline: bool = False  # whether the benchmark file declares it as a baseline of the method


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


def find_part(name: str, known: Sequence[Part], where: str = "--ablate") -> Part:
    """Return the part with this path, or whose path ends with this name.

    Args:
        name: the name.
        known: the parts of the configuration.
        where: the option that named it, for messages.

    Raises:
        UnknownName: no part has this name.
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
    preset_rows: Sequence[PresetRow] = (),
    label: str = FULL,
) -> tuple[Variant, ...]:
    """Return *Full* and every other variant of a request, without duplicates.

    Args:
        build: builds the benchmark with further overrides.
        ablate: ``"freq"``, ``"time.pretrain+refine"`` (one variant without both), or ``"all"``.
        grid: axes such as ``"freq,time"``: every combination of nothing or one of each axis.
        sweep: ``"encoder.time.width=32,64"``: a variant for each value that *Full* does not have. A field of the data
            set can be swept if it changes test trials alone.
        preset_rows: variants of a table preset, or baselines; an impossible one carries its reason.
        label: of the first variant.

    Raises:
        UsageError: an unknown part or field, or an impossible combination; of ``all`` and of a grid, an impossible
            variant carries its reason instead.
    """
    full = build(())
    known = parts(full)
    found = [Variant(label, full)]
    for request in ablate:
        if request == "all":
            found += [_without(build, (part,), strict=False) for part in known if not part.removed]
        else:
            found.append(_without(build, _named(request, known), strict=True))
    found += _grid(build, grid, known)
    found += [variant for request in sweep for variant in _sweep(build, request, full)]
    found += [_preset(build, row, full) for row in preset_rows]
    first = {(variant.removed, variant.settings): variant for variant in reversed(found)}
    return tuple(first[key] for key in dict.fromkeys((variant.removed, variant.settings) for variant in found))


def _named(request: str, known: Sequence[Part], where: str = "--ablate") -> tuple[Part, ...]:
    return tuple(find_part(name.strip(), known, where) for name in request.split("+"))


def _grid(build: Build, axes: Sequence[str], known: Sequence[Part]) -> Iterator[Variant]:
    options = [((), *(_named(request, known, "--grid") for request in axis.split(","))) for axis in axes]
    for chosen in itertools.product(*options):
        removed = tuple(dict.fromkeys(part for one in chosen for part in one))
        if removed:
            yield _without(build, removed, strict=False)


def _sweep(build: Build, request: str, full: Benchmark) -> Iterator[Variant]:
    path, equals, written = (text.strip() for text in request.partition("="))
    of_test = [f"dataset.{name}" for name in full.dataset.test_only]  # without another training
    if not equals or not written or not (path in of_test or path.partition(".")[0] in PLACES):
        places = ", ".join((*PLACES, *(f"the data's {name.partition('.')[2]}" for name in of_test)))
        raise UsageError(
            f"--sweep {request}: expected a field of {places} and its values, for instance "
            "--sweep encoder.time.pretrain.codewords=32,64"
        )
    for value in _values(written):
        built = build([setting_at(path, value, f"--sweep {request}")])
        if built != full:
            place, _, inside = path.removesuffix(".use").partition(".")
            yield Variant(f"{inside or place} = {value}", built, settings=((path, frozen(value)),))


def _preset(build: Build, row: PresetRow, full: Benchmark) -> Variant:
    """Return the variant of a row; a baseline makes no tokens or pictures where *Full* makes none."""
    absent = [place for place in ("aligner", "generator") if row.baseline and getattr(full, place) is None]
    overrides = [
        override
        for (path, _), override in zip(row.settings, row.overrides, strict=True)
        if path.partition(".")[0] not in absent
    ]
    try:
        return Variant(row.label, build(overrides), settings=row.settings, baseline=row.baseline)
    except InvalidConfiguration as error:
        return Variant(row.label, None, settings=row.settings, refused=str(error), baseline=row.baseline)


def _values(written: str) -> list[Any]:
    """Return the TOML values of ``1,2`` or ``[1,2],[3]``; what is not TOML is taken as texts."""
    try:
        return list(tomllib.loads(f"values = [{written}]")["values"])
    except (ValueError, RecursionError):
        return [text.strip() for text in written.split(",")]


def _without(build: Build, removed: tuple[Part, ...], *, strict: bool) -> Variant:
    label = "w/o " + " + ".join(part.about for part in removed)
    paths = tuple(sorted(part.path for part in removed))
    try:
        _possible(removed)
        overrides = [setting_at(part.path, _written(part.without), f"--ablate {part.path}") for part in removed]
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
