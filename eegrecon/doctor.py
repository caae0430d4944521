"""``eegrecon doctor``: what is installed, found and missing, and what mends it."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import shutil
import sys
from collections.abc import Iterator, Sequence

from eegrecon import spec
from eegrecon.api import Session
from eegrecon.components import Component, Finding
from eegrecon.errors import EegreconError
from eegrecon.plugins import Catalog
from eegrecon.request import Request
from eegrecon.results import environment
from eegrecon.stage_run import resolve_device
from eegrecon.store import home

_GIGABYTE = 1e9
_PLACES = ("dataset", "encoder", "aligner", "generator")


def examine(
    catalog: Catalog, profile: str | None, data: str | None = None, overrides: Sequence[str] = ()
) -> list[Finding]:
    """Return everything that was found, problems with the command that mends them.

    Args:
        catalog: what is installed.
        profile: of the benchmarks whose needs are looked at; each one's first if None.
        data: the folder of the data set.
        overrides: values that are set, as ``bench`` takes them.
    """
    asked = Request(benchmark="", profile=profile, data=data, set=tuple(overrides))
    return [*_python(), *_libraries(), *_plugins(catalog), *_store(), *_benchmarks(catalog, asked)]


def _python() -> Iterator[Finding]:
    yield Finding(sys.version_info >= (3, 11), f"Python {sys.version.split()[0]} (3.11 or later is needed)")


def _libraries() -> Iterator[Finding]:
    for name, version in environment().items():
        if version == "not installed":
            yield Finding(False, f"{name} is not installed: pip install {name}")
    torch = importlib.metadata.version("torch")
    yield Finding(True, f"torch {torch}, device {resolve_device('auto')}")


def _plugins(catalog: Catalog) -> Iterator[Finding]:
    for plugin in catalog.plugins:
        if plugin.broken:
            mend = f"pip install --upgrade {plugin.distribution}, or uninstall it"
            yield Finding(False, f"plugin {plugin.name} ({plugin.distribution}) is broken: {plugin.broken}; {mend}")
        else:
            yield Finding(True, f"plugin {plugin.name} {plugin.version} ({plugin.distribution})")


def _store() -> Iterator[Finding]:
    folder = home()
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free / _GIGABYTE
    yield Finding(free > 2, f"store {folder}: {free:.1f} GB free (EEGRECON_HOME names another folder)")


def _benchmarks(catalog: Catalog, asked: Request) -> Iterator[Finding]:
    """Build every benchmark that has the profile and let each component say what it needs."""
    having = [name for name in sorted(catalog.benchmarks) if _has_profile(catalog, name, asked.profile)]
    if asked.profile and not having:
        yield Finding(False, f"no installed benchmark has a profile {asked.profile!r}; eegrecon show NAME lists them")
    for name in having:
        session = Session(dataclasses.replace(asked, benchmark=name))
        try:
            built = session.build()
        except EegreconError as error:
            yield Finding(False, f"benchmark {name}: {error}")
            continue
        yield Finding(True, f"benchmark {name}, profile {session.profile}")
        judges = {f"judge of {metric}": component.judge for metric, component in built.metrics}
        for place, component in {**{place: built.place(place) for place in _PLACES}, **judges}.items():
            if component is not None:
                yield from _needs(f"{name}, {place}", component)


def _has_profile(catalog: Catalog, name: str, profile: str | None) -> bool:
    try:
        return profile is None or profile in spec.read(catalog.benchmark(name)).profiles
    except EegreconError:  # building it says what is wrong
        return True


def _needs(place: str, component: Component) -> Iterator[Finding]:
    """Say which files a component needs: what it says itself, or else what its addresses point to."""
    try:
        said = component.check()
        yield from (Finding(finding.ok, f"{place}: {finding.text}") for finding in said)
        for field, digest in () if said else component.reads().items():
            yield Finding(True, f"{place}: {field} found ({digest[:8]})")
    except (EegreconError, OSError) as error:
        yield Finding(False, f"{place}: {error}")
