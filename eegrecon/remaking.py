"""Make a row a second time, from the recordings to the pictures, and see whether the same comes out."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eegrecon.runner import execute
from eegrecon.stages import Graph
from eegrecon.store import Store
from eegrecon.workshop import Workshop

_TAKEN_OVER = "prepare"  # the conversion of a data set's files, which may be gigabytes


def remake(shop: Workshop, store: Store) -> Mapping[str, float]:
    """Make the first row, subject and seed again in a store of its own; return each stage's largest difference.

    A difference is the largest absolute one between any two numbers of a stage's two products; infinite where their
    shapes or names differ. What was prepared from a data set's files is taken over.

    Args:
        shop: the finished run.
        store: where its stages are.
    """
    first = replace(shop.graph.rows[0], audits={})
    graph = Graph({key: shop.graph.stages[key] for key in shop.graph.behind(*first.stages)}, [first])
    with tempfile.TemporaryDirectory(prefix="twice-", dir=store.root) as folder:
        other = Store(Path(folder), shop.console.warn)
        if (store.root / _TAKEN_OVER).is_dir():
            (other.root / _TAKEN_OVER).symlink_to(store.root / _TAKEN_OVER, target_is_directory=True)
        again = Workshop(graph, other, shop.console, shop.asked_device, shop.precision)
        execute(again, lambda stage, seconds, hit: None)
        return {
            stage.name: _difference(shop.artefact(key).arrays, again.artefact(key).arrays)
            for key, stage in graph.stages.items()
            if stage.kind != _TAKEN_OVER
        }


def _difference(one: Mapping[str, NDArray[np.generic]], other: Mapping[str, NDArray[np.generic]]) -> float:
    if one.keys() != other.keys() or any(one[name].shape != other[name].shape for name in one):
        return float("inf")
    largest = [_largest(one[name], other[name]) for name in one if one[name].size]
    return max(largest, default=0.0)


def _largest(one: NDArray[np.generic], other: NDArray[np.generic]) -> float:
    if np.array_equal(one, other, equal_nan=one.dtype.kind == "f"):
        return 0.0
    difference = np.abs(np.asarray(one, np.float64) - np.asarray(other, np.float64))
    return float(np.nan_to_num(difference, nan=np.inf).max()) or float("inf")
