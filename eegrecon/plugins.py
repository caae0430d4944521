"""Find plugins, survive the broken ones, and look components and benchmarks up by name.

pluggy's own loading stops at the first plugin that raises on import and silently skips the second of two entry
points with one name; so each is loaded by itself here, and whatever cannot be used is listed with its reason.
"""

from __future__ import annotations

import functools
import importlib
import importlib.metadata
import importlib.util
import inspect
import sys
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any

import pluggy

from eegrecon import components, hookspecs
from eegrecon.audits import Audit
from eegrecon.components import Component
from eegrecon.errors import ComponentError, DataError, UsageError, unknown

KINDS: dict[str, type[Component]] = {
    "dataset": components.Dataset,
    "preparation": components.Preparation,
    "captioner": components.Captioner,
    "encoder": components.Encoder,
    "learner": components.Learner,
    "conditioner": components.Conditioner,
    "aligner": components.Aligner,
    "generator": components.Generator,
    "judge": components.Judge,
    "metric": components.Metric,
    "audit": Audit,
}


@dataclass(frozen=True)
class Plugin:
    """A plugin as it was found; ``broken`` says why it cannot be used."""

    name: str
    version: str
    distribution: str
    broken: str = ""


@dataclass(frozen=True)
class Entry:
    """One registered component: where its class is, and who registered it."""

    target: type[Component] | str
    plugin: str


@dataclass
class Catalog:
    """Everything that the installed plugins offer."""

    plugins: list[Plugin] = field(default_factory=list)
    components: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))  # by "kind.name"
    benchmarks: dict[str, list[Traversable]] = field(default_factory=lambda: defaultdict(list))
    manager: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager(hookspecs.GROUP))

    def names(self, kind: str) -> list[str]:
        """Names registered for a kind, sorted."""
        return sorted(key.partition(".")[2] for key in self.components if key.partition(".")[0] == kind)

    def get(self, kind: str, name: str, where: str = "") -> type[Component]:
        """Return the class of a component.

        Args:
            kind: one of ``KINDS``.
            name: its registered name.
            where: file and section of the request, for the message.

        Raises:
            UnknownName: nobody registered it.
            UsageError: more than one plugin registered it.
            ComponentError: its module cannot be imported, or it is not of that kind.
        """
        entries = self.components.get(f"{kind}.{name}", [])
        if not entries:
            raise unknown(kind, name, self.names(kind), where)
        if len(entries) > 1:
            who = " and ".join(entry.plugin for entry in entries)
            raise UsageError(f"{kind} {name!r} is registered by {who}; uninstall all of them but one")
        return _resolve(f"{kind}.{name}", entries[0])

    def name_of(self, cls: type[Component]) -> str:
        """Return ``kind.name`` of a registered class, else ``module:Class``."""
        address = f"{cls.__module__}:{cls.__qualname__}"
        for key, entries in self.components.items():
            if any(entry.target is cls or entry.target == address for entry in entries):
                return key
        return address

    def benchmark(self, name: str) -> Traversable:
        """Return the file of a registered benchmark.

        Raises:
            UnknownName: there is none of that name.
            UsageError: more than one plugin brings one.
        """
        files = self.benchmarks.get(name, [])
        if not files:
            raise unknown("benchmark", name, self.benchmarks)
        if len(files) > 1:
            raise UsageError(f"benchmark {name!r} is brought by several plugins: {', '.join(map(str, files))}")
        return files[0]

    def version_of(self, package: str) -> str:
        """Return the version of the distribution that a plugin package belongs to, or an empty string."""
        return next((plugin.version for plugin in self.plugins if plugin.name == package), "")


