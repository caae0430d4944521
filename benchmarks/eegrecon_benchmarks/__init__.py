"""The benchmark files that come with eegrecon."""

from __future__ import annotations

from importlib.resources import files
from importlib.resources.abc import Traversable

from eegrecon import hookimpl


@hookimpl
def eegrecon_benchmarks() -> Traversable:
    """Return the folder of this package, where the files lie."""
    return files("eegrecon_benchmarks")
