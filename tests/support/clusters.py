"""Dask schedulers and workers in processes of their own, for tests that connect to a cluster that is there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

START = 120.0  # seconds until a scheduler or a worker is there


@dataclass
class Cluster:
    """A scheduler and its workers.

    Attributes:
        folder: where their files lie.
        processes: of scheduler and workers.
    """

    folder: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def address(self) -> str:
        """Address of the scheduler."""
        return (self.folder / "address").read_text()

    def add_worker(self, *options: str, environment: Mapping[str, str] | None = None) -> None:
        """Start a worker, and wait until the scheduler knows it."""
        from distributed import Client

        command = ["distributed.cli.dask_worker", self.address, "--no-dashboard", "--local-directory", str(self.folder)]
        self._start(command + list(options or ("--nthreads", "1")), environment or {})
        with Client(self.address, set_as_default=False) as client:
            client.wait_for_workers(len(self.processes) - 1, timeout=START)

    def start_scheduler(self) -> None:
        """Start the scheduler on a free port."""
        file = self.folder / "scheduler.json"
        command = ["distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard"]
        self._start([*command, "--scheduler-file", str(file)], {})
        end = time.monotonic() + START
        while not file.exists() or not file.read_text():
            assert time.monotonic() < end, "the scheduler does not start"
            time.sleep(0.05)
        import json

        (self.folder / "address").write_text(json.loads(file.read_text())["address"])

    def _start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        started = subprocess.Popen(
            [sys.executable, "-m", *command],
            env={**os.environ, **environment},
            cwd=self.folder,
            start_new_session=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.processes.append(started)

    def stop(self) -> None:
        """End all processes, with those that they have started."""
        for process in reversed(self.processes):
            with_children = os.getpgid(process.pid) if process.poll() is None else None
            if with_children is not None:
                os.killpg(with_children, signal.SIGKILL)
            process.wait(START)


@contextmanager
def cluster_in(folder: Path) -> Iterator[Cluster]:
    """Yield a scheduler without workers."""
    folder.mkdir()
    cluster = Cluster(folder)
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
        cluster.stop()
