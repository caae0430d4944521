"""Versions of libraries and of the machine, on which numbers can depend although no key contains them."""

from __future__ import annotations

import importlib.metadata
import os
import platform
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from eegrecon.interfaces.components import Component
from eegrecon.registry.source import distributions

_LIBRARIES = (
    "eegrecon", "numpy", "scipy", "torch", "torchvision", "diffusers", "transformers", "open-clip-torch",
    "torch-fidelity", "safetensors", "pillow",
)  # fmt: skip


THREADS = ("threads", "threads of pictures")
"""How many threads computed the networks that are trained and applied, and those that generate and judge pictures."""


@lru_cache(maxsize=1)
def environment() -> Mapping[str, str]:
    """Return the versions of libraries, of Python and of the machine, by name."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    machine = {"python": platform.python_version(), "system": platform.platform(), "machine": platform.machine()}
    return {**versions, **machine, "cores": str(os.cpu_count())}


def environment_of(component: Component | None) -> dict[str, str]:
    """Return what a stage records: the environment, and the versions of all libraries that its component imports."""
    imported = {} if component is None else distributions((type(component).__module__,))
    return {**environment(), **{name.lower().replace("_", "-"): version for name, version in imported.items()}}


def recorded(descriptions: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the environments in which stages were computed, with devices and threads.

    Args:
        descriptions: those of the stages' artifacts; of an artifact that was imported, no environment is known.

    Returns:
        The value by name; where stages differ, all values with commas.
    """
    values: dict[str, set[str]] = {"device": set(), **{name: set() for name in THREADS}}
    for meta in descriptions:
        of_networks = {name: meta[name] for name in ("device", *THREADS) if name in meta}
        for name, value in {**meta.get("environment", {}), **of_networks}.items():
            values.setdefault(name, set()).add(value)
    return {name: ", ".join(sorted(found)) for name, found in values.items()}


def mixed_threads(recorded: Mapping[str, str]) -> list[str]:
    """Return a note for each kind of threads of which stages of one run had different numbers."""
    return [
        f"{name}: stages of this run, some of them from the store, were computed with {recorded[name]}; sums in "
        "another order train another network and move scores a little (--recompute computes stages again)"
        for name in THREADS
        if ", " in recorded[name]
    ]
