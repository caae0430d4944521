"""Repetition of one cell, from the recordings to the scores, and its comparison with the first computation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from eegrecon.pipeline.context import ExecutionContext, StageKind
from eegrecon.pipeline.executor import execute
from eegrecon.pipeline.graph import Graph

_REUSED = "prepare"  # converted files of a data set can take gigabytes


def repeat(context: ExecutionContext, kinds: Mapping[str, StageKind]) -> Mapping[str, float]:
    """Compute the first cell again in a temporary store, and return the largest absolute difference of each stage.

    A difference is infinite where names or shapes of arrays differ. Converted files of the data set are reused.

    Args:
        context: the finished run.
        kinds: the kinds of stage, by name.

    Returns:
        Differences by name of the stage, and by its key where several stages have one name (the views of two judges).
    """
    graph, store = context.graph, context.store
    cell = replace(graph.without_views().cells[0], audits={})
    again = Graph({key: graph.stages[key] for key in graph.ancestors(*cell.stages)}, [cell])
    with store.temporary(_REUSED) as temporary:
        repeated = ExecutionContext(
            again, temporary, context.console, context.requested_device, context.precision, context.threads
        )
        execute(repeated, kinds, lambda stage, seconds, hit: None)
        compared = {key: stage.name for key, stage in again.stages.items() if stage.kind != _REUSED}
        times = Counter(compared.values())
        return {
            name if times[name] == 1 else f"{name} ({key[:8]})": _difference(
                context.artifacts[key].arrays, repeated.artifacts[key].arrays
            )
            for key, name in compared.items()
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
