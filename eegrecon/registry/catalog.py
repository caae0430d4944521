"""The catalog of installed plugins: their components and benchmark files by name."""

from __future__ import annotations

import importlib
import inspect
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import pluggy

from eegrecon.errors import ComponentError, UnknownName, UsageError, unknown
from eegrecon.interfaces import components, hooks
from eegrecon.interfaces.audits import Audit
from eegrecon.interfaces.components import Component
from eegrecon.registry.class_checks import problems

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
    """An installed plugin.

    Attributes:
        name: of its entry point or file.
        version: of its distribution.
        distribution: its distribution, or the path of its file.
        broken: the reason why it cannot be used.
        folder: where its distribution is installed from in place (``pip install -e``).
    """

    name: str
    version: str
    distribution: str
    broken: str = ""
    folder: str = ""

    @property
    def repair(self) -> str:
        """What to do about a broken plugin: one's own is repaired, that of others is upgraded."""
        if self.folder:
            return f"repair it in {self.folder}"
        return f"pip install --upgrade {self.distribution}, or uninstall it"

    def is_called(self, name: str) -> bool:
        """Return whether a name or folder is that of the plugin or its distribution, with hyphens or underscores."""
        return _spelt(Path(name).name.rpartition(".")[2]) in (_spelt(self.name), _spelt(self.distribution))


@dataclass(frozen=True)
class Entry:
    """One registered component: its class or where it is, and the plugin that registered it."""

    target: type[Component] | str
    plugin: str

    def resolve(self, key: str) -> type[Component]:
        """Return the class, imported and checked.

        Args:
            key: the ``kind.name`` that it is registered under.

        Raises:
            ComponentError: its module cannot be imported, or the class does not fulfil the contract of its kind.
        """
        target = _imported(key, self)
        where, contract = f"{key} of plugin {self.plugin}", KINDS[key.partition(".")[0]]
        if not (inspect.isclass(target) and issubclass(target, contract)):
            wanted = contract.__name__
            raise ComponentError(f"{where} is {target!r}, not {_article(wanted)}; derive it from eegrecon.{wanted}")
        if found := problems(target, contract):
            raise ComponentError(f"{where} ({target.__module__}:{target.__qualname__}): {'; '.join(found)}")
        return target


@dataclass
class Catalog:
    """Everything that the installed plugins offer."""

    plugins: list[Plugin] = field(default_factory=list)
    components: dict[str, list[Entry]] = field(default_factory=lambda: defaultdict(list))  # by "kind.name"
    benchmarks: dict[str, list[Traversable]] = field(default_factory=lambda: defaultdict(list))
    manager: pluggy.PluginManager = field(default_factory=lambda: pluggy.PluginManager(hooks.GROUP))
    failed_observers: set[tuple[str, str]] = field(default_factory=set)  # hook and plugin

    def notify(self, hook: str, warn: Callable[[str], None], **values: Any) -> None:
        """Call a hook of every observer. One that raises is reported once, and neither the others nor the run end.

        Args:
            hook: name of the hook.
            warn: receives a message about each observer that raises.
            values: arguments of the hook.
        """
        plugins = self.manager.get_plugins()
        for observer in [found.plugin for found in getattr(self.manager.hook, hook).get_hookimpls()]:
            call = self.manager.subset_hook_caller(hook, plugins - {observer})
            try:
                call(**values)
            except Exception as error:
                name = str(self.manager.get_name(observer))
                if (hook, name) not in self.failed_observers:
                    self.failed_observers.add((hook, name))
                    reason = f"{type(error).__name__}: {error}"
                    warn(f"{hook} of plugin {name} failed ({reason}); the run goes on without it: repair the plugin")

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
            UnknownName: no plugin registered it.
            UsageError: more than one plugin registered it.
            ComponentError: its module cannot be imported, or the class does not fulfil the contract of its kind.
        """
        entries = self.components.get(f"{kind}.{name}", [])
        if not entries:
            raise self.unknown(kind, name, self.names(kind), where)
        if len(entries) > 1:
            owners = " and ".join(entry.plugin for entry in entries)
            raise UsageError(f"{kind} {name!r} is registered by {owners}; rename yours, or uninstall the other")
        return entries[0].resolve(f"{kind}.{name}")

    def unknown(self, what: str, name: str, known: Iterable[str], where: str = "", all_by: str = "") -> UnknownName:
        """Return the error for an unknown name, which says which plugins are broken: it may be of one of them.

        The arguments are those of `eegrecon.errors.unknown`.
        """
        broken = [plugin for plugin in self.plugins if plugin.broken]
        for plugin in broken:
            if plugin.is_called(name):
                place = f" ({where})" if where else ""
                return UnknownName(
                    f"no {what} called {name!r}{place}: the plugin {plugin.name} of {plugin.distribution} "
                    f"cannot be used: {plugin.broken}; {plugin.repair}"
                )
        error = unknown(what, name, known, where, all_by)
        if (Path(name) / "pyproject.toml").is_file():
            return UnknownName(
                f"no {what} called {name!r} is installed, and a folder has that name; pip install -e {name}"
            )
        missing = "; ".join(f"{plugin.name} of {plugin.distribution} ({plugin.broken})" for plugin in broken)
        return UnknownName(f"{error}. Broken plugins, whose names are missing: {missing}") if broken else error

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
            UsageError: more than one plugin has one.
        """
        files = self.benchmarks.get(name, [])
        if not files:
            raise self.unknown("benchmark", name, self.benchmarks)
        if len(files) > 1:
            raise UsageError(f"benchmark {name!r} is registered by several plugins: {', '.join(map(str, files))}")
        return files[0]

    def version_of(self, package: str) -> str:
        """Return the version of the distribution that a plugin package belongs to, or an empty string."""
        return next((plugin.version for plugin in self.plugins if plugin.name == package), "")


def _imported(key: str, entry: Entry) -> Any:
    """Return what an entry names."""
    if not isinstance(entry.target, str):
        return entry.target
    module, _, name = entry.target.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except Exception as error:
        raise ComponentError(
            f"{key} of plugin {entry.plugin} cannot be imported from {entry.target!r}: "
            f"{type(error).__name__}: {error}; reinstall or repair the plugin"
        ) from error


def _spelt(name: str) -> str:
    return name.lower().replace("-", "_")


def _article(noun: str) -> str:
    return f"{'an' if noun[0] in 'AE' else 'a'} {noun}"
