"""What runs in a worker: it plans the run once, checks that it is the client's, and computes the stages it is given."""

from __future__ import annotations

import functools
import importlib.metadata
import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock
import psutil
from distributed import get_worker

from eegrecon.errors import OF_ONE_ROW, DataError, EegreconError
from eegrecon.interfaces.hooks import GROUP
from eegrecon.pipeline.cluster.order import (
    ATTEMPTS,
    CLIENT,
    PROBE,
    Order,
    Plan,
    Planned,
    differences,
    keys_of,
    versions,
)
from eegrecon.pipeline.context import ExecutionContext, StageKind
from eegrecon.pipeline.executor import obtain
from eegrecon.pipeline.graph import Stage
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.storage.store import Store
from eegrecon.registry.discovery import FILE_PLUGIN

_EVERY = 0.5  # seconds between reports of how far a stage is
_VISIBLE = 90.0  # seconds until a network file system shows what another machine has written
_ONE_AT_A_TIME = threading.Lock()  # seeds and threads are those of the process

Emit = Callable[..., None]


@dataclass
class Reporting(Console):
    """A console whose messages are shown by the client."""

    emit: Emit = lambda **event: None

    def info(self, message: str) -> None:
        """Leave out what the client announces itself."""

    def warn(self, message: str) -> None:
        """Send a warning."""
        self.emit(form="warn", message=message)

    def detail(self, message: str) -> None:
        """Send a detail, when debugging."""
        if self.debug:
            self.emit(form="detail", message=message)

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[Any]:
        """Send how far a task is, from time to time."""
        yield _Steps(self.emit, about, total)


@dataclass
class _Steps:
    emit: Emit
    about: str
    total: int
    done: int = 0
    last: float = field(default_factory=time.monotonic)

    def advance(self, n: int = 1) -> None:
        self.done += n
        if time.monotonic() - self.last >= _EVERY or self.done >= self.total:
            self.last = time.monotonic()
            self.emit(form="progress", about=self.about, total=self.total, done=self.done)


def prepare(plan: Plan, text: str) -> dict[str, Any]:
    """Plan a run, and return why this worker cannot compute it ("refused"), if it cannot; and the number of threads."""
    with _ONE_AT_A_TIME:
        try:
            context, _ = _planned(plan, text)
        except EegreconError as error:
            return {"refused": str(error)}
    return {"threads": context.cores}


def compute(plan: Plan, text: str, key: str) -> dict[str, Any]:
    """Compute one stage into the store.

    Returns:
        "hit" and "seconds"; or "error" with its class and "message", where it concerns rows of the result only;
        or "refused", where no stage can be computed.
    """
    emit = functools.partial(_emit, Order.of(text).run, key)
    with _ONE_AT_A_TIME:
        emit(form="start")
        try:
            found = _computed(*_planned(plan, text), Order.of(text), key, emit)
        except OF_ONE_ROW as error:
            emit(form="detail", message=traceback.format_exc())
            found = {"error": type(error).__name__, "message": str(error)}
        except EegreconError as error:
            found = {"refused": str(error)}
    emit(form="result", **found)
    return found


def _computed(
    context: ExecutionContext, kinds: Mapping[str, StageKind], order: Order, key: str, emit: Emit
) -> dict[str, Any]:
    context.console = Reporting(debug=order.debug, emit=emit)
    stage = context.graph.stages[key]
    _count_attempt(context.store, order.run, stage)
    _await_inputs(context.store, context.graph.stages, stage)
    hit, seconds = obtain(stage, context, kinds)
    return {"hit": hit, "seconds": seconds}


def _emit(run: str, key: str, **event: Any) -> None:
    worker = get_worker()
    worker.log_event(topic(run), {"key": key, "worker": str(worker.name), **event})


def topic(run: str) -> str:
    """Return the name under which the workers of a run send their messages."""
    return f"eegrecon-{run}"