def _resolve(key: str, entry: Entry) -> type[Component]:
    kind = key.partition(".")[0]
    target: Any = entry.target
    if isinstance(target, str):
        module, _, name = target.partition(":")
        try:
            target = getattr(importlib.import_module(module), name)
        except Exception as error:
            raise ComponentError(
                f"{key} of plugin {entry.plugin} cannot be imported from {entry.target!r}: "
                f"{type(error).__name__}: {error}; reinstall or repair the plugin"
            ) from error
    if not (inspect.isclass(target) and issubclass(target, KINDS[kind])):
        raise ComponentError(f"{key} of plugin {entry.plugin} is {target!r}, which is no {KINDS[kind].__name__}")
    return target


def find(files: Iterable[Path] = ()) -> Catalog:
    """Load every installed plugin, and one-file plugins besides.

    Args:
        files: Python files that implement hooks, as ``--plugin`` names them.
    """
    catalog = Catalog()
    catalog.manager.add_hookspecs(hookspecs)
    for name, points in _entry_points().items():
        _load(catalog, name, points)
    for file in files:
        _register(catalog, Plugin(file.stem, "", str(file)), functools.partial(_module_of, file))
    return catalog


def _entry_points() -> dict[str, list[importlib.metadata.EntryPoint]]:
    """Return entry points by name, each (distribution, value) once, however often the path lists it."""
    found: dict[str, dict[tuple[str, str], importlib.metadata.EntryPoint]] = defaultdict(dict)
    for point in importlib.metadata.entry_points(group=hookspecs.GROUP):
        found[point.name].setdefault((point.dist.name if point.dist else "", point.value), point)
    return {name: list(points.values()) for name, points in sorted(found.items())}


def _load(catalog: Catalog, name: str, points: list[importlib.metadata.EntryPoint]) -> None:
    plugins = [Plugin(name, p.dist.version if p.dist else "", p.dist.name if p.dist else "") for p in points]
    if len(points) > 1:
        who = " and ".join(plugin.distribution for plugin in plugins)
        reason = f"the entry point {name!r} is registered by {who}; uninstall all of them but one"
        catalog.plugins += [Plugin(p.name, p.version, p.distribution, reason) for p in plugins]
        return
    _register(catalog, plugins[0], points[0].load)


def _register(catalog: Catalog, plugin: Plugin, load: Any) -> None:
    """Load one plugin and take in what it offers; whatever it raises makes it broken, never the command."""
    try:
        module = load()
        catalog.manager.register(module, plugin.name)
        catalog.manager.check_pending()
        offers = _offers(plugin, module)
    except Exception as error:
        if catalog.manager.has_plugin(plugin.name):
            catalog.manager.unregister(name=plugin.name)
        reason = f"{type(error).__name__}: {error}"
        catalog.plugins.append(Plugin(plugin.name, plugin.version, plugin.distribution, reason))
        return
    catalog.plugins.append(plugin)
    for key, target in offers[0].items():
        catalog.components[key].append(Entry(target, plugin.name))
    for name, file in offers[1].items():
        catalog.benchmarks[name].append(file)


def _offers(plugin: Plugin, module: ModuleType) -> tuple[dict[str, Any], dict[str, Traversable]]:
    """Return the components and benchmark files of one plugin, names checked."""
    offered = dict(module.eegrecon_components()) if hasattr(module, "eegrecon_components") else {}
    audits = module.eegrecon_audits() if hasattr(module, "eegrecon_audits") else {}
    offered |= {f"audit.{name}": target for name, target in audits.items()}
    for key in offered:
        kind, dot, name = key.partition(".")
        if kind not in KINDS or not dot or not name:
            raise DataError(f"component name {key!r} is not kind.name with a kind of {', '.join(KINDS)}")
    folder = module.eegrecon_benchmarks() if hasattr(module, "eegrecon_benchmarks") else None
    files = folder.iterdir() if folder else ()
    return offered, {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}


def _module_of(file: Path) -> ModuleType:
    """Import a one-file plugin under a name of its own."""
    name = f"eegrecon_file_{file.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(file):
        return loaded
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None or not file.is_file():
        raise UsageError(f"{file} is not a Python file; --plugin takes the path of one")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module  # dataclasses look their module up while they are made
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
