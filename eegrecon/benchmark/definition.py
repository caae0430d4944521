"""Benchmark files: TOML without code, read and checked as a whole before anything runs.

A file may extend another one beside it (``extends = "brainvis"``), of which it takes places, metrics and profiles.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from eegrecon.benchmark import keys
from eegrecon.benchmark.presets import PresetRow, TablePreset, expect, preset_row, table_preset
from eegrecon.errors import InvalidConfiguration, MissingFiles, unknown
from eegrecon.registry.catalog import Catalog
from eegrecon.registry.digests import digest
from eegrecon.registry.settings import Setting, Settings, merge, settings

_HEADER = keys.kinds(keys.HEADER)
PLACES = tuple(keys.PLACES)
_TABLES = tuple(keys.TABLES)
_LISTS = ("published", "baseline")
_NOT_DIGESTED = ("title", "headline", "table", *_LISTS)  # what changes no number of the method
SETTABLE = (*PLACES, "metric", "samples", "subjects", "seed", "threads")
COMPONENT = "component"  # of a profile: fields of a component wherever it is used, by place and name
_OF_PROFILE = tuple(keys.PROFILE)
_OF_PUBLISHED = keys.kinds(keys.PUBLISHED)


@dataclass(frozen=True)
class Published:
    """Scores that a paper reports for one variant."""

    label: str
    source: str
    without: tuple[str, ...] | None  # removed parts; None for another method
    scores: Mapping[str, float]  # by "metric.column"
    tables: tuple[str, ...] = ()  # presets that show it; empty: wherever its variant is shown
    row: str = ""  # label of the variant that it belongs to, instead of the parts


@dataclass(frozen=True)
class Definition:
    """A benchmark file, read and checked, with no component built."""

    name: str
    title: str
    source: str
    version: str
    file: str
    digest: str
    header: Mapping[str, Any]
    base: Settings
    profiles: Mapping[str, Settings]
    published: tuple[Published, ...]
    baselines: tuple[PresetRow, ...]  # rows of the default table
    tables: Mapping[str, Mapping[str, Any]]  # as written
    own_tables: Mapping[str, Mapping[str, Mapping[str, Any]]]  # what a profile overrides of them
    comparable: frozenset[str]  # profiles whose numbers may be compared with published ones
    headline: tuple[str, ...] = ()  # the columns that matter most, "metric.column"

    def metrics(self, profile: str) -> tuple[str, ...]:
        """Return the names of a profile's metrics."""
        metrics = merge(self.profiles.get(profile, {}), self.base).get("metric", {})
        return () if isinstance(metrics, Setting) else tuple(metrics)

    def table(self, name: str, profile: str) -> TablePreset:
        """Return a table preset under a profile.

        Raises:
            UnknownName: the file declares no such table, or has a key that no table has.
            InvalidConfiguration: a value of the wrong type.
        """
        if name not in self.tables:
            raise unknown("table", name, self.tables, self.file)
        return table_preset(name, {**self.tables[name], **self.own_tables.get(profile, {}).get(name, {})}, self.file)

    def profile(self, name: str | None) -> str:
        """Return the name of the profile to use: the given one, else the first of the file.

        Raises:
            UnknownName: the file has no such profile.
        """
        if name is None:
            return next(iter(self.profiles), "")
        if name not in self.profiles:
            raise unknown("profile", name, self.profiles, self.file)
        return name


def load_definition(catalog: Catalog, name: str) -> Definition:
    """Return the definition of a registered benchmark, or of a file whose path ends in ``.toml``.

    Raises:
        UnknownName: no plugin registers a benchmark of that name.
        MissingFiles: there is no such file.
        InvalidConfiguration: it is not TOML, or has keys or values that do not belong.
    """
    return read(Path(name) if name.endswith(".toml") else catalog.benchmark(name))


def read(source: Traversable | Path) -> Definition:
    """Return the definition in a benchmark file.

    Raises:
        MissingFiles: there is no such file.
        InvalidConfiguration: it is not TOML, or has keys or values that do not belong.
    """
    return definition(_tree(source), source.name)


