"""Discovery of plugins: entry points and single files, each loaded by itself.

pluggy's own loading stops at the first plugin that raises on import and silently skips the second of two entry points
with one name. Here neither stops the others: whatever is installed and cannot be used is listed in the catalog with its
reason. A file that was asked for is another matter: a run without it would not be the run that was asked for.
"""

from __future__ import annotations

import functools
import importlib.metadata
import importlib.util
import json
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import unquote, urlsplit

import pluggy

from eegrecon.errors import CORE, ComponentError, EegreconError, UsageError, named, raised_in, unknown
from eegrecon.interfaces import hooks
from eegrecon.registry.catalog import KINDS, Catalog, Entry, Plugin

_NAME = r"\w[\w-]*"  # can be written in a benchmark file, on the command line, and in the name of a stage
_RESERVED = ("all", "none")
FILE_PLUGIN = "eegrecon_file_"  # start of the name of a single-file plugin's module


def find(files: Iterable[Path] = ()) -> Catalog:
    """Return the catalog of every installed plugin and of some single-file plugins.

    Args:
        files: Python files that implement hooks (``--plugin``).

    Raises:
        UsageError: two files have the same name.
        ComponentError: a file cannot be imported, or registers something that does not fulfil the contract.
    """
    catalog = Catalog()
    catalog.manager.add_hookspecs(hooks)
    for name, points in _entry_points().items():
        _load(catalog, name, points)
    for file in _distinct(files):
        _add_file(catalog, file)
    return catalog


def _distinct(files: Iterable[Path]) -> list[Path]:
    """Return each file once.

    Raises:
        UsageError: two of them have the same name, which names their modules too.
    """
    found: dict[str, Path] = {}
    for file in files:
        other = found.setdefault(file.stem, file)
        if other.resolve() != file.resolve():
            raise UsageError(f"--plugin: {other} and {file} have the same name, {file.stem}; rename one of them")
    return list(found.values())


def _add_file(catalog: Catalog, file: Path) -> None:
    """Load a single-file plugin, with every class that it registers imported and checked."""
    plugin = Plugin(file.stem, "", str(file))
    try:
        components = _added(catalog, plugin, functools.partial(_module_of, file))
        for key, target in components.items():
            Entry(target, plugin.name).resolve(key)
    except EegreconError:
        raise
    except Exception as error:
        raise ComponentError(
            f"the plugin {file} cannot be used: {_reason(error)}; repair it, or leave it out"
        ) from error


def _entry_points() -> dict[str, list[importlib.metadata.EntryPoint]]:
    """Return entry points by name, each (distribution, value) once, however often the path lists it."""
    found: dict[str, dict[tuple[str, str], importlib.metadata.EntryPoint]] = defaultdict(dict)
    for point in importlib.metadata.entry_points(group=hooks.GROUP):
        found[point.name].setdefault((point.dist.name if point.dist else "", point.value), point)
    return {name: list(points.values()) for name, points in sorted(found.items())}


def _load(catalog: Catalog, name: str, points: list[importlib.metadata.EntryPoint]) -> None:
    plugins = [_plugin(name, point.dist) for point in points]
    if len(points) > 1:
        owners = " and ".join(plugin.distribution for plugin in plugins)
        reason = f"the entry point {name!r} is registered by {owners}; rename yours, or uninstall the other"
        catalog.plugins += [replace(plugin, broken=reason) for plugin in plugins]
        return
    _register(catalog, plugins[0], points[0].load)


def _plugin(name: str, distribution: importlib.metadata.Distribution | None) -> Plugin:
    if distribution is None:
        return Plugin(name, "", "")
    origin = json.loads(distribution.read_text("direct_url.json") or "{}")  # as PEP 610 has it
    in_place = origin.get("dir_info", {}).get("editable", False)
    folder = unquote(urlsplit(origin["url"]).path) if in_place else ""
    return Plugin(name, distribution.version, distribution.name, folder=folder)


