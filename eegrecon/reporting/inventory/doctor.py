"""The findings of ``eegrecon doctor``: what is installed, found and missing, and how to repair it."""

from __future__ import annotations

import dataclasses
import shutil
import sys
from collections.abc import Iterator, Sequence

from eegrecon.benchmark.definition import read
from eegrecon.benchmark.options import Options
from eegrecon.benchmark.request import select
from eegrecon.errors import EegreconError
from eegrecon.interfaces.components import Component
from eegrecon.interfaces.data import Finding
from eegrecon.pipeline.environment import environment
from eegrecon.pipeline.run import resolve_device
from eegrecon.pipeline.storage.store import home
from eegrecon.registry.catalog import Catalog, Plugin

_GIGABYTE = 1e9
_PLACES = ("dataset", "encoder", "aligner", "generator")


def examine(
    catalog: Catalog,
    profile: str | None,
    data: str | None = None,
    overrides: Sequence[str] = (),
    benchmark: str | None = None,
) -> list[Finding]:
    """Return all findings; a problem names the command that repairs it.

    Args:
        catalog: what is installed.
        profile: check the benchmarks that have this profile; None for the first of each.
        data: the folder of the data set.
        overrides: values of fields, as in ``bench --set``.
        benchmark: check this one alone.
    """
    options = Options(benchmark=benchmark or "", profile=profile, data=data, set=tuple(overrides))
    return [*_python(), *_libraries(), *_plugins(catalog), *_store(), *_benchmarks(catalog, options)]


def _python() -> Iterator[Finding]:
    yield Finding(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or later is needed)")


def _libraries() -> Iterator[Finding]:
    versions = environment()
    for name, version in versions.items():
        if version == "not installed":
            yield Finding(False, f"{name} is not installed: pip install {name}")
    try:
        yield Finding(True, f"torch {versions['torch']}, device {resolve_device('auto')}")
    except (ImportError, OSError) as error:  # absent, or a library that it needs is
        yield Finding(False, f"torch cannot be imported, so no network runs: {error}; pip install --upgrade torch")


def _plugins(catalog: Catalog) -> Iterator[Finding]:
    for plugin in catalog.plugins:
        faults = [] if plugin.broken else list(_faults(catalog, plugin))
        for fault in faults:
            yield Finding(False, fault)
        if plugin.broken:
            where = f"plugin {plugin.name} ({plugin.distribution})"
            yield Finding(False, f"{where} is broken: {plugin.broken}; {plugin.repair}")
        elif not faults:
            yield Finding(True, f"plugin {plugin.name} {plugin.version} ({plugin.distribution})")


def _faults(catalog: Catalog, plugin: Plugin) -> Iterator[str]:
    """Yield why components of a plugin cannot be used; each is imported and checked."""
    for key, entries in catalog.components.items():
        for entry in entries:
            try:
                if entry.plugin == plugin.name:
                    entry.resolve(key)
            except EegreconError as error:
                yield str(error)


def _store() -> Iterator[Finding]:
    folder = home()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(existing).free / _GIGABYTE
    yield Finding(free > 2, f"store {folder}: {free:.1f} GB free (EEGRECON_HOME names another folder)")


def _benchmarks(catalog: Catalog, options: Options) -> Iterator[Finding]:
    """Yield the findings of every component of the benchmarks that have the profile."""
    names = [options.benchmark] if options.benchmark else sorted(catalog.benchmarks)
    names = [name for name in names if _has_profile(catalog, name, options.profile)]
    if options.profile and not names:
        of = f"benchmark {options.benchmark} has no" if options.benchmark else "no installed benchmark has a"
        yield Finding(False, f"{of} profile {options.profile!r}; eegrecon show NAME lists them")
    for name in names:
        try:
            selection = select(dataclasses.replace(options, benchmark=name), catalog)
            built = selection.build()
        except EegreconError as error:
            yield Finding(False, f"benchmark {name}: {error}")
            continue
        yield Finding(True, f"benchmark {name}, profile {selection.profile}")
        judges = {f"judge of {metric}": component.judge for metric, component in built.metrics}
        for place, component in {**{place: built.place(place) for place in _PLACES}, **judges}.items():
            if component is not None:
                yield from _needs(f"{name}, {place}", component)


def _has_profile(catalog: Catalog, name: str, profile: str | None) -> bool:
    try:
        return profile is None or profile in read(catalog.benchmark(name)).profiles
    except EegreconError:  # reported when it is built
        return True


def _needs(place: str, component: Component) -> Iterator[Finding]:
    """Yield the findings of one component: its own, or else the files that its fields name."""
    try:
        findings = component.check()
        yield from (Finding(finding.ok, f"{place}: {finding.text}") for finding in findings)
        for field, digest in () if findings else component.reads().items():
            yield Finding(True, f"{place}: {field} found ({digest[:8]})")
    except (EegreconError, OSError, ImportError) as error:
        yield Finding(False, f"{place}: {error}")