@functools.lru_cache(maxsize=1)
def _planned(plan: Plan, text: str) -> Planned:
    """Return the planned run of an order.

    Raises:
        EegreconError: this worker would compute something else than the client, or elsewhere.
    """
    order, name = Order.of(text), _name()
    if get_worker().state.nthreads != 1:
        raise EegreconError(
            f"{name} computes {get_worker().state.nthreads} stages at once in one process, where seeds and threads are "
            "shared; start it with --nthreads 1, and more of them with --nworkers"
        )
    _refuse_changed_source(name)
    others = list(differences(order.versions, versions()))
    if others:
        raise EegreconError(f"{name} has other versions: {'; '.join(others)}; install the same for both")
    try:
        os.chdir(order.folder)
    except OSError as error:
        raise EegreconError(
            f"{name} has no folder {order.folder}, where the command was started: {error.strerror}; start it in a "
            "folder that both see"
        ) from error
    root = Path(os.environ.get("EEGRECON_HOME") or order.store).expanduser().absolute()
    stages = _seen(root, order, name)
    try:
        context, kinds = plan(order.options, Reporting(debug=order.debug), str(root), order.threads)
    except OF_ONE_ROW as error:
        raise EegreconError(f"{name} cannot plan the run: {error}") from error
    if keys_of(context.graph) != order.graph:
        names = dict.fromkeys(stages[key] for key in stages if key not in context.graph.stages)
        raise EegreconError(
            f"{name} plans other stages than the client ({', '.join([*names][:3]) or 'more of them'} …): source code, "
            "optional libraries, or files of data set and models differ, although the versions are the same; install "
            "the same on both sides"
        )
    return context, kinds


def _refuse_changed_source(name: str) -> None:
    """Refuse to compute with modules whose files changed after this process, which may have served other runs, began.

    Raises:
        EegreconError: it names the first such file.
    """
    packages = {"eegrecon", *(point.value.partition(".")[0] for point in importlib.metadata.entry_points(group=GROUP))}
    began = psutil.Process().create_time()
    for module, loaded in sorted(sys.modules.items()):
        file = getattr(loaded, "__file__", None)
        ours = module.partition(".")[0] in packages or module.startswith(FILE_PLUGIN)
        if ours and file and (not os.path.exists(file) or os.path.getmtime(file) > began):
            raise EegreconError(f"{name} was started before {file} changed, and has the old source; start it again")


def _name() -> str:
    worker = get_worker()
    return f"worker {worker.name}" + ("" if worker.name == worker.address else f" ({worker.address})")


def _seen(root: Path, order: Order, name: str) -> Mapping[str, str]:
    """Return what the client left in the store, the names of all stages by key; and say so where locks do not hold.

    Raises:
        EegreconError: with the path on both sides.
    """
    paths = f"the client's store is {order.store}, the worker's {root}"
    probe = root / "scratch" / PROBE / order.run
    try:
        stages: Mapping[str, str] = json.loads((probe / CLIENT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise EegreconError(
            f"{name} does not see the store of the run: {paths}; set EEGRECON_HOME to a folder that both share"
        ) from None
    try:
        (probe / f"worker-{os.getpid()}").touch()
    except OSError as error:
        raise EegreconError(f"{name} cannot write to the store: {error.strerror}; {paths}") from error
    lock = filelock.FileLock(root / "locks" / f"{PROBE}-{order.run}.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout:
        return stages
    lock.release()
    message = (
        f"the locks of the client do not hold for {name} on the file system of the store {root}: scores are "
        "not touched, but of two runs at once both may compute the same stage; run one at a time"
    )
    _emit(order.run, "", form="warn", message=message)
    return stages


def _count_attempt(store: Store, run: str, stage: Stage) -> None:
    """Note that a stage is begun.

    Raises:
        DataError: workers died too often while they computed it.
    """
    file = store.root / "scratch" / PROBE / run / stage.key
    if not file.parent.is_dir():
        raise EegreconError("the run has ended")
    begun = len(file.read_text().split()) if file.is_file() else 0
    if begun >= ATTEMPTS:
        raise DataError(
            f"stage {stage.name} was given up: {ATTEMPTS} workers died while they computed it, the last one on "
            f"{file.read_text().split()[-1]}; memory may have run out there (a system ends such processes), so give it "
            "more, and run the same command again"
        )
    with file.open("a") as lines:
        lines.write(f"{os.uname().nodename}\n")


def _await_inputs(store: Store, stages: Mapping[str, Stage], stage: Stage) -> None:
    """Wait until the products of other machines are visible here; a stage that misses one says so itself."""
    end = time.monotonic() + _VISIBLE
    for key in stage.inputs.values():
        while key in stages and not store.has(stages[key].kind, key) and time.monotonic() < end:
            time.sleep(0.2)
