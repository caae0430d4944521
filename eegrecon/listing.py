"""``eegrecon list`` and ``eegrecon show``: what is installed, and what each thing is."""

from __future__ import annotations

import dataclasses
import inspect
import time
from collections.abc import Iterator
from pathlib import Path

from eegrecon import spec
from eegrecon.ablation import parts
from eegrecon.components import Component
from eegrecon.errors import UsageError, unknown
from eegrecon.plugins import KINDS, Catalog
from eegrecon.spec import Declaration

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
        return "\n".join(catalog.names(_PLURALS[what])) or "none"
    raise unknown("list", what, ["plugins", *_PLURALS, "benchmarks", "parts"])


def _plugin_lines(catalog: Catalog) -> Iterator[str]:
    for plugin in catalog.plugins:
        state = f"  BROKEN: {plugin.broken}" if plugin.broken else ""
        yield f"{plugin.name} {plugin.version} ({plugin.distribution}){state}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.splitlines())


def _parts(catalog: Catalog, name: str | None) -> str:
    if name is None:
        raise UsageError("list parts needs a benchmark: eegrecon list parts brainvis")
    declared = spec.read(Path(name) if name.endswith(".toml") else catalog.benchmark(name))
    built = spec.build(catalog, declared, declared.profile(None))
    rows = [(part.path, part.about, "already removed" if part.removed else "") for part in parts(built)]
    width = max((len(path) for path, _, _ in rows), default=0)
    return "\n".join(f"{path:<{width}}  {about}  {state}".rstrip() for path, about, state in rows) or "no parts"


def show(catalog: Catalog, name: str) -> str:
    """Return what a benchmark and the components of that name are.

    Args:
        catalog: what is installed.
        name: ``"brainvis"`` for everything of that name, or ``"encoder.brainvis"``.
    """
    keys = [key for key in catalog.components if key == name or key.partition(".")[2] == name]
    sections = [_benchmark(spec.read(catalog.benchmark(name)))] if name in catalog.benchmarks else []
    sections += [
        _component(catalog, key) for key in sorted(keys, key=lambda key: list(KINDS).index(key.partition(".")[0]))
    ]
    if not sections:
        raise unknown(
            "component or benchmark", name, {*catalog.benchmarks, *(k.partition(".")[2] for k in catalog.components)}
        )
    return "\n\n".join(sections)


def _benchmark(declared: Declaration) -> str:
    lines = [
        f"benchmark {declared.name}, version {declared.version}",
        f"  {declared.title}",
        f"  source: {declared.source}",
    ]
    lines.append(f"  profiles: {', '.join(declared.profiles) or 'none'} (the first is the default)")
    if declared.published:
        lines.append("  published (real data; comparable with no run of another profile):")
    for row in declared.published:
        scores = "  ".join(f"{column} {value:g}" for column, value in row.scores.items())
        lines.append(f"    {row.label} [{row.source}]: {scores}")
    return "\n".join(lines)


def _component(catalog: Catalog, key: str) -> str:
    kind, _, name = key.partition(".")
    cls = catalog.get(kind, name)
    about = inspect.cleandoc(cls.__doc__ or "").strip()
    lines = [
        f"{kind} {name} ({cls.__module__}.{cls.__qualname__}, revision {cls.revision})",
        _indented(about),
        "  fields:",
    ]
    return "\n".join([*lines, *(f"    {line}" for line in _fields(cls))])


def _fields(cls: type[Component]) -> Iterator[str]:
    for item in dataclasses.fields(cls):  # type: ignore[arg-type]
        if not item.init:  # follows from the others
            continue
        made = item.default_factory() if item.default_factory is not dataclasses.MISSING else item.default
        default = "required" if made is dataclasses.MISSING else _default(made)
        part = f"  part: {item.metadata['part'][0]}" if "part" in item.metadata else ""
        yield f"{item.name} = {default}{part}"


def _default(value: object) -> str:
    return type(value).__name__ if isinstance(value, Component) else repr(value)


def stored() -> str:
    """Return what the store holds, by kind of stage."""
    from eegrecon.store import Store, home  # needs numpy, which no other listing does

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
