"""Checks from which components are exempt, found without importing those that declare none."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from eegrecon.errors import EegreconError
from eegrecon.interfaces.components import Component
from eegrecon.registry.catalog import Catalog, Entry

_DECLARED = re.compile(rb"^\s+exempt\b[^\n=]*=", re.MULTILINE)  # in the body of a class


def lines(cls: type[Component]) -> list[str]:
    """Return a line for each check that a component is exempt from, with the reason."""
    return [f"{check}: {reason}" for check, reason in cls.exempt.items()]


def exempt(catalog: Catalog, kind: str) -> Mapping[str, list[str]]:
    """Return the exemptions of the components of a kind, by name, of those that have any.

    Only components of packages whose source declares an exemption are imported; one that cannot be is left out, and
    says so where it is used.
    """
    found = {}
    for name in catalog.names(kind):
        entries = catalog.components[f"{kind}.{name}"]
        if not any(_may_declare(entry) for entry in entries):
            continue
        try:
            found[name] = [line for entry in entries for line in lines(entry.resolve(f"{kind}.{name}"))]
        except EegreconError:
            continue
    return {name: exemptions for name, exemptions in found.items() if exemptions}


def _may_declare(entry: Entry) -> bool:
    return not isinstance(entry.target, str) or _declares(entry.target.partition(":")[0].partition(".")[0])


@lru_cache(maxsize=256)
def _declares(package: str) -> bool:
    """Return whether a file of a package has an assignment to ``exempt`` in the body of a class."""
    return any(_DECLARED.search(file.read_bytes()) for file in _files(package))


def _files(package: str) -> Iterator[Path]:
    spec = importlib.util.find_spec(package)
    if spec is None:
        return
    for folder in spec.submodule_search_locations or ():
        yield from Path(folder).rglob("*.py")
    if not spec.submodule_search_locations and spec.origin and spec.origin.endswith(".py"):
        yield Path(spec.origin)
