"""Execution of a stage graph: cached artifacts are reused, missing ones computed in order."""

from __future__ import annotations

import contextlib
import errno
import heapq
import shutil
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

from eegrecon.errors import OF_ONE_ROW, ComponentError, EegreconError, NotApplicable, unknown
from eegrecon.pipeline.context import ExecutionContext, StageContext, StageKind
from eegrecon.pipeline.costs.records import CPU, cost_record
from eegrecon.pipeline.environment import THREADS, environment_of
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.run import keep_freed_memory, limited_threads, torch_seeded
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


@dataclass(frozen=True)
class Outcome:
    """What became of one submitted stage.

    Attributes:
        key: key of the stage.
        hit: whether another run had computed it meanwhile.
        seconds: how long its computation took.
        error: why it has no product, where that concerns only the rows that need it.
    """

    key: str
    hit: bool = False
    seconds: float = 0.0
    error: EegreconError | None = None


class Engine(Protocol):
    """Where stages are computed: in this process, or by workers."""

    def submit(self, stage: Stage, number: int, about: str) -> None:
        """Take a stage whose inputs are in the store.

        Args:
            stage: the stage.
            number: its place in the order of the graph.
            about: the line that announces it.
        """

    def finished(self) -> Outcome:
        """Wait for any of the submitted stages, and return what became of it.

        Raises:
            EegreconError: something that concerns every stage failed.
        """


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


def execute(
    context: ExecutionContext,
    kinds: Mapping[str, StageKind],
    observe: Observer,
    opened: Callable[[], AbstractContextManager[Engine]] | None = None,
) -> Execution:
    """Compute whatever is missing. A stage that the first variant does not need may fail: its variants show why.

    Args:
        context: the graph and its store.
        kinds: how each kind of stage is computed.
        observe: called at the end of every stage.
        opened: opens the engine that computes stages, if any is missing; None for this process.

    Raises:
        EegreconError: a stage of the first variant failed, or the store cannot be written.
    """
    graph, store = context.graph, context.store
    needed = _needed(graph, lambda stage: store.get(stage.kind, stage.key) is not None)
    absent, hits = frozenset(needed), {}
    for key, stage in graph.stages.items():
        if key not in absent and store.has(stage.kind, key):
            hits[key] = True
            observe(stage.name, 0.0, True)
    if not needed:
        return Execution(hits, {}, frozenset())
    with opened() if opened else contextlib.nullcontext(InProcess(context, kinds)) as engine:
        return _walk(needed, engine, context, hits, observe)


def _walk(
    needed: Sequence[str], engine: Engine, context: ExecutionContext, hits: dict[str, bool], observe: Observer
) -> Execution:
    """Submit every absent stage when its inputs are there, and gather what becomes of it."""
    graph, required, users = context.graph, context.graph.required(), context.graph.users()
    number = {key: count for count, key in enumerate(needed, 1)}
    open_inputs = {key: {source for source in graph.inputs(key) if source in number} for key in needed}
    readers: dict[str, list[str]] = {key: [] for key in needed}
    for key, sources in open_inputs.items():
        for source in sources:
            readers[source].append(key)
    ready = deque(key for key in needed if not open_inputs[key])
    running = 0
    unavailable: dict[str, str] = {}
    failed: set[str] = set()
    while ready or running:
        if ready:
            key = ready.popleft()
            missing = next((source for source in graph.inputs(key) if source in unavailable), None)
            if missing is None:
                stage = graph.stages[key]
                engine.submit(stage, number[key], f"[{number[key]}/{len(needed)}] {stage.name}{_owner(stage, users)}")
                running += 1
                continue
            unavailable[key] = unavailable[missing]
            failed |= {key} if missing in failed else set()
        else:
            outcome = engine.finished()
            running -= 1
            key, error = outcome.key, outcome.error
            if error is None:
                hits[key] = outcome.hit
                context.console.detail(f"{outcome.seconds:.1f} s")
                observe(graph.stages[key].name, 0.0 if outcome.hit else outcome.seconds, outcome.hit)
            elif key in required:
                raise error
            else:
                unavailable[key] = str(error)
                if not isinstance(error, NotApplicable):
                    failed.add(key)
                    context.console.warn(str(error))
        for reader in readers[key]:
            open_inputs[reader].discard(key)
            if not open_inputs[reader]:
                ready.append(reader)
    return Execution(hits, unavailable, frozenset(failed))


@dataclass
class InProcess:
    """The engine that computes stages in this process, one after the other in the order of the graph."""

    context: ExecutionContext
    kinds: Mapping[str, StageKind]
    _ready: list[tuple[int, str, str]] = field(default_factory=list)  # number, about, key; a heap

    def submit(self, stage: Stage, number: int, about: str) -> None:
        """Take a stage whose inputs are in the store."""
        heapq.heappush(self._ready, (number, about, stage.key))

    def finished(self) -> Outcome:
        """Compute the first of the submitted stages."""
        _, about, key = heapq.heappop(self._ready)
        self.context.console.info(about)
        try:
            hit, seconds = obtain(self.context.graph.stages[key], self.context, self.kinds)
        except OF_ONE_ROW as error:
            return Outcome(key, error=error)
        return Outcome(key, hit, seconds)


def obtain(stage: Stage, context: ExecutionContext, kinds: Mapping[str, StageKind]) -> tuple[bool, float]:
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
    if kind.network:
        keep_freed_memory()
    seeded: Any = torch_seeded(run.seed, context.device) if kind.network else contextlib.nullcontext()
    limited = limited_threads(
        context.cores if kind.all_cores else context.threads or context.cores, network=kind.network
    )
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
    meta |= {THREADS[kind.all_cores]: str(threads)} if kind.network else {}
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
