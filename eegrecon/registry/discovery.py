"""Discovery of plugins: entry points and single files, each loaded by itself.

pluggy's own loading stops at the first plugin that raises on import and silently skips the second of two entry points
with one name. Here neither stops the others: whatever cannot be used is listed in the catalog with its reason.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import sys
from collections import defaultdict
from collections.abc import Iterable
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any

from eegrecon.errors import DataError, UsageError
from eegrecon.interfaces import hooks
from eegrecon.registry.catalog import KINDS, Catalog, Entry, Plugin


def find(files: Iterable[Path] = ()) -> Catalog:
    """Return the catalog of every installed plugin and of some single-file plugins.

    Args:
        files: Python files that implement hooks (``--plugin``).
    """
    catalog = Catalog()
    catalog.manager.add_hookspecs(hooks)
    for name, points in _entry_points().items():
        _load(catalog, name, points)
    for file in files:
        _register(catalog, Plugin(file.stem, "", str(file)), functools.partial(_module_of, file))
    return catalog


def _entry_points() -> dict[str, list[importlib.metadata.EntryPoint]]:
    """Return entry points by name, each (distribution, value) once, however often the path lists it."""
    found: dict[str, dict[tuple[str, str], importlib.metadata.EntryPoint]] = defaultdict(dict)
    for point in importlib.metadata.entry_points(group=hooks.GROUP):
        found[point.name].setdefault((point.dist.name if point.dist else "", point.value), point)
    return {name: list(points.values()) for name, points in sorted(found.items())}


def _load(catalog: Catalog, name: str, points: list[importlib.metadata.EntryPoint]) -> None:
    plugins = [Plugin(name, p.dist.version if p.dist else "", p.dist.name if p.dist else "") for p in points]
    if len(points) > 1:
        owners = " and ".join(plugin.distribution for plugin in plugins)
        reason = f"the entry point {name!r} is registered by {owners}; uninstall all of them but one"
        catalog.plugins += [Plugin(p.name, p.version, p.distribution, reason) for p in plugins]
        return
    _register(catalog, plugins[0], points[0].load)


def _register(catalog: Catalog, plugin: Plugin, load: Any) -> None:
    """Load one plugin and add what it registers; an exception marks it as broken and is not propagated."""
    try:
        module = load()
        catalog.manager.register(module, plugin.name)
        catalog.manager.check_pending()
        components, benchmarks = _registered(module)
    except Exception as error:
        if catalog.manager.has_plugin(plugin.name):
            catalog.manager.unregister(name=plugin.name)
        reason = f"{type(error).__name__}: {error}"
        catalog.plugins.append(Plugin(plugin.name, plugin.version, plugin.distribution, reason))
        return
    catalog.plugins.append(plugin)
    for key, target in components.items():
        catalog.components[key].append(Entry(target, plugin.name))
    for name, file in benchmarks.items():
        catalog.benchmarks[name].append(file)


def _registered(module: ModuleType) -> tuple[dict[str, Any], dict[str, Traversable]]:
    """Return the components and benchmark files that a plugin's hooks name."""
    components = dict(module.eegrecon_components()) if hasattr(module, "eegrecon_components") else {}
    audits = module.eegrecon_audits() if hasattr(module, "eegrecon_audits") else {}
    components |= {f"audit.{name}": target for name, target in audits.items()}
    for key in components:
        kind, dot, name = key.partition(".")
        if kind not in KINDS or not dot or not name:
            raise DataError(f"component name {key!r} is not kind.name with a kind of {', '.join(KINDS)}")
    folder = module.eegrecon_benchmarks() if hasattr(module, "eegrecon_benchmarks") else None
    files = folder.iterdir() if folder else ()
    return components, {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}


def _module_of(file: Path) -> ModuleType:
    """Import a single-file plugin as a module of its own."""
    name = f"eegrecon_file_{file.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(file):
        return loaded
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise UsageError(f"{file} is not a Python file; --plugin takes the path of one")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look up their module while they are created
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
