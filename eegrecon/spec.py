"""A benchmark as it is declared: a TOML file, a profile laid over it, and what the command line asks on top.

The file holds no code. Everything in it is checked before anything runs, and a mistake is answered with the file, the
key and what was expected.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from eegrecon.building import Setting, Settings, at, component, lay, origin_of, settings
from eegrecon.components import Aligner, Component, Dataset, Encoder, Generator, Metric
from eegrecon.errors import InvalidConfiguration, MissingFiles, UsageError, unknown
from eegrecon.keys import digest
from eegrecon.paper_tables import PaperTable, paper_table
from eegrecon.plugins import Catalog

_HEADER = {"name": str, "title": str, "source": str, "version": str, "samples": int, "subjects": list, "seed": int}
_PLACES = ("dataset", "encoder", "aligner", "generator")
_TABLES = (*_PLACES, "metric", "profile", "table", "published")
_SETTABLE = (*_PLACES, "metric", "samples", "subjects", "seed")
_OF_PROFILE = ("extends", "table", "comparable")
_OF_PUBLISHED = ("label", "source", "without", "scores", "tables", "row")


@dataclass(frozen=True)
class Published:
    """Scores that a paper reports for one row, and where."""

    label: str
    source: str
    without: tuple[str, ...] | None  # the parts that were removed; None for other methods' rows
    scores: Mapping[str, float]  # by "metric.column"
    tables: tuple[str, ...] = ()  # those that it stands in alone; none: wherever its row is
    row: str = ""  # the label of the row that it stands beside, instead of the parts


@dataclass(frozen=True)
class Declaration:
    """A benchmark file, read but not built."""

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
    tables: Mapping[str, Mapping[str, Any]]  # as written
    own_tables: Mapping[str, Mapping[str, Mapping[str, Any]]]  # what a profile lays over them
    comparable: frozenset[str]  # profiles whose numbers may stand beside published ones

    def metrics(self, profile: str) -> tuple[str, ...]:
        """Return the names of a profile's metrics."""
        metrics = lay(self.profiles.get(profile, {}), self.base).get("metric", {})
        return () if isinstance(metrics, Setting) else tuple(metrics)

    def table(self, name: str, profile: str) -> PaperTable:
        """Return a table of the paper as a profile has it.

        Raises:
            UnknownName: the file declares no such table, or has a key that no table has.
            InvalidConfiguration: a value of the wrong type.
        """
        if name not in self.tables:
            raise unknown("table", name, self.tables, self.file)
        return paper_table(name, {**self.tables[name], **self.own_tables.get(profile, {}).get(name, {})}, self.file)

    def profile(self, name: str | None) -> str:
        """Return the name of the profile to use: the one asked for, else the file's first.

        Raises:
            UnknownName: the file has no such profile.
        """
        if name is None:
            return next(iter(self.profiles), "")
        if name not in self.profiles:
            raise unknown("profile", name, self.profiles, self.file)
        return name


@dataclass(frozen=True)
class Benchmark:
    """A benchmark with its components built: one configuration that can be run."""

    name: str
    version: str
    profile: str
    dataset: Dataset
    encoder: Encoder
    aligner: Aligner | None
    generator: Generator | None
    metrics: tuple[tuple[str, Metric], ...]  # by the name of their table
    samples: int  # pictures generated for each trial
    subjects: tuple[int, ...] | None  # whom to evaluate unless asked otherwise; None for all
    seed: int  # of the first run

    def place(self, path: str) -> Component | None:
        """Return the component at a dotted path below ``encoder``, ``aligner`` …."""
        found: Any = self
        for name in path.split("."):
            found = getattr(found, name)
        return found  # type: ignore[no-any-return]


def declared(catalog: Catalog, name: str) -> Declaration:
    """Read the benchmark of a name, or of the file whose path ends in ``.toml``.

    Raises:
        UnknownName: no plugin brings a benchmark of that name.
        MissingFiles: there is no such file.
        InvalidConfiguration: it is not TOML, or has keys or values that do not belong.
    """
    return read(Path(name) if name.endswith(".toml") else catalog.benchmark(name))


