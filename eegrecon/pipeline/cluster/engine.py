"""The engine that hands stages to the workers of a Dask cluster: one future each, submitted when its inputs exist."""

from __future__ import annotations

import json
import queue
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from distributed import Client, Future
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from eegrecon import errors
from eegrecon.errors import DataError, EegreconError
from eegrecon.pipeline.cluster import worker
from eegrecon.pipeline.cluster.display import Display
from eegrecon.pipeline.cluster.opening import Place, WorkersGone, opened_cluster
from eegrecon.pipeline.cluster.order import CLIENT, PROBE, Order, Plan, keys_of, versions
from eegrecon.pipeline.context import ExecutionContext, StageKind
from eegrecon.pipeline.executor import Outcome
from eegrecon.pipeline.graph import Graph, Stage
from eegrecon.pipeline.storage.store import Store

GPU, MEMORY = "GPU", "MEMORY"  # resources that workers may declare: a device each, and GB of main memory
_LOOK = 2.0  # seconds between looks at the cluster while no stage ends
_ALONE = 60.0  # seconds without any worker after which a run on this machine is given up


@dataclass
class OnWorkers:
    """Stages under way on the workers of a cluster.

    Attributes:
        client: of the cluster.
        kinds: the kinds of stage.
        plan: plans the run on a worker.
        order: the run, as text.
        display: shows what the workers report.
        waits: whether workers may come and go, as those of a batch system do.
    """

    client: Client
    kinds: Mapping[str, StageKind]
    plan: Plan
    order: str
    display: Display
    waits: bool
    _ended: queue.SimpleQueue[Future[Any]] = field(default_factory=queue.SimpleQueue)
    _under_way: dict[Any, tuple[str, Future[Any]]] = field(
        default_factory=dict
    )  # stage and future, by the future's key
    _answers: dict[str, Mapping[str, Any]] = field(default_factory=dict)  # what became of stages that have just ended
    _declared: Mapping[str, float] | None = None
    _seen: float = 0.0

    def check(self) -> str:
        """Let every worker plan the run; return how many there are, with how many threads.

        Raises:
            EegreconError: one of them would not compute the same, or not into the same store.
        """
        workers = list(self._workers())
        asked = [  # another one answers for a worker that dies meanwhile
            self.client.submit(
                worker.prepare, self.plan, self.order, workers=[one], allow_other_workers=True, pure=False
            )
            for one in workers
        ]
        for future in asked:
            future.add_done_callback(self._ended.put)
        answers = [self._next().result() for _ in asked]
        for answer in answers:
            if "refused" in answer:
                raise EegreconError(answer["refused"])
        threads = sorted({str(answer["threads"] or "as its libraries choose") for answer in answers})
        return f"workers: {len(workers)}; threads of each: {' or '.join(threads)}"

    def submit(self, stage: Stage, number: int, about: str) -> None:
        """Submit a stage whose inputs are in the store."""
        self.display.announce(stage.key, about)
        future = self.client.submit(
            worker.compute,
            self.plan,
            self.order,
            stage.key,
            key=f"{stage.kind}-{uuid.uuid4().hex}",
            resources=needs(stage, self.kinds[stage.kind], self._resources()),
            priority=-number,
            pure=False,
        )
        self._under_way[future.key] = stage.key, future
        future.add_done_callback(self._ended.put)

    def event(self, event: Mapping[str, Any]) -> None:
        """Take a message of a worker; what became of a stage comes this way, too, without another request for it."""
        if event["form"] == "result":
            self._answers[event["key"]] = event
        else:
            self.display.event(event)

    def finished(self) -> Outcome:
        """Wait for a stage.

        Raises:
            EegreconError: a worker refuses the run, or the cluster is gone.
        """
        future = self._next()
        key, _ = self._under_way.pop(future.key)
        self.display.ended(key)
        try:
            found = self._answers.pop(key, None) or future.result()
        except KilledWorker as error:
            text = f"too many workers died while they had this stage ({error.last_worker}); give them more memory"
            return Outcome(key, error=DataError(text))
        except FutureCancelledError as error:
            raise EegreconError(f"the cluster's scheduler is gone ({error}); run the same command again") from error
        finally:
            future.release()
        if "refused" in found:
            raise EegreconError(found["refused"])
        if "error" in found:
            return Outcome(key, error=getattr(errors, found["error"])(found["message"]))
        return Outcome(key, found["hit"], found["seconds"])

    def _next(self) -> Future[Any]:
        """Return the next future that is done, and look after the cluster meanwhile."""
        alone_since = time.monotonic()
        while True:
            try:
                return self._ended.get(timeout=_LOOK)
            except queue.Empty:
                if self.client.status != "running":
                    raise EegreconError("the connection to the cluster is lost; run the same command again") from None
                if self._workers() or self.waits:
                    alone_since = time.monotonic()
                elif time.monotonic() - alone_since > _ALONE:
                    raise WorkersGone(f"the cluster has had no worker for {_ALONE:.0f} s") from None

    def _workers(self) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    def _resources(self) -> Mapping[str, float]:
        """Return the most that any worker declares of each resource; looked up from time to time."""
        if self._declared is None or time.monotonic() - self._seen > _LOOK:
            self._declared, self._seen = most(one["resources"] for one in self._workers().values()), time.monotonic()
        return self._declared


