"""A benchmark with its components built from a definition, a profile and overrides."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.benchmark.definition import COMPONENT, PLACES, SETTABLE, Definition
from eegrecon.errors import InvalidConfiguration, UsageError, unknown
from eegrecon.interfaces.components import Aligner, Component, Dataset, Encoder, Generator, Metric
from eegrecon.registry.building import build_component
from eegrecon.registry.catalog import Catalog
from eegrecon.registry.settings import Setting, Settings, merge, origin_of, setting_at, used

_MOST = 2**32 - 1  # the largest seed that every generator of random numbers takes


@dataclass(frozen=True)
class Benchmark:
    """One configuration that can be run: the components of a benchmark and its numbers of samples and subjects."""

    name: str
    version: str
    profile: str
    dataset: Dataset
    encoder: Encoder
    aligner: Aligner | None
    generator: Generator | None
    metrics: tuple[tuple[str, Metric], ...]  # by name
    samples: int  # pictures generated for each trial
    subjects: tuple[int, ...] | None  # evaluated by default; None for all
    seed: int  # of the first run
    threads: int  # that networks are trained with; 0: what the libraries choose

    def place(self, path: str) -> Component | None:
        """Return the component at a dotted path below ``encoder``, ``aligner`` …."""
        found: Any = self
        for name in path.split("."):
            found = getattr(found, name)
        return found  # type: ignore[no-any-return]


def build(catalog: Catalog, definition: Definition, profile: str, overrides: Sequence[Settings] = ()) -> Benchmark:
    """Return the benchmark of a file, overridden by its profile and then by each override in turn.

    Raises:
        UsageError: a value does not fit; the message says where it was written.
    """
    merged = merged_settings(definition, profile, overrides)
    for name, value in merged.items():
        if name not in (*SETTABLE, COMPONENT):
            raise unknown("place", name, SETTABLE, origin_of(value))
    fields = _table(merged.get(COMPONENT, {}))
    built = {place: _place(catalog, place, merged.get(place, {}), _table(fields.get(place, {}))) for place in PLACES}
    dataset: Dataset = built["dataset"]
    if dataset.protocol not in dataset.protocols:
        name = catalog.name_of(type(dataset))
        raise unknown(f"protocol of {name}", dataset.protocol, dataset.protocols, "dataset.protocol or --protocol")
    return Benchmark(
        name=definition.name,
        version=definition.version,
        profile=profile,
        metrics=_metrics(catalog, merged.get("metric", {})),
        samples=_whole(merged, "samples", 1),
        subjects=_subjects(merged.get("subjects")),
        seed=_whole(merged, "seed", 0, least=0),
        threads=_whole(merged, "threads", 0, least=0),
        **built,
    )


def merged_settings(definition: Definition, profile: str, overrides: Sequence[Settings] = ()) -> Settings:
    """Return the settings of a file, overridden by its profile and then by each override in turn."""
    merged: Settings = definition.base
    for layer in (definition.profiles.get(profile, {}), *overrides):
        merged = merge(layer, merged)
    return merged


def component_name(merged: Settings, place: str) -> str:
    """Return the name of the component that settings put in a place; ``none`` where there is none."""
    setting = merged.get(place, {})
    name = setting.value if isinstance(setting, Setting) else used(setting)
    return "none" if name is None else str(name)


def _place(catalog: Catalog, place: str, setting: Setting | Settings, fields: Settings) -> Any:
    """Return the component of a place.

    Args:
        catalog: where names are looked up.
        place: the place.
        setting: what is set for it.
        fields: what a profile sets for components of this place, by their name.
    """
    table: Settings = {"use": setting} if isinstance(setting, Setting) else setting
    use = table.get("use")
    absent = use is None or (isinstance(use, Setting) and use.value == "none")
    if absent and place in ("aligner", "generator") and not (set(table) - {"use"}):
        return None
    return build_component(catalog, place, merge(table, _table(fields.get(str(used(table)), {}))), place)


def _table(setting: Setting | Settings) -> Settings:
    return {} if isinstance(setting, Setting) else setting


def _metrics(catalog: Catalog, setting: Setting | Settings) -> tuple[tuple[str, Metric], ...]:
    if isinstance(setting, Setting):
        raise InvalidConfiguration(f"{setting.origin}, metric: expected tables [metric.NAME], got {setting.value!r}")
    metrics = []
    for name, value in setting.items():
        table: Settings = {"use": value} if isinstance(value, Setting) else value
        use = table.get("use")
        if isinstance(use, Setting) and use.value == "none":
            continue
        metrics.append(
            (name, build_component(catalog, "metric", {"use": Setting(name, "its name"), **table}, f"metric.{name}"))
        )
    return tuple(metrics)


def _whole(merged: Settings, name: str, default: int, least: int = 1) -> int:
    setting = merged.get(name)
    if setting is None:
        return default
    value = setting.value if isinstance(setting, Setting) else setting
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= _MOST:
        where = setting.origin if isinstance(setting, Setting) else name
        raise InvalidConfiguration(f"{where}, {name}: expected a whole number from {least} to {_MOST}, got {value!r}")
    return value


def _subjects(setting: Setting | Settings | None) -> tuple[int, ...] | None:
    if setting is None or (isinstance(setting, Setting) and setting.value == "all"):
        return None
    value = setting.value if isinstance(setting, Setting) else setting
    if not isinstance(value, tuple) or not value or not all(type(item) is int for item in value):
        raise InvalidConfiguration(f"subjects: expected a list of whole numbers or 'all', got {value!r}")
    return value


def parse_set(text: str) -> Settings:
    """Return the settings of one ``a.b=v``; the value is read as TOML, or else taken as text.

    Raises:
        UsageError: there is no ``=``.
    """
    path, equals, written = text.partition("=")
    if not equals or not path.strip():
        raise UsageError(f"--set {text}: expected a.b=value, for instance --set encoder.time.width=64")
    try:
        value = tomllib.loads(f"value = {written}")["value"]
    except (ValueError, RecursionError):
        value = written
    return setting_at(path.strip(), value, f"--set {text}")
