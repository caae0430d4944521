"""Execution of a stage graph: cached artifacts are reused, missing ones computed in order."""

from __future__ import annotations

import contextlib
import errno
import shutil
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.errors import OF_ONE_ROW, ComponentError, EegreconError, NotApplicable, unknown
from eegrecon.pipeline.context import ExecutionContext, StageContext, StageKind
from eegrecon.pipeline.costs.records import CPU, cost_record
from eegrecon.pipeline.environment import environment_of
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.run import limited_threads, torch_seeded
from eegrecon.pipeline.storage.store import Artifact, Store

Observer = Callable[[str, float, bool], None]  # receives stage, seconds, and whether it was a cache hit


@dataclass(frozen=True)
class PlannedStage:
    """A stage of a dry run.

    Attributes:
        stage: the stage.
        state: "in store", "to run", or "not needed" (everything that reads it is in the store).
        variants: labels of the variants that use it.
    """

    stage: Stage
    state: str
    variants: tuple[str, ...]


@dataclass(frozen=True)
class Execution:
    """The outcome of executing a graph, by key.

    Attributes:
        hits: whether a stage that was needed came from the store.
        unavailable: why a stage has no product, where the first variant does not need it.
        failed: the unavailable stages that failed; the others do not apply.
    """

    hits: dict[str, bool]
    unavailable: dict[str, str]
    failed: frozenset[str]


def dependents(graph: Graph, names: Iterable[str]) -> frozenset[str]:
    """Return the keys of the stages of these names or kinds, and of every stage that reads one of them.

    Raises:
        UnknownName: the graph has no stage of that name.
    """
    known = {name for stage in graph.stages.values() for name in (stage.name, stage.kind)}
    for name in names:
        if name not in known:
            raise unknown("stage", name, known, "--recompute")
    found: set[str] = set()
    for key, stage in graph.stages.items():  # each comes after its inputs
        if {stage.name, stage.kind} & set(names) or found.intersection(graph.inputs(key)):
            found.add(key)
    return frozenset(found)


def dry_run(graph: Graph, store: Store, recomputed: Collection[str] = ()) -> list[PlannedStage]:
    """Return what `execute` would do; stages to be recomputed count as absent."""

    def stored(stage: Stage) -> bool:
        return stage.key not in recomputed and store.has(stage.kind, stage.key)

    needed, users = set(_needed(graph, stored)), graph.users()
    planned = []
    for key, stage in graph.stages.items():
        state = "to run" if key in needed else "in store" if stored(stage) else "not needed"
        planned.append(PlannedStage(stage, state, users.get(key, ())))
    return planned


def _needed(graph: Graph, stored: Callable[[Stage], bool]) -> list[str]:
    """Return the absent stages that are shown or that another absent stage reads, in order."""
    needed: set[str] = set()
    todo = [key for cell in graph.cells for key in cell.outputs]
    seen: set[str] = set()
    while todo:
        key = todo.pop()
        if key in seen:
            continue
        seen.add(key)
        if not stored(graph.stages[key]):
            needed.add(key)
            todo.extend(graph.inputs(key))
    return [key for key in graph.stages if key in needed]


def execute(context: ExecutionContext, kinds: Mapping[str, StageKind], observe: Observer) -> Execution:
    """Compute whatever is missing. A stage that the first variant does not need may fail: its variants show why.

    Args:
        context: the graph and its store.
        kinds: how each kind of stage is computed.
        observe: called at the end of every stage.

    Raises:
        EegreconError: a stage of the first variant failed, or the store cannot be written.
    """
    graph, store = context.graph, context.store
    hits: dict[str, bool] = {}
    unavailable: dict[str, str] = {}
    failed: set[str] = set()
    needed = _needed(graph, lambda stage: store.get(stage.kind, stage.key) is not None)
    required, users, absent = graph.required(), graph.users(), frozenset(needed)
    for key, stage in graph.stages.items():
        if key not in absent and store.has(stage.kind, key):
            hits[key] = True
            observe(stage.name, 0.0, True)
    for number, key in enumerate(needed, 1):
        stage = graph.stages[key]
        missing = next((source for source in graph.inputs(key) if source in unavailable), None)
        if missing is not None:
            unavailable[key] = unavailable[missing]
            failed |= {key} if missing in failed else set()
            continue
        context.console.info(f"[{number}/{len(needed)}] {stage.name}{_owner(stage, users)}")
        try:
            hits[key], seconds = _obtain(stage, context, kinds)
        except OF_ONE_ROW as error:
            if key in required:
                raise
            unavailable[key] = str(error)
            if not isinstance(error, NotApplicable):
                failed.add(key)
                context.console.warn(str(error))
            continue
        context.console.detail(f"{seconds:.1f} s")
        observe(stage.name, 0.0 if hits[key] else seconds, hits[key])
    return Execution(hits, unavailable, frozenset(failed))