def read(source: Traversable | Path) -> Declaration:
    """Read a benchmark file.

    Raises:
        MissingFiles: there is no such file.
        InvalidConfiguration: it is not TOML, or has keys or values that do not belong.
    """
    if not source.is_file():
        raise MissingFiles(f"no benchmark file {source}; give the name of an installed one (eegrecon list benchmarks)")
    text = source.read_text(encoding="utf-8")
    try:
        tree = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidConfiguration(f"{source.name} is not TOML: {error}") from error
    return declaration(tree, source.name)


def declaration(tree: Mapping[str, Any], file: str) -> Declaration:
    """Check the outline of a benchmark file's content."""
    for key, value in tree.items():
        if key not in _HEADER and key not in _TABLES:
            raise unknown("key", key, [*_HEADER, *_TABLES], file)
        expected = _HEADER.get(key, list if key == "published" else dict)
        if not isinstance(value, expected) or isinstance(value, bool):
            raise InvalidConfiguration(f"{file}, {key}: expected a {expected.__name__}, got {value!r}")
    for key in ("name", "version"):
        if key not in tree:
            raise InvalidConfiguration(f"{file}: {key} is missing; every benchmark says its {key}")
    for place in ("dataset", "encoder"):
        if not isinstance(tree.get(place), Mapping) or "use" not in tree[place]:
            raise InvalidConfiguration(f"{file}: [{place}] with use = … is missing")
    base = {key: tree[key] for key in _SETTABLE if key in tree}
    profiles = tree.get("profile", {})
    _check_extends(profiles, file)
    declared = Declaration(
        name=tree["name"],
        title=tree.get("title", ""),
        source=tree.get("source", ""),
        version=tree["version"],
        file=file,
        digest=digest({key: value for key, value in tree.items() if key not in ("title", "published", "table")}),
        header={key: tree[key] for key in _HEADER if key in tree},
        base=settings(base, file),
        profiles=_profiles(profiles, file),
        published=tuple(_published(row, file) for row in tree.get("published", ())),
        tables=tree.get("table", {}),
        own_tables={name: _inherited(profiles, name, "table", {}) for name in profiles},
        comparable=frozenset(name for name in profiles if _inherited(profiles, name, "comparable", False)),
    )
    for profile in ("", *profiles):
        for table in declared.tables:
            declared.table(table, profile)
    return declared


def _check_extends(profiles: Mapping[str, Mapping[str, Any]], file: str) -> None:
    """Refuse a profile that extends one that does not stand above it."""
    above: list[str] = []
    for name, table in profiles.items():
        if table.get("extends") is not None and table["extends"] not in above:
            raise unknown("profile above this one", str(table["extends"]), above, f"{file}, profile.{name}.extends")
        above.append(name)


def _inherited(profiles: Mapping[str, Mapping[str, Any]], name: str, key: str, default: Any) -> Any:
    """Return a profile's value of a key, or that of the nearest profile that it extends."""
    table = profiles[name]
    if key in table or "extends" not in table:
        return table.get(key, default)
    return _inherited(profiles, table["extends"], key, default)


def _profiles(tables: Mapping[str, Mapping[str, Any]], file: str) -> dict[str, Settings]:
    """Return each profile's settings; ``extends`` lays them over those of a profile that stands above it."""
    made: dict[str, Settings] = {}
    for name, table in tables.items():
        origin = f"{file}, profile.{name}"
        for key in table:
            if key not in (*_SETTABLE, *_OF_PROFILE):
                raise unknown("key", key, (*_SETTABLE, *_OF_PROFILE), origin)
        own = settings({key: value for key, value in table.items() if key in _SETTABLE}, origin)
        made[name] = lay(own, made.get(table.get("extends", ""), {}))
    return made


