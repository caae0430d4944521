"""The texts of ``eegrecon list``, ``eegrecon show`` and ``eegrecon cache list``."""

from __future__ import annotations

import dataclasses
import inspect
import textwrap
import time
from collections.abc import Iterator
from typing import Any

from eegrecon.benchmark.builder import build
from eegrecon.benchmark.definition import Definition, load_definition
from eegrecon.benchmark.variants import PLACES, parts
from eegrecon.errors import UsageError, unknown
from eegrecon.interfaces.components import Component
from eegrecon.registry.catalog import KINDS, Catalog
from eegrecon.reporting.inventory import exemptions

_HANGING: dict[str, Any] = {"initial_indent": "    ", "subsequent_indent": "      "}
_PLURALS = {f"{kind}s": kind for kind in KINDS}


def listing(catalog: Catalog, what: str, name: str | None) -> str:
    """Return the names of one kind of thing, or of all."""
    if what == "all":
        return "\n\n".join(
            f"{title}\n{_indented(listing(catalog, title, None))}" for title in ("plugins", *_PLURALS, "benchmarks")
        )
    if what == "plugins":
        return "\n".join(_plugin_lines(catalog)) or "none"
    if what == "benchmarks":
        return "\n".join(sorted(catalog.benchmarks)) or "none"
    if what == "parts":
        return _parts(catalog, name)
    if what in _PLURALS:
        return "\n".join(_names(catalog, _PLURALS[what])) or "none"
    raise unknown("list", what, ["plugins", *_PLURALS, "benchmarks", "parts"])


def _plugin_lines(catalog: Catalog) -> Iterator[str]:
    for plugin in catalog.plugins:
        state = f"  BROKEN: {plugin.broken}" if plugin.broken else ""
        yield f"{plugin.name} {plugin.version} ({plugin.distribution}){state}"


def _names(catalog: Catalog, kind: str) -> Iterator[str]:
    """Yield the names of a kind, a mark at those that are exempt from a check, and below them from which and why."""
    exempt = exemptions.exempt(catalog, kind)
    for name in catalog.names(kind):
        yield f"{name} *" if name in exempt else name
    for name, lines in exempt.items():
        for line in lines:
            yield f"* {name} is exempt from the check {line}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _parts(catalog: Catalog, name: str | None) -> str:
    if name is None:
        raise UsageError("list parts needs a benchmark: eegrecon list parts brainvis")
    definition = load_definition(catalog, name)
    benchmark = build(catalog, definition, definition.profile(None))
    rows = [(part.path, part.about, "already removed" if part.removed else "") for part in parts(benchmark)]
    width = max((len(path) for path, _, _ in rows), default=0)
    return "\n".join(f"{path:<{width}}  {about}  {state}".rstrip() for path, about, state in rows) or "no parts"


def show(catalog: Catalog, name: str) -> str:
    """Return descriptions of the benchmark and the components of a name.

    Args:
        catalog: what is installed.
        name: ``"brainvis"`` for everything of that name, ``"encoder.brainvis"``, or the path of a benchmark file.
    """
    keys = [key for key in catalog.components if key == name or key.partition(".")[2] == name]
    is_benchmark = name in catalog.benchmarks or name.endswith(".toml")
    sections = [_benchmark(catalog, load_definition(catalog, name))] if is_benchmark else []
    sections += [
        _component(catalog, key) for key in sorted(keys, key=lambda key: list(KINDS).index(key.partition(".")[0]))
    ]
    if not sections:
        known = {*catalog.benchmarks, *(key.partition(".")[2] for key in catalog.components)}
        raise catalog.unknown("component or benchmark", name, known, all_by="eegrecon list")
    return "\n\n".join(sections)


