"""A `Run` for work outside a stage graph, with the preparations of its component computed."""

from __future__ import annotations

from eegrecon.interfaces.components import Component, Precision
from eegrecon.pipeline.context import ExecutionContext
from eegrecon.pipeline.executor import compute
from eegrecon.pipeline.fingerprints import Descriptions
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.planner import NameOf, plan_preparations
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.run import StageRun
from eegrecon.pipeline.stages import STAGES
from eegrecon.pipeline.storage.store import Store, home


def standalone_run(
    component: Component,
    key: str,
    console: Console,
    name_of: NameOf,
    device: str = "cpu",
    precision: Precision = "fp32",
) -> StageRun:
    """Return a `Run` for one component.

    Args:
        component: the component to run.
        key: names its scratch folder.
        console: shows progress.
        name_of: gives the registered name of a component's class.
        device: where networks run.
        precision: of the networks.
    """
    graph = Graph()
    inputs = plan_preparations(graph, component, Descriptions(name_of), "held")
    context = ExecutionContext(graph, Store(home(), console.warn), console, device, precision)
    for stage in graph.stages.values():
        if context.store.get(stage.kind, stage.key) is None:
            compute(stage, context, STAGES)
    return context.run(Stage("export", "export", key, component, None, None, None, inputs=inputs))