def _tree(source: Traversable | Path, *, extended: bool = False) -> dict[str, Any]:
    """Return what is written in a benchmark file, on top of what the file that it extends has."""
    if not source.is_file():
        raise MissingFiles(f"no benchmark file {source}; give the name of an installed one (eegrecon list benchmarks)")
    try:
        tree = tomllib.loads(source.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError as error:
        raise InvalidConfiguration(f"{source.name} is not UTF-8 text ({error}); save it as such") from error
    except (ValueError, RecursionError) as error:
        raise InvalidConfiguration(f"{source.name} is not TOML: {error}") from error
    if "extends" not in tree:
        return tree
    name = expect(tree["extends"], str, f"{source.name}, extends")
    if extended:
        raise InvalidConfiguration(f"{source.name} is extended and extends {name} itself; extend {name} directly")
    below = _tree(Path(str(source)).with_name(f"{name}.toml"), extended=True)
    inherited = {key: below[key] for key in (*SETTABLE, "profile") if key in below}
    own = {"table": {}, "comparable": False}  # what belongs to the other file's tables and published numbers
    profiles = {profile: {**table, **own} for profile, table in inherited.get("profile", {}).items()}
    return _merged(tree, {**inherited, "profile": profiles})


def _merged(top: Mapping[str, Any], base: Mapping[str, Any]) -> dict[str, Any]:
    """Return nested tables on top of others; one that names another component replaces the one below."""
    result = dict(base)
    for key, value in top.items():
        below = result.get(key)
        result[key] = value
        if isinstance(value, Mapping) and isinstance(below, Mapping) and value.get("use") in (None, below.get("use")):
            result[key] = _merged(value, below)
    return result


def definition(tree: Mapping[str, Any], file: str) -> Definition:
    """Return the definition in a parsed benchmark file, its outline checked."""
    for key, value in tree.items():
        if key not in _HEADER and key not in _TABLES:
            raise unknown("key", key, [*_HEADER, *_TABLES], file)
        expect(value, _HEADER.get(key, list if key in _LISTS else dict), f"{file}, {key}")
    for key in ("name", "version"):
        if key not in tree:
            raise InvalidConfiguration(f"{file}: {key} is missing; every benchmark needs a {key}")
    for place in ("dataset", "encoder"):
        if not isinstance(tree.get(place), Mapping) or "use" not in tree[place]:
            raise InvalidConfiguration(f"{file}: [{place}] with use = … is missing")
    _check_values(tree, file)
    base = {key: tree[key] for key in SETTABLE if key in tree}
    profiles = tree.get("profile", {})
    _check_profiles(profiles, file)
    for name, table in tree.get("table", {}).items():
        expect(table, dict, f"{file}, table.{name}")
    found = Definition(
        name=tree["name"],
        title=tree.get("title", ""),
        source=tree.get("source", ""),
        version=tree["version"],
        file=file,
        digest=digest({key: value for key, value in tree.items() if key not in _NOT_DIGESTED}),
        header={key: tree[key] for key in _HEADER if key in tree},
        base=settings(base, file),
        profiles=_profiles(profiles, file),
        published=tuple(_published(row, file) for row in tree.get("published", ())),
        baselines=tuple(preset_row(row, f"{file}, baseline", baseline=True) for row in tree.get("baseline", ())),
        tables=tree.get("table", {}),
        own_tables={name: _inherited(profiles, name, "table", {}) for name in profiles},
        comparable=frozenset(name for name in profiles if _inherited(profiles, name, "comparable", False)),
        headline=tuple(map(str, tree.get("headline", ()))),
    )
    _check_headline(found)
    for profile in ("", *profiles):
        for table in found.tables:
            found.table(table, profile)
    return found


def _check_headline(found: Definition) -> None:
    """Refuse a headline column of a metric that no profile has."""
    metrics = dict.fromkeys(name for profile in found.profiles or ("",) for name in found.metrics(profile))
    for column in found.headline:
        metric, dot, _ = column.partition(".")
        if not dot:
            raise InvalidConfiguration(
                f"{found.file}, headline: expected metric.column, for instance fid.FID, got {column!r}"
            )
        if metric not in metrics:
            raise unknown("metric", metric, metrics, f"{found.file}, headline")


def _check_values(value: Any, file: str, path: tuple[str, ...] = ()) -> None:
    """Refuse the values of TOML that no field takes: dates, times, and numbers that are not finite."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_values(inner, file, (*path, key))
    elif isinstance(value, list):
        for inner in value:
            _check_values(inner, file, path)
    else:
        expect(value, type(value), f"{file}, {'.'.join(path)}")


def _check_profiles(profiles: Mapping[str, Any], file: str) -> None:
    """Refuse a profile that is no table, or that extends one that is not defined above it."""
    above: list[str] = []
    for name, table in profiles.items():
        where = f"{file}, profile.{name}"
        expect(table, dict, where)
        if table.get("extends") is not None and table["extends"] not in above:
            raise unknown("profile above this one", str(table["extends"]), above, f"{where}.extends")
        expect(table.get("comparable", False), bool, f"{where}.comparable")
        for place, named in expect(table.get(COMPONENT, {}), dict, f"{where}.{COMPONENT}").items():
            if place not in PLACES:
                raise unknown("place", place, PLACES, f"{where}.{COMPONENT}")
            for component, fields in expect(named, dict, f"{where}.{COMPONENT}.{place}").items():
                expect(fields, dict, f"{where}.{COMPONENT}.{place}.{component}")
        for preset, own in expect(table.get("table", {}), dict, f"{where}.table").items():
            expect(own, dict, f"{where}.table.{preset}")
        above.append(name)


def _inherited(profiles: Mapping[str, Mapping[str, Any]], name: str, key: str, default: Any) -> Any:
    """Return a profile's value of a key, or that of the nearest profile that it extends."""
    table = profiles[name]
    if key in table or "extends" not in table:
        return table.get(key, default)
    return _inherited(profiles, table["extends"], key, default)


def _profiles(tables: Mapping[str, Mapping[str, Any]], file: str) -> dict[str, Settings]:
    """Return each profile's settings; ``extends`` names the profile above that they override."""
    merged: dict[str, Settings] = {}
    for name, table in tables.items():
        origin = f"{file}, profile.{name}"
        for key in table:
            if key not in (*SETTABLE, *_OF_PROFILE):
                raise unknown("key", key, (*SETTABLE, *_OF_PROFILE), origin)
        own = settings({key: value for key, value in table.items() if key in (*SETTABLE, COMPONENT)}, origin)
        merged[name] = merge(own, merged.get(table.get("extends", ""), {}))
    return merged


def _published(row: Any, file: str) -> Published:
    where = f"{file}, published"
    for key in expect(row, dict, where):
        if key not in _OF_PUBLISHED:
            raise unknown("key", key, _OF_PUBLISHED, where)
    for key in ("label", "source", "scores"):
        if key not in row:
            raise InvalidConfiguration(f"{where}: {key} is missing; every published row needs one")
    for key, kind in _OF_PUBLISHED.items():
        expect(row.get(key, kind()), kind, f"{where}, {row['label']}, {key}")
    scores: dict[str, float] = {}
    for metric, values in row["scores"].items():
        for column, value in expect(values, dict, f"{where}, {row['label']}, scores.{metric}").items():
            place = f"{where}, {row['label']}, scores.{metric}.{column}"
            scores[f"{metric}.{column}"] = float(expect(value, int if isinstance(value, int) else float, place))
    removed = tuple(sorted(map(str, row["without"]))) if "without" in row else None
    tables = tuple(map(str, row.get("tables", ())))
    return Published(row["label"], row["source"], removed, scores, tables, row.get("row", ""))