def most(declared: Any) -> dict[str, float]:
    """Return the most of each resource that one worker declares."""
    found: dict[str, float] = {}
    for resources in declared:
        for name, amount in resources.items():
            found[name] = max(found.get(name, 0.0), float(amount))
    return found


def needs(stage: Stage, kind: StageKind, declared: Mapping[str, float]) -> dict[str, float]:
    """Return the worker resources that a stage asks for, of those that some worker declares.

    A stage that runs a network asks for a GPU; one that generates pictures for as much memory as any worker declares.
    """
    asked: dict[str, float] = {}
    if GPU in declared and kind.network:
        asked[GPU] = 1.0
    if MEMORY in declared and stage.kind == "generate":
        asked[MEMORY] = declared[MEMORY]
    return asked


@contextmanager
def on_workers(
    place: Place,
    context: ExecutionContext,
    kinds: Mapping[str, StageKind],
    plan: Plan,
    options: Mapping[str, Any],
) -> Iterator[OnWorkers]:
    """Open a cluster, or connect to one, and yield the engine that uses it.

    Args:
        place: where the workers are.
        context: the run as the client has planned it.
        kinds: the kinds of stage.
        plan: plans the run on a worker; a function of a module, since it travels by its name.
        options: the run's, as `Options.order` writes them.

    Raises:
        UsageError: the extra is not installed, or the description of the cluster is wrong.
        EegreconError: a worker would not compute the same, or not into the same store.
    """
    console, store, run = context.console, context.store, uuid.uuid4().hex
    with opened_cluster(place, console) as (client, threads), _probed(store, run, context.graph):
        display = Display(console)
        order = Order(
            options, str(Path.cwd()), str(store.root), threads, versions(), keys_of(context.graph), run, console.debug
        ).text()
        engine = OnWorkers(client, kinds, plan, order, display, waits=place.workers is None)
        client.subscribe_topic(worker.topic(run), lambda event: engine.event(event[1]))
        try:
            with display:
                console.info(engine.check())
                yield engine
        finally:
            client.unsubscribe_topic(worker.topic(run))


@contextmanager
def _probed(store: Store, run: str, graph: Graph) -> Iterator[None]:
    """Leave a file, with the names of the stages, and hold a lock in the store, by which a worker recognises it."""
    with store.lock(PROBE, run):
        folder = store.scratch(PROBE, run)
        names = {key: stage.name for key, stage in graph.stages.items()}
        (folder / CLIENT).write_text(json.dumps(names), encoding="utf-8")
        try:
            yield
        finally:
            shutil.rmtree(folder, ignore_errors=True)