def _benchmark(catalog: Catalog, definition: Definition) -> str:
    """Return a description of a benchmark: its components, parts, profiles, tables and published numbers."""
    profile = definition.profile(None)
    benchmark = build(catalog, definition, profile)
    lines = [
        f"benchmark {definition.name}, version {definition.version}",
        f"  {definition.title}",
        f"  source: {definition.source}",
        "",
        f"  Components (profile {profile or 'none'}):",
    ]
    for place in ("dataset", *PLACES):
        component = benchmark.place(place)
        if component is not None:
            lines += textwrap.wrap(f"{place}: {_first(type(component))}", 110, **_HANGING)
    lines += textwrap.wrap(f"metrics: {', '.join(name for name, _ in benchmark.metrics)}", 110, **_HANGING)
    known = parts(benchmark)
    width = max((len(part.path) for part in known), default=0)
    lines += ["", "  Parts that can be removed (--ablate):", *(f"    {p.path:<{width}}  {p.about}" for p in known)]
    lines += ["", "  Profiles (--profile; the first is the default):"]
    for name, changes in definition.profiles.items():
        lines += textwrap.wrap(f"{name}: sets {', '.join(changes)}", 110, **_HANGING)
    if definition.tables:
        lines += ["", "  Tables of the paper (--table):"]
        lines += [f"    {name}  {definition.table(name, profile).title}" for name in definition.tables]
    lines += [
        "",
        "  Commands to start with:",
        f"    eegrecon bench {definition.name} --dry-run        what would run",
        f"    eegrecon bench {definition.name}                  the whole method and its controls",
        f"    eegrecon bench {definition.name} --ablate all     each part removed once",
    ]
    if definition.published:
        lines += ["", "  Published (real data; not comparable with runs of other profiles):"]
    for row in definition.published:
        without = f" w/o {' + '.join(row.without)}" if row.without else ""
        lines.append(f"    {row.label}{without} [{row.source}]")
        scores = "  ".join(f"{column.partition('.')[2]} {value:g}" for column, value in row.scores.items())
        lines.append(f"      {scores}")
    return "\n".join(lines)


def _first(cls: type[Component]) -> str:
    """Return the first paragraph of a component's docstring."""
    return " ".join(inspect.cleandoc(cls.__doc__ or cls.__name__).partition("\n\n")[0].split())


def _component(catalog: Catalog, key: str) -> str:
    kind, _, name = key.partition(".")
    cls = catalog.get(kind, name)
    about = inspect.cleandoc(cls.__doc__ or "").strip()
    lines = [
        f"{kind} {name} ({cls.__module__}.{cls.__qualname__}, revision {cls.revision})",
        _indented(about),
        "  fields:",
    ]
    lines += [f"    {line}" for line in _fields(cls)]
    exempt = [f"    {line}" for line in exemptions.lines(cls)]
    return "\n".join([*lines, *(["  exempt from checks:"] if exempt else []), *exempt])


def _fields(cls: type[Component]) -> Iterator[str]:
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        if not item.init:  # derived from the others
            continue
        value = item.default_factory() if item.default_factory is not dataclasses.MISSING else item.default
        default = "required" if value is dataclasses.MISSING else _default(value)
        part = f"  part: {item.metadata['part'][0]}" if "part" in item.metadata else ""
        yield f"{item.name} = {default}{part}"


def _default(value: object) -> str:
    return type(value).__name__ if isinstance(value, Component) else repr(value)


def stored() -> str:
    """Return what the store holds, by kind of stage."""
    from eegrecon.pipeline.storage.store import Store, home  # the only listing that needs numpy

    store = Store(home())
    kinds: dict[str, list[tuple[int, float]]] = {}
    for kind, _, size, changed in store.entries():
        kinds.setdefault(kind, []).append((size, changed))
    lines = [f"store {store.root}"]
    for kind, entries in kinds.items():
        newest = time.strftime("%Y-%m-%d %H:%M", time.localtime(max(changed for _, changed in entries)))
        lines.append(
            f"  {kind:<14}{len(entries):>6}  {sum(size for size, _ in entries) / 1e6:>10.1f} MB  newest {newest}"
        )
    total = sum(size for entries in kinds.values() for size, _ in entries)
    return "\n".join([*lines, f"  {'all':<14}{sum(map(len, kinds.values())):>6}  {total / 1e6:>10.1f} MB"])
