"""Work through a stage graph: what is in the store is taken, what is not is made, in order, each once."""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Any

from eegrecon.ablation import Variant
from eegrecon.components import Component, Precision
from eegrecon.console import Console
from eegrecon.contract_checks import METHODS, wrote_to_input
from eegrecon.errors import ComponentError, DataError, EegreconError, Impossible, unknown
from eegrecon.stage_run import StageRun, threads, torch_seeded
from eegrecon.stages import Graph, Row, Stage, prepared
from eegrecon.store import Artefact, Store, home
from eegrecon.work import KINDS, USES_TORCH
from eegrecon.workshop import Workshop

Finished = Callable[[str, float, bool], None]  # the observers' hook: stage, seconds, hit


@dataclass(frozen=True)
class Step:
    """A stage of a plan, and what would happen to it."""

    stage: Stage
    state: str  # "in store", "to run", or "not needed": everything that reads it is in the store
    rows: tuple[str, ...]  # labels of the rows that use it


def ends(row: Row) -> list[str]:
    """Return the stages that a row is read from when it is shown."""
    shown = (*row.scores.values(), row.test, row.features, row.reference, row.generated, *row.audits.values())
    return [key for key in shown if key]


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
        rows = tuple(dict.fromkeys(row.variant.label for row in graph.rows if _uses(row, key)))
        result.append(Step(stage, state, rows))
    return result


def _uses(row: Row, key: str) -> bool:
    return key in row.stages or key in row.audits.values()


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


@dataclass(frozen=True)
class Executed:
    """What became of a graph's stages, by key.

    Attributes:
        hits: whether each stage that is shown or was made came from the store.
        lost: why a stage could not be made, where the first row does without it: its own reason, or that of an input.
        failed: those of the lost that failed; the others cannot be, and nobody is to blame.
    """

    hits: dict[str, bool]
    lost: dict[str, str]
    failed: frozenset[str]


def execute(shop: Workshop, finished: Finished) -> Executed:
    """Make whatever is missing. A stage that the first row does without may fail: its rows say why.

    Raises:
        EegreconError: a stage of the first row failed, or the store cannot be written; the message says how to go on.
    """
    graph = shop.graph
    hits: dict[str, bool] = {}
    lost: dict[str, str] = {}
    failed: set[str] = set()
    needed = _needed(graph, lambda stage: shop.store.get(stage.kind, stage.key) is not None)
    vital = {key for row in graph.rows if row.variant == graph.rows[0].variant for key in row.stages}
    for key, stage in graph.stages.items():
        if key not in needed and shop.store.has(stage.kind, key):
            hits[key] = True
            finished(stage.name, 0.0, True)
    for number, key in enumerate(needed, 1):
        stage = graph.stages[key]
        missing = next((given for given in graph.inputs(key) if given in lost), None)
        if missing is not None:
            lost[key] = lost[missing]
            failed |= {key} if missing in failed else set()
            continue
        shop.console.say(f"[{number}/{len(needed)}] {stage.name}{_whose(stage, graph)}")
        try:
            hits[key], seconds = _obtain(stage, shop)
        except (Impossible, ComponentError, DataError) as error:
            if key in vital:
                raise
            lost[key] = str(error)
            if not isinstance(error, Impossible):
                failed.add(key)
                shop.console.warn(str(error))
            continue
        shop.console.detail(f"{seconds:.1f} s")
        finished(stage.name, 0.0 if hits[key] else seconds, hits[key])
    return Executed(hits, lost, frozenset(failed))


def _obtain(stage: Stage, shop: Workshop) -> tuple[bool, float]:
    """Make a stage, unless another run has since this one began; return whether it had, and the seconds it took."""
    with shop.store.lock(stage.kind, stage.key):
        there = shop.store.get(stage.kind, stage.key) is not None
        artefact = shop.artefact(stage.key) if there else _make(stage, shop)
    return there, float(artefact.meta["seconds"])


def settled(graph: Graph, executed: Executed) -> Graph:
    """Return the graph with the rows as they can be shown: what was lost of a row leaves its reason behind.

    A metric that was lost for one subject or seed is left out of its row for all: a mean over fewer would stand beside
    means over all.
    """
    blank: dict[Variant, dict[str, str]] = {}
    for row in graph.rows:
        reasons = {metric: executed.lost[key] for metric, key in row.scores.items() if key in executed.lost}
        blank.setdefault(row.variant, {}).update(reasons)
    rows = [
        dataclasses.replace(
            row,
            scores={metric: key for metric, key in row.scores.items() if metric not in blank[row.variant]},
            blank={**row.blank, **blank[row.variant]},
            features=None if row.features in executed.lost else row.features,
            generated=None if row.generated in executed.lost else row.generated,
            stages=tuple(key for key in row.stages if key not in executed.lost),
        )
        for row in graph.rows
    ]
    return Graph(graph.stages, rows)


def _whose(stage: Stage, graph: Graph) -> str:
    """Say whose stage it is: the subject, and the first row that needs it."""
    row = next((row.variant.label for row in graph.rows if _uses(row, stage.key)), "")
    subject = "" if stage.whose is None else f"subject {stage.whose}, "
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
    meta |= {"device": run.device, "threads": str(threads())} if stage.kind in USES_TORCH else {}
    artefact = shop.store.put(stage.kind, stage.key, arrays, meta)
    shutil.rmtree(shop.store.root / "scratch" / stage.kind / stage.key, ignore_errors=True)
    return artefact


def standalone_run(
    component: Component,
    key: str,
    console: Console,
    name_of: Callable[[type[Component]], str],
    device: str = "cpu",
    precision: Precision = "fp32",
) -> StageRun:
    """Return a Run for work outside a graph, with the component's preparations made.

    Args:
        component: who will work.
        key: names its scratch folder.
        console: where progress is shown.
        name_of: gives the registered name of a component's class.
        device: where networks run.
        precision: of the networks.
    """
    store = Store(home(), console.warn)
    graph = Graph()
    inputs = prepared(graph, component, name_of, "held")
    shop = Workshop(graph, store, console, device, precision)
    for stage in graph.stages.values():
        if store.get(stage.kind, stage.key) is None:
            _make(stage, shop)
    return shop.run(Stage("export", "export", key, component, None, None, None, inputs=inputs))
