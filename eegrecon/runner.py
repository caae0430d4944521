"""Work through a stage graph: what is in the store is taken, what is not is made, in order, each once."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from eegrecon.components import Component
from eegrecon.console import Console
from eegrecon.contract_checks import METHODS, wrote_to_input
from eegrecon.errors import ComponentError, EegreconError, unknown
from eegrecon.stage_run import StageRun, torch_seeded
from eegrecon.stages import Graph, Row, Stage, prepared
from eegrecon.store import Artefact, Store, home
from eegrecon.work import KINDS, USES_TORCH, Workshop

Finished = Callable[[str, float, bool], None]  # the observers' hook: stage, seconds, hit


@dataclass(frozen=True)
class Step:
    """A stage of a plan, and what would happen to it."""

    stage: Stage
    state: str  # "in store", "to run", or "not needed": everything that reads it is in the store
    rows: tuple[str, ...]  # labels of the rows that use it


def ends(row: Row) -> list[str]:
    """Return the stages that a row is read from when it is shown."""
    return [key for key in (*row.scores.values(), row.test, row.features, row.reference, row.generated) if key]


def made_anew(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    """Return the keys of stages of these names or kinds, and of every stage that reads one of them.

    Raises:
        UnknownName: no stage of the graph is called so.
    """
    known = {name for stage in graph.stages.values() for name in (stage.name, stage.kind)}
    for name in names:
        if name not in known:
            raise unknown("stage", name, known, "--fresh")
    anew: set[str] = set()
    for key, stage in graph.stages.items():  # in an order in which each comes after its inputs
        if {stage.name, stage.kind} & set(names) or anew.intersection(graph.inputs(key)):
            anew.add(key)
    return frozenset(anew)


def steps(graph: Graph, store: Store, anew: Collection[str] = ()) -> list[Step]:
    """Say what would be done for a graph, exactly, without doing it; stages to be made anew count as absent."""

    def has(stage: Stage) -> bool:
        return stage.key not in anew and store.has(stage.kind, stage.key)

    needed = _needed(graph, has)
    result = []
    for key, stage in graph.stages.items():
        there = has(stage)
        state = "in store" if there else "to run" if key in needed else "not needed"
        rows = tuple(dict.fromkeys(row.variant.label for row in graph.rows if key in row.stages))
        result.append(Step(stage, state, rows))
    return result


def _needed(graph: Graph, there: Callable[[Stage], bool]) -> list[str]:
    """Return the stages that must be made, in order: those absent that something absent or shown reads."""
    needed: set[str] = set()
    todo = [key for row in graph.rows for key in ends(row)]
    while todo:
        key = todo.pop()
        if key not in needed and not there(graph.stages[key]):
            needed.add(key)
            todo.extend(graph.inputs(key))
    return [key for key in graph.stages if key in needed]


def execute(shop: Workshop, finished: Finished) -> dict[str, bool]:
    """Make whatever is missing; return, by key, whether each stage that is shown or was made came from the store.

    Raises:
        EegreconError: a stage failed; the message names it and how to go on.
    """
    hits: dict[str, bool] = {}
    needed = _needed(shop.graph, lambda stage: shop.store.get(stage.kind, stage.key) is not None)
    for key, stage in shop.graph.stages.items():
        if key not in needed and shop.store.has(stage.kind, key):
            hits[key] = True
            finished(stage.name, 0.0, True)
    for number, key in enumerate(needed, 1):
        stage = shop.graph.stages[key]
        shop.console.say(f"[{number}/{len(needed)}] {stage.name}{_whose(stage, shop.graph)}")
        with shop.store.lock(stage.kind, key):
            hits[key] = shop.store.get(stage.kind, key) is not None  # by another run, since this one began
            artefact = shop.artefact(key) if hits[key] else _make(stage, shop)
        seconds = float(artefact.meta["seconds"])
        shop.console.detail(f"{seconds:.1f} s")
        finished(stage.name, 0.0 if hits[key] else seconds, hits[key])
    return hits


def _whose(stage: Stage, graph: Graph) -> str:
    """Say whose stage it is: the subject, and the first row that needs it."""
    row = next((row.variant.label for row in graph.rows if stage.key in row.stages), "")
    subject = "" if stage.subject is None or stage.share == "pool" else f"subject {stage.subject}, "
    return f" ({subject}{row})"


def _make(stage: Stage, shop: Workshop) -> Artefact:
    run = shop.run(stage)
    start = time.perf_counter()
    seeded: Any = torch_seeded(run.seed, shop.device) if stage.kind in USES_TORCH else contextlib.nullcontext()
    try:
        with seeded:
            arrays, said = KINDS[stage.kind](stage, shop, run)
    except EegreconError:
        raise
    except Exception as error:
        if isinstance(error, ValueError) and "read-only" in str(error) and stage.component is not None:
            raise wrote_to_input(stage.component, METHODS.get(stage.kind, stage.kind)) from error
        who = (
            "" if stage.component is None else f" ({type(stage.component).__module__}.{type(stage.component).__name__})"
        )
        raise ComponentError(
            f"stage {stage.name}{who} failed: {type(error).__name__}: {error}. "
            "What was finished is in the store: run the same command again to go on, with --debug to see where"
        ) from error
    seconds = time.perf_counter() - start
    meta = {"name": stage.name, "seconds": round(seconds, 3), "notes": run.notes, "logs": run.logs, "said": said}
    meta |= {"device": run.device} if stage.kind in USES_TORCH else {}
    artefact = shop.store.put(stage.kind, stage.key, arrays, meta)
    shutil.rmtree(shop.store.root / "scratch" / stage.kind / stage.key, ignore_errors=True)
    return artefact


def standalone_run(
    component: Component, key: str, console: Console, name_of: Callable[[type[Component]], str]
) -> StageRun:
    """Return a Run for work outside a graph, with the component's preparations made.

    Args:
        component: who will work.
        key: names its scratch folder.
        console: where progress is shown.
        name_of: gives the registered name of a component's class.
    """
    store = Store(home(), console.warn)
    graph = Graph()
    inputs = prepared(graph, component, name_of)
    shop = Workshop(graph, store, console, "cpu", "fp32")
    for stage in graph.stages.values():
        if store.get(stage.kind, stage.key) is None:
            _make(stage, shop)
    return shop.run(Stage("export", "export", key, component, None, None, None, inputs=inputs))