def _published(row: Mapping[str, Any], file: str) -> Published:
    for key in row:
        if key not in _OF_PUBLISHED:
            raise unknown("key", key, _OF_PUBLISHED, f"{file}, published")
    without = row.get("without")
    scores = {
        f"{metric}.{column}": float(v) for metric, values in row["scores"].items() for column, v in values.items()
    }
    removed = None if without is None else tuple(sorted(without))
    tables = tuple(map(str, row.get("tables", ())))
    return Published(row["label"], row["source"], removed, scores, tables, row.get("row", ""))


def build(catalog: Catalog, declared: Declaration, profile: str, overrides: Sequence[Settings] = ()) -> Benchmark:
    """Build a benchmark: the file, its profile, then each override in turn.

    Raises:
        UsageError: something in them does not fit; the message says where it was written.
    """
    merged: Settings = declared.base
    for layer in (declared.profiles.get(profile, {}), *overrides):
        merged = lay(layer, merged)
    for name, value in merged.items():
        if name not in _SETTABLE:
            raise unknown("place", name, _SETTABLE, origin_of(value))
    built = {place: _place(catalog, place, merged.get(place, {})) for place in _PLACES}
    dataset: Dataset = built["dataset"]
    if dataset.protocol not in dataset.protocols:
        name = catalog.name_of(type(dataset))
        raise unknown(f"protocol of {name}", dataset.protocol, dataset.protocols, "dataset.protocol or --protocol")
    return Benchmark(
        name=declared.name,
        version=declared.version,
        profile=profile,
        metrics=_metrics(catalog, merged.get("metric", {})),
        samples=_whole(merged, "samples", 1),
        subjects=_subjects(merged.get("subjects")),
        seed=_whole(merged, "seed", 0, least=0),
        **built,
    )


def _place(catalog: Catalog, place: str, given: Setting | Settings) -> Any:
    table: Settings = {"use": given} if isinstance(given, Setting) else given
    use = table.get("use")
    absent = use is None or (isinstance(use, Setting) and use.value == "none")
    if absent and place in ("aligner", "generator") and not (set(table) - {"use"}):
        return None
    return component(catalog, place, table, place)


def _metrics(catalog: Catalog, given: Setting | Settings) -> tuple[tuple[str, Metric], ...]:
    if isinstance(given, Setting):
        raise InvalidConfiguration(f"{given.origin}, metric: expected tables [metric.NAME], got {given.value!r}")
    metrics = []
    for name, value in given.items():
        table: Settings = {"use": value} if isinstance(value, Setting) else value
        use = table.get("use")
        if isinstance(use, Setting) and use.value == "none":
            continue
        metrics.append(
            (name, component(catalog, "metric", {"use": Setting(name, "its name"), **table}, f"metric.{name}"))
        )
    return tuple(metrics)


def _whole(merged: Settings, name: str, default: int, least: int = 1) -> int:
    given = merged.get(name)
    if given is None:
        return default
    value = given.value if isinstance(given, Setting) else given
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        where = given.origin if isinstance(given, Setting) else name
        raise InvalidConfiguration(f"{where}, {name}: expected a whole number of at least {least}, got {value!r}")
    return value


def _subjects(given: Setting | Settings | None) -> tuple[int, ...] | None:
    if given is None or (isinstance(given, Setting) and given.value == "all"):
        return None
    value = given.value if isinstance(given, Setting) else given
    if not isinstance(value, tuple) or not value or not all(type(item) is int for item in value):
        raise InvalidConfiguration(f"subjects: expected a list of whole numbers or 'all', got {value!r}")
    return value


def parse_set(text: str) -> Settings:
    """Parse one ``a.b=v`` of the command line; the value is read as TOML, else taken as text.

    Raises:
        UsageError: there is no ``=``.
    """
    path, equals, written = text.partition("=")
    if not equals or not path.strip():
        raise UsageError(f"--set {text}: expected a.b=value, for instance --set encoder.time.width=64")
    try:
        value = tomllib.loads(f"value = {written}")["value"]
    except tomllib.TOMLDecodeError:
        value = written
    return at(path.strip(), value, f"--set {text}")
