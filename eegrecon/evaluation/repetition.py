"""Repetition of one cell, from the recordings to the scores, and its comparison with the first computation."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eegrecon.pipeline.context import ExecutionContext, StageKind
from eegrecon.pipeline.executor import execute
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.storage.store import Store

_REUSED = "prepare"  # converted files of a data set can take gigabytes


def repeat(context: ExecutionContext, kinds: Mapping[str, StageKind]) -> Mapping[str, float]:
    """Compute the first cell again in a temporary store, and return the largest absolute difference of each stage.

    A difference is infinite where names or shapes of arrays differ. Converted files of the data set are reused.

    Args:
        context: the finished run.
        kinds: the kinds of stage, by name.

    Returns:
        Differences by name of the stage.
    """
    graph, store = context.graph, context.store
    cell = replace(graph.cells[0], audits={})
    again = Graph({key: graph.stages[key] for key in graph.ancestors(*cell.stages)}, [cell])
    with tempfile.TemporaryDirectory(prefix="twice-", dir=store.root) as folder:
        temporary = Store(Path(folder), context.console.warn)
        if (store.root / _REUSED).is_dir():
            (temporary.root / _REUSED).symlink_to(store.root / _REUSED, target_is_directory=True)
        repeated = ExecutionContext(again, temporary, context.console, context.requested_device, context.precision)
        execute(repeated, kinds, lambda stage, seconds, hit: None)
        return {
            stage.name: _difference(context.artifacts[key].arrays, repeated.artifacts[key].arrays)
            for key, stage in again.stages.items()
            if stage.kind != _REUSED
        }


def _difference(first: Mapping[str, NDArray[np.generic]], second: Mapping[str, NDArray[np.generic]]) -> float:
    if first.keys() != second.keys() or any(first[name].shape != second[name].shape for name in first):
        return float("inf")
    return max((_largest(first[name], second[name]) for name in first if first[name].size), default=0.0)


def _largest(first: NDArray[np.generic], second: NDArray[np.generic]) -> float:
    if np.array_equal(first, second, equal_nan=first.dtype.kind == "f"):
        return 0.0
    difference = np.abs(np.asarray(first, np.float64) - np.asarray(second, np.float64))
    return float(np.nan_to_num(difference, nan=np.inf).max()) or float("inf")