def _register(catalog: Catalog, plugin: Plugin, load: Any) -> None:
    """Load an installed plugin; an exception marks it as broken and is not propagated."""
    try:
        _added(catalog, plugin, load)
    except Exception as error:
        if catalog.manager.has_plugin(plugin.name):
            catalog.manager.unregister(name=plugin.name)
        catalog.plugins.append(replace(plugin, broken=_reason(error)))


def _reason(error: Exception) -> str:
    """Return type and text of an error, with file and line of the plugin's code that raised it."""
    if isinstance(error, EegreconError):
        return str(error)
    file, line, _ = raised_in(error)
    place = "" if isinstance(error, SyntaxError) or file.is_relative_to(CORE) else f" ({named(file)}, line {line})"
    return f"{type(error).__name__}: {error}{place}"


def _added(catalog: Catalog, plugin: Plugin, load: Callable[[], ModuleType]) -> dict[str, Any]:
    """Load one plugin and add what it registers; return its components.

    A component that is registered as a class is checked now, one that is named as text when it is first used, so that
    listing what is installed imports nothing heavy.
    """
    module = load()
    catalog.manager.register(module, plugin.name)
    try:
        catalog.manager.check_pending()
    except pluggy.PluginValidationError as error:
        (name, *_) = re.findall(r"unknown hook '(\w+)'", str(error)) or [""]
        declared = [hook for hook in vars(hooks) if hook.startswith("eegrecon_")]
        raise unknown("hook", name, declared, module.__name__) from error
    components, benchmarks = _registered(module)
    entries = {key: Entry(target, plugin.name) for key, target in components.items()}
    for key, entry in entries.items():
        if not isinstance(entry.target, str):
            entry.resolve(key)
    catalog.plugins.append(plugin)
    for key, entry in entries.items():
        catalog.components[key].append(entry)
    for name, file in benchmarks.items():
        catalog.benchmarks[name].append(file)
    return components


def _registered(module: ModuleType) -> tuple[dict[str, Any], dict[str, Traversable]]:
    """Return the components and benchmark files that a plugin's hooks name.

    Raises:
        ComponentError: it is made for another version of the contract, or registers a name that cannot be used.
    """
    made_for = module.eegrecon_contract() if hasattr(module, "eegrecon_contract") else 1
    if made_for != hooks.CONTRACT:
        raise ComponentError(
            f"{module.__name__} is made for version {made_for} of the plugin contract, and the installed eegrecon has "
            f"version {hooks.CONTRACT}; install versions of the two that fit together"
        )
    components = dict(module.eegrecon_components()) if hasattr(module, "eegrecon_components") else {}
    audits = module.eegrecon_audits() if hasattr(module, "eegrecon_audits") else {}
    components |= {f"audit.{name}": target for name, target in audits.items()}
    for key in components:
        kind, dot, name = key.partition(".")
        if dot and kind not in KINDS:
            raise unknown("kind", kind, KINDS, f"component {key} of {module.__name__}")
        if not dot or not re.fullmatch(_NAME, name) or name in _RESERVED:
            raise ComponentError(
                f"component name {key!r} is not kind.name, with a kind of {', '.join(KINDS)} and a name of letters, "
                f"digits, hyphens and underscores other than {' and '.join(_RESERVED)}; rename it"
            )
    folder = module.eegrecon_benchmarks() if hasattr(module, "eegrecon_benchmarks") else None
    files = folder.iterdir() if folder else ()
    return components, {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}


def _module_of(file: Path) -> ModuleType:
    """Import a single-file plugin as a module of its own."""
    name = f"{FILE_PLUGIN}{file.stem}"
    loaded = sys.modules.get(name)
    if loaded is not None and loaded.__file__ == str(file):
        return loaded
    if not file.exists():
        raise UsageError(f"{file} does not exist; give the path of a Python file with a plugin")
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
