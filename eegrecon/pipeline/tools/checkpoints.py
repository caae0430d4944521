"""Import of published checkpoints into the store, in the place of stages that would be trained."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from eegrecon.benchmark.request import Request
from eegrecon.errors import DataError, UsageError
from eegrecon.interfaces import output_checks
from eegrecon.interfaces.data import Arrays
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.planner import plan
from eegrecon.pipeline.storage.store import Store
from eegrecon.registry.resources import content_digest

_TRAINED = ("fit", "align-fit")  # kinds of stage


def import_checkpoints(request: Request, store: Store, files: Sequence[str], *, replace: bool = False) -> list[str]:
    """Store the weights of checkpoints as the products of the stages that *Full* would train.

    Every result that reads such a stage carries a note that its weights were imported.

    Args:
        request: the benchmark, with one subject.
        store: receives the weights.
        files: the checkpoints.
        replace: overwrite stages that the store has.

    Returns:
        One line for each stage.

    Raises:
        UsageError: not exactly one subject, or a stage is in the store already.
        MissingFiles: there is no such file.
        DataError: a file belongs to another method, has other sizes, or fits no stage.
    """
    if len(request.subjects) != 1:
        raise UsageError("a checkpoint's encoder and aligner belong to one subject; name it with --subject")
    options, name_of = request.options, request.selection.catalog.name_of
    graph = plan(request.variants[:1], request.subjects, request.seeds, options.precision, name_of)
    lines = []
    for file in files:
        found = list(_matching_stages(graph, file))
        if not found:
            selection = request.selection
            raise DataError(
                f"{file} holds no weights for any stage of {selection.definition.name}, profile {selection.profile}; "
                "choose the profile that the checkpoint was trained with"
            )
        for stage, _ in found:
            if store.has(stage.kind, stage.key) and not replace:
                raise UsageError(f"{stage.name} is in the store already; --replace overwrites it with {file}")
        for stage, weights in found:
            store.discard(stage.kind, stage.key)
            note = (
                f"{stage.name}: weights imported from {Path(file).name} ({content_digest(file)[:8]}), not trained "
                "here; the trials of their training and selection are unknown"
            )
            meta = {"name": stage.name, "seconds": 0.0, "notes": [note], "logs": [], "metadata": {}}
            store.put(stage.kind, stage.key, weights, meta)
            owner = "all subjects" if stage.owner is None else f"subject {stage.owner}"
            numbers = sum(array.size for array in weights.values())
            lines.append(f"{stage.name} ({owner}): {numbers:,} numbers from {file}")
    return lines


def _matching_stages(graph: Graph, file: str) -> Iterator[tuple[Stage, Arrays]]:
    """Yield the stages that a checkpoint holds weights for, and the weights."""
    for key in graph.cells[0].stages:
        stage = graph.stages[key]
        if stage.kind in _TRAINED and (weights := stage.component.imported(file)):
            yield stage, output_checks.weights(stage.component, "fit", weights)
