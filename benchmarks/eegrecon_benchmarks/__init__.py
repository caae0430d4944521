"""The benchmark files that are distributed with eegrecon."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from eegrecon import hookimpl


@hookimpl
def eegrecon_benchmarks() -> Traversable:
    """Return the folder of this package, which contains the files."""
    return files("eegrecon_benchmarks")
