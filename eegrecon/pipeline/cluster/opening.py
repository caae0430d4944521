"""Opening a cluster: of processes on this machine, one that is there, or jobs of a batch system."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dask
from distributed import Client, Scheduler, SpecCluster
from distributed.deploy.subprocess import SubprocessWorker

from eegrecon.errors import EegreconError
from eegrecon.pipeline.cluster.jobs import job_cluster
from eegrecon.pipeline.progress import Console

_CONNECT = 10.0  # seconds
_START = 120.0  # seconds until the workers of this machine must be there
_QUIET = {  # Dask looks at each of its processes fifty times a second and at a worker's stack a hundred times
    "distributed.admin.tick.interval": "1s",
    "distributed.admin.system-monitor.interval": "5s",
    "distributed.worker.profile.enabled": "False",
}
WORKER_ENVIRONMENT = {
    f"DASK_{name.upper().replace('.', '__').replace('-', '_')}": value for name, value in _QUIET.items()
}
LOG = "{0}/worker-{1}.log"  # what a worker of this machine prints
SETTINGS = {
    **_QUIET,
    "distributed.scheduler.allowed-failures": 1000,  # attempts at a stage are counted by the workers, which know whose
    "distributed.scheduler.worker-ttl": None,  # a stage may keep a process busy for as long as it takes
    "distributed.admin.low-level-log-length": 1000,
    "distributed.scheduler.work-stealing": False,  # of stages with long, unknown times
}


@dataclass(frozen=True)
class Place:
    """Where stages are computed: one of three.

    Attributes:
        workers: number of processes on this machine.
        scheduler: address of a Dask scheduler that is there.
        file: a YAML file that describes jobs of a batch system.
    """

    workers: int | None = None
    scheduler: str | None = None
    file: str | None = None


@contextmanager
def opened_cluster(place: Place, console: Console) -> Iterator[tuple[Client, int]]:
    """Yield a client of the cluster, with the number of threads of each stage; 0 for what the workers choose.

    Raises:
        EegreconError: the cluster cannot be reached, or has no workers.
        UsageError: the file does not describe a cluster.
    """
    with ExitStack() as stack:
        stack.enter_context(dask.config.set(SETTINGS))
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        if place.workers is not None:
            cluster = stack.enter_context(local_cluster(place.workers, stack.enter_context(_logged())))
            client, expected = stack.enter_context(Client(cluster)), place.workers
            threads = max(1, _cores() // place.workers)
        elif place.file is not None:
            cluster, threads = job_cluster(Path(place.file))
            client, expected = stack.enter_context(Client(stack.enter_context(cluster))), 1
        else:
            client, threads, expected = stack.enter_context(_connected(str(place.scheduler))), 0, 1
        if client.dashboard_link:
            console.info(f"dashboard: {client.dashboard_link}")
        _await_workers(client, expected, place, console)
        yield client, threads


class WorkersGone(EegreconError):
    """No worker of the cluster is left."""


@contextmanager
def _logged() -> Iterator[str]:
    """Yield a folder for the files of workers; where none of them is left, the error says what they printed last."""
    with tempfile.TemporaryDirectory(prefix="eegrecon-workers-", ignore_cleanup_errors=True) as folder:
        try:
            yield folder
        except WorkersGone as error:
            lines = [line for log in sorted(Path(folder).glob("*.log")) for line in log.read_text().splitlines()[-5:]]
            raise EegreconError(f"{error}; the last of what they printed: {' / '.join(lines) or 'nothing'}") from error


def _cores() -> int:
    """Return the number of cores that may be used: what OMP_NUM_THREADS says, or those of this process."""
    said = os.environ.get("OMP_NUM_THREADS", "")
    return int(said) if said.isdigit() and int(said) else len(os.sched_getaffinity(0))


def _connected(address: str) -> Client:
    try:
        return Client(address, timeout=_CONNECT)
    except (OSError, TimeoutError, ValueError) as error:
        raise EegreconError(
            f"no Dask scheduler answers at {address} (--scheduler): {error}; start one with 'dask scheduler', which "
            "prints its address"
        ) from error


def _await_workers(client: Client, expected: int, place: Place, console: Console) -> None:
    """Wait for the first workers; those of a batch system may have to wait in a queue for as long as it takes."""
    if place.workers is None and not client.scheduler_info(n_workers=-1)["workers"]:
        console.info("waiting for workers")
    try:
        client.wait_for_workers(expected, timeout=_START if place.file is None else None)
    except TimeoutError as error:
        where = f"the scheduler {place.scheduler} has none" if place.scheduler else "those of this machine do not start"
        raise EegreconError(
            f"no workers after {_START:.0f} s: {where}; 'dask worker ADDRESS --nthreads 1' starts one"
        ) from error


class _Process(SubprocessWorker):
    """A worker that imports what this process imports, whatever lies in the current folder.

    It has a session of its own, so that Ctrl-C reaches the client alone, which then ends it.
    """

    async def _start(self) -> None:
        spec = json.dumps({"cls": self.worker_class, "opts": self.worker_kwargs})
        command = [sys.executable, "-P", "-m", "dask", "spec", self.scheduler, "--spec", spec]
        places = os.pathsep.join(path or os.getcwd() for path in sys.path)
        environment = {**os.environ, **WORKER_ENVIRONMENT, "PYTHONPATH": places}
        with open(LOG.format(self.worker_kwargs["local_directory"], self.worker_kwargs["name"]), "ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                *command, start_new_session=True, stdout=log, stderr=log, env=environment
            )


def local_cluster(workers: int, folder: str) -> Any:
    """Return a cluster of processes on this machine, reachable from this machine only.

    Each computes one stage at a time. Where the machine has GPUs, each is given to one worker, which declares it.

    Args:
        workers: number of processes.
        folder: where they keep their files.
    """
    host = "127.0.0.1"
    options = {
        "host": host,
        "nthreads": 1,
        "memory_limit": 0,
        "local_directory": folder,
        "silence_logs": logging.WARNING,
    }
    gpus = _gpus()
    specs = {}
    for number in range(workers):
        mine = {"env": {"CUDA_VISIBLE_DEVICES": gpus[number]}, "resources": {"GPU": 1}} if number < len(gpus) else {}
        specs[number] = {"cls": _Process, "options": {"worker_kwargs": {**options, "name": str(number), **mine}}}
    scheduler = {
        "cls": Scheduler,
        "options": {"host": host, "port": 0, "dashboard": True, "dashboard_address": f"{host}:0"},
    }
    return SpecCluster(workers=specs, scheduler=scheduler, silence_logs=logging.CRITICAL, name="eegrecon")


def _gpus() -> list[str]:
    """Return the GPUs of this machine by number, as CUDA_VISIBLE_DEVICES names them."""
    named = os.environ.get("CUDA_VISIBLE_DEVICES")
    found = sorted(path.name.removeprefix("nvidia") for path in Path("/dev").glob("nvidia[0-9]*"))
    return [one for one in named.split(",") if one] if named is not None else found
