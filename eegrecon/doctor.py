"""``eegrecon doctor``: what is installed, found and missing, and what mends it."""

from __future__ import annotations

import importlib.metadata
import shutil
import sys
from collections.abc import Iterator

from eegrecon import spec
from eegrecon.components import Component, Finding
from eegrecon.errors import EegreconError
from eegrecon.plugins import Catalog
from eegrecon.results import environment
from eegrecon.stage_run import resolve_device
from eegrecon.store import home

_GIGABYTE = 1e9


def examine(catalog: Catalog, profile: str | None) -> list[Finding]:
    """Return everything that was found, problems with the command that mends them."""
    return [*_python(), *_libraries(), *_plugins(catalog), *_store(), *_benchmarks(catalog, profile)]


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


def _benchmarks(catalog: Catalog, asked: str | None) -> Iterator[Finding]:
    """Build every benchmark and let each component say what its addresses point to."""
    for name in sorted(catalog.benchmarks):
        try:
            declared = spec.read(catalog.benchmark(name))
            profile = declared.profile(asked)
            built = spec.build(catalog, declared, profile)
        except EegreconError as error:
            yield Finding(False, f"benchmark {name}: {error}")
            continue
        yield Finding(True, f"benchmark {name}, profile {profile}")
        places = {
            "dataset": built.dataset,
            "encoder": built.encoder,
            "aligner": built.aligner,
            "generator": built.generator,
        }
        judges = {f"judge of {metric}": component.judge for metric, component in built.metrics}
        for place, component in {**places, **judges}.items():
            if component is not None:
                yield from _addresses(f"{name}, {place}", component)


def _addresses(place: str, component: Component) -> Iterator[Finding]:
    try:
        for field, digest in component.reads().items():
            hub = digest.startswith("hub:")
            said = f"is {digest[4:]} on a hub; whether it is in the cache was not looked at" if hub else "found"
            yield Finding(True, f"{place}: {field} {said}" + ("" if hub else f" ({digest[:8]})"))
    except (EegreconError, OSError) as error:
        yield Finding(False, f"{place}: {error}")
