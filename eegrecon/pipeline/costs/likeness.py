"""What makes two stages take about as long: the same component, applied to as much data, in the same precision.

Unlike a stage's key, this leaves out what changes numbers but not their amount: source, seed, subject and the inputs'
own keys.
"""

from __future__ import annotations

from typing import Any

from eegrecon.benchmark.builder import Benchmark
from eegrecon.interfaces.components import Component, Precision, Preparation
from eegrecon.pipeline.fingerprints import FULL_PRECISION, Descriptions
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.registry.digests import digest

_OF_PICTURES = ("pictures", "reference", "generated")  # roles of inputs that are pictures


def like_of(stage: Stage, benchmark: Benchmark, precision: Precision, described: Descriptions, graph: Graph) -> str:
    """Return the digest of what the time of a stage depends on.

    Args:
        stage: the stage.
        benchmark: the configuration that it belongs to.
        precision: of the networks.
        described: descriptions of the components.
        graph: has the stages of its inputs.
    """
    size_of, inputs = described.size_of, stage.inputs
    several = stage.share == "pool" or stage.share.endswith(" of all")
    targets = graph.stages[inputs["targets"]].component if "targets" in inputs else None
    return digest({
        "stage": stage.kind,
        "component": stage.component and size_of(stage.component),
        "context": {name: _size(value, described) for name, value in stage.context.items()},
        "data": [size_of(benchmark.dataset), stage.share],
        "subjects": len(benchmark.dataset.permitted(stage.subject or 0)) if several else 1,
        "targets": targets and size_of(targets),
        "pictures": _pictures(stage, benchmark),
        "precision": precision if stage.kind not in FULL_PRECISION else None,
    })  # fmt: skip


def like_of_preparation(preparation: Preparation, described: Descriptions) -> str:
    """Return the digest of what the time of a preparation depends on."""
    return digest({"stage": "prepare", "component": described.size_of(preparation)})


def _size(value: Any, described: Descriptions) -> Any:
    return described.size_of(value) if isinstance(value, Component) else value


def _pictures(stage: Stage, benchmark: Benchmark) -> Any:
    """Return size and number for each trial of the pictures that a stage reads; None where it reads none."""
    if benchmark.generator is None or not any(role in stage.inputs for role in _OF_PICTURES):
        return None
    generated = "generated" in stage.inputs or stage.name == "generated_views"
    return [benchmark.generator.size, benchmark.samples if generated else 1]
