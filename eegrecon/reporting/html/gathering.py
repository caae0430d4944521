"""What a report needs of a run that is not in its result or trials, gathered once from the products of its stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from eegrecon.interfaces.data import Floats
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.storage.store import Artifact
from eegrecon.reporting.html.examples import encoded, examples_of
from eegrecon.reporting.html.material import SCHEMA, Material, Views
from eegrecon.reporting.result import Result
from eegrecon.reporting.trials import Line


def gather(result: Result, graph: Graph, artifacts: Artifacts, lines: Mapping[int, Sequence[Line]]) -> Material:
    """Return the material of a run.

    Args:
        result: the result.
        graph: its graph, without unavailable stages.
        artifacts: products of the stages.
        lines: the lines of ``trials.csv`` of each cell, by the number of the cell in the graph.
    """
    first = graph.cells[0]
    drawn = bool(first.generated and first.reference)
    described = artifacts[first.description] if first.description else None
    absent = "the description of the data failed" if described is None else str(described.metadata.get("absent", ""))
    return Material(
        schema=SCHEMA,
        examples=examples_of(result, graph, artifacts, lines) if drawn else None,
        examples_absent="" if drawn else "the first row generates no pictures",
        views=None if described is None or absent else _views(first.subject, described, _maps(first.maps, artifacts)),
        views_absent=absent,
    )


def _maps(key: str | None, artifacts: Artifacts) -> Artifact | None:
    return artifacts[key] if key else None


def _views(subject: int, described: Artifact, drawn: Artifact | None) -> Views:
    about, arrays = described.metadata, described.arrays
    names = about["channels"]
    bands = tuple((str(name), int(low), int(high)) for name, low, high in about["bands"])
    return Views(
        subject=subject,
        trials=about["trials"],
        of=about["of"],
        unit=about["unit"],
        baseline=about["baseline"],
        times=tuple(about["times"]),
        channels=tuple(names[channel] for channel in about["shown"]),
        classes=tuple(about["classes"]),
        of_classes=about["of_classes"],
        responses=_numbers(arrays["responses"]),
        grand=_numbers(arrays["grand"]),
        bands=bands,
        latencies=tuple(about["latencies"]),
        **_of_maps(drawn, arrays.get("power"), names),
    )


def _of_maps(drawn: Artifact | None, power: Floats | None, names: Sequence[str]) -> dict[str, Any]:
    """Return the maps with their scales and peaks, or why there are none."""
    if drawn is None:
        return {"maps_absent": "the drawing of the maps failed"}
    if "maps" not in drawn.arrays or power is None:
        return {"maps_absent": str(drawn.metadata.get("absent", ""))}
    size = drawn.arrays["maps"].shape[2:4]
    return {
        "scales": tuple(drawn.metadata["scales"]),
        "peaks": tuple(tuple(_peak(values, names) for values in of_band) for of_band in power),
        "maps": tuple(tuple(encoded(np.asarray(one), size) for one in of_band) for of_band in drawn.arrays["maps"]),
    }


def _peak(values: Floats, names: Sequence[str]) -> tuple[str, float]:
    """Return the channel with the most power, and its power."""
    strongest = int(np.argmax(values))
    return names[strongest], round(float(values[strongest]), 2)


def _numbers(values: Floats) -> Any:
    """Return nested tuples of numbers with four digits, which is finer than a line is drawn."""
    if np.ndim(values) > 1:
        return tuple(_numbers(value) for value in values)
    return tuple(float(f"{value:.4g}") for value in values)