def _obtain(stage: Stage, context: ExecutionContext, kinds: Mapping[str, StageKind]) -> tuple[bool, float]:
    """Compute a stage, unless another run has done so; return whether it had, and the seconds it took."""
    with context.store.lock(stage.kind, stage.key):
        stored = context.store.get(stage.kind, stage.key)
        artifact = stored or compute(stage, context, kinds)
    return stored is not None, float(artifact.meta["seconds"])


def _owner(stage: Stage, users: Mapping[str, Sequence[str]]) -> str:
    """Return the subject of a stage and the first variant that needs it, for the progress line."""
    label = next(iter(users.get(stage.key, ())), "")
    subject = "" if stage.owner is None else f"subject {stage.owner}, "
    return f" ({subject}{label})"


def compute(stage: Stage, context: ExecutionContext, kinds: Mapping[str, StageKind]) -> Artifact:
    """Compute a stage and store its product.

    Raises:
        EegreconError: it failed; the message names stage and component.
    """
    run, kind = context.run(stage), kinds[stage.kind]
    start = time.perf_counter()
    seeded: Any = torch_seeded(run.seed, context.device) if kind.network else contextlib.nullcontext()
    limited = limited_threads(0 if kind.all_cores else context.threads, network=kind.network)
    try:
        with seeded, limited as threads:
            product = kind.compute(StageContext(stage, run, context))
    except EegreconError:
        raise
    except Exception as error:
        raise _explained(stage, error) from error
    meta = {
        "name": stage.name,
        "seconds": round(time.perf_counter() - start, 3),
        "notes": run.notes,
        "logs": run.logs,
        "metadata": product.metadata,
        "environment": environment_of(stage.component),
        "cost": cost_record(stage.like, run.device if kind.network else CPU, threads),
    }
    meta |= {"device": run.device} if kind.network else {}
    meta |= {"threads": str(threads)} if kind.network and not kind.all_cores else {}
    if stage.current_key is not None and stage.current_key() != stage.key:
        raise ComponentError(
            f"source code or files of stage {stage.name} changed while it was computed, so its product is not stored; "
            "run the same command again"
        )
    artifact = context.store.put(stage.kind, stage.key, product.arrays, meta)
    shutil.rmtree(context.store.root / "scratch" / stage.kind / stage.key, ignore_errors=True)
    return artifact


_OF_SYSTEM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EMFILE, errno.ENFILE}


def _explained(stage: Stage, error: Exception) -> EegreconError:
    """Return the error of a stage with the component that raised it and how to continue.

    A full disk, and what else concerns every stage, is no error of the component.
    """
    component = stage.component
    if isinstance(error, OSError) and error.errno in _OF_SYSTEM:
        return EegreconError(
            f"stage {stage.name} stopped: {error}. Finished stages are in the store: repair the cause, or set "
            "EEGRECON_HOME to another folder, and run the same command again"
        )
    name = "" if component is None else f" ({type(component).__module__}.{type(component).__name__})"
    return ComponentError(
        f"stage {stage.name}{name} failed: {type(error).__name__}: {error}. "
        "Finished stages are in the store: run the same command again to resume, with --debug for a traceback"
    )
