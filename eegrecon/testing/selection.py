"""Checks of what is installed or in a file, by name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from eegrecon.errors import ComponentError, EegreconError, unknown
from eegrecon.interfaces.components import Component
from eegrecon.registry.catalog import KINDS, Catalog
from eegrecon.registry.discovery import find
from eegrecon.testing.checking import Checked, checked, checks_of

Report = Iterator[tuple[str, Iterator[Checked]]]  # a component, kind.name, and the outcomes of its checks


def check(name: str, kind: str | None, only: Sequence[str], plugins: Sequence[str]) -> Report:
    """Return the outcomes of the checks of every component that a name means.

    Args:
        name: a component, ``kind.name`` or ``name``; an installed plugin; or a file.
        kind: the kind of component to check; None for all.
        only: names of checks; empty for all.
        plugins: further files of plugins.

    Raises:
        UnknownName: there is no such component, plugin, kind or check, or the plugin cannot be used.
    """
    if kind is not None and kind not in KINDS:
        raise unknown("kind", kind, KINDS, "--kind")
    is_file = name.endswith(".py")
    catalog = find(map(Path, (*plugins, name) if is_file else plugins))
    keys = [key for key in _meant(catalog, Path(name).stem if is_file else name, is_file) if _of_kind(key, kind)]
    if not keys and is_file:
        raise _without(catalog, name, kind)
    if not keys:
        raise catalog.unknown(
            f"{kind or 'component'} to check",
            name,
            _known(catalog, kind),
            all_by=f"eegrecon list {kind}s" if kind else "eegrecon list",
        )
    kinds = dict.fromkeys(key.partition(".")[0] for key in keys)
    names = sorted({check.name for kind in kinds for check in checks_of(kind)})
    for wanted in only:
        if wanted not in names:
            raise unknown("check", wanted, names, "--only")
    return ((key, _outcomes(catalog, key, only)) for key in keys)


def _of_kind(key: str, kind: str | None) -> bool:
    return kind is None or key.partition(".")[0] == kind


def _without(catalog: Catalog, file: str, kind: str | None) -> ComponentError:
    """Return the error for a file without a component to check."""
    registered = _meant(catalog, Path(file).stem, is_file=True)
    if registered:
        return ComponentError(f"{file} registers no {kind} but {', '.join(registered)}; leave --kind out")
    return ComponentError(
        f"{file} registers no component: its hook eegrecon_components is missing or returns none; add\n"
        f"@eegrecon.hookimpl\ndef eegrecon_components():\n    return {{'{kind or 'encoder'}.my-name': MyClass}}"
    )


def _known(catalog: Catalog, kind: str | None) -> set[str]:
    plugins = {plugin.name for plugin in catalog.plugins} if kind is None else set()
    return {key.partition(".")[2] for key in catalog.components if _of_kind(key, kind)} | plugins


def _meant(catalog: Catalog, name: str, is_file: bool) -> list[str]:
    """Return the components, ``kind.name``, that a name means."""
    called = {plugin.name for plugin in catalog.plugins if (plugin.name == name if is_file else plugin.is_called(name))}
    of_plugin = [key for key, entries in catalog.components.items() if any(e.plugin in called for e in entries)]
    if is_file:
        return of_plugin
    return [key for key in catalog.components if name in (key, key.partition(".")[2])] or of_plugin


def _outcomes(catalog: Catalog, key: str, only: Sequence[str]) -> Iterator[Checked]:
    kind, _, name = key.partition(".")
    known = {check.name for check in checks_of(kind)}
    chosen = [wanted for wanted in only if wanted in known]
    if only and not chosen:
        return iter(())
    try:
        cls: type[Component] = catalog.get(kind, name)
    except EegreconError as error:  # it does not fulfil the contract: there is nothing to run the other checks on
        contract = next(check for check in checks_of(kind) if check.name == "contract")
        return iter((Checked(contract, error, 0.0),))
    return checked(cls, kind, chosen)
