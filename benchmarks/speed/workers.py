"""Speed of the Dask engine: two workers against one, time per stage, memory of the client, a warm run.

``python benchmarks/speed/workers.py`` takes about half an hour on two cores and should be the only work on the machine.
``python benchmarks/speed/workers.py overhead`` (or ``warm``, ``table``) takes one of the measurements.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from machine import description, interleaved, spread
from memory import own_megabytes

from eegrecon import api
from eegrecon.benchmark.options import Options
from eegrecon.pipeline.context import ExecutionContext
from eegrecon.pipeline.executor import execute
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.storage.store import Store

HERE = Path(__file__).parent
TABLE = ("bench", "brainvis", "--table", "4", "--subjects", "all", "--quiet")  # four subjects
WARM = ("bench", "brainvis", "--ablate", "freq", "--quiet", "--json")
EMPTY = 10_000  # stages
SKIPPED = 100  # of them, in which workers start and import what stages need


def command(arguments: tuple[str, ...], store: Path, code: tuple[int, ...] = (0, 3)) -> dict[str, object]:
    """Run the command line with one thread for each process, and return what it printed as JSON."""
    environment = {**os.environ, "EEGRECON_HOME": str(store), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "eegrecon", *arguments], env=environment, cwd=store, stdout=subprocess.PIPE, check=False
    )
    if done.returncode not in code:
        raise SystemExit(f"{' '.join(arguments)} ended with {done.returncode}")
    found: dict[str, object] = json.loads(done.stdout)
    return found


def probe() -> str:
    """Return how long a fixed piece of work takes, which shows whether the machine is as fast as it was."""
    import numpy as np

    start, matrix = time.perf_counter(), np.ones((1000, 1000))
    for _ in range(100):
        matrix @ matrix
    return f"{time.perf_counter() - start:.1f} s"


def table() -> None:
    """Time a table of the paper for all subjects on two and on one worker of one thread, and compare the scores."""
    seconds, rows, probes = {}, {}, [probe()]
    for workers in (2, 1):
        with tempfile.TemporaryDirectory() as name:
            start = time.perf_counter()
            result = command((*TABLE, "--json", "--workers", str(workers), "--out", "run"), Path(name))
            seconds[workers], rows[workers] = time.perf_counter() - start, result["rows"]
            print(f"eegrecon {' '.join(TABLE)} --workers {workers}: {seconds[workers]:.0f} s", flush=True)
        probes.append(probe())
    print(f"two workers are {seconds[1] / seconds[2]:.2f} times as fast; rows equal: {rows[1] == rows[2]}")
    print(f"the same matrix products, before, between and after: {', '.join(probes)}")


def warm() -> None:
    """Time a run of which every stage is in the store, with workers and without."""
    with tempfile.TemporaryDirectory() as name:
        store = Path(name)
        command((*WARM, "--out", "cold"), store)
        works: dict[str, Callable[[], object]] = {
            "in this process": lambda: command((*WARM, "--out", "cold"), store),
            "--workers 2": lambda: command((*WARM, "--workers", "2", "--out", "cold"), store),
        }
        for where, seconds in interleaved(works, 3).items():
            print(f"eegrecon {' '.join(WARM)}, all in the store, {where}: {spread(seconds)}")


def overhead() -> None:
    """Time stages that compute nothing, in this process and on two workers, with the memory of this process."""
    alone = 0.0
    for workers in (None, 2):
        with tempfile.TemporaryDirectory() as name:
            os.environ["EEGRECON_HOME"] = name
            options = Options(
                str(HERE / "empty.toml"), seeds=EMPTY // 2, control=("none",), audit=("none",),
                plugins=(str(HERE / "empty.py"),), workers=workers,
            )  # fmt: skip
            start = time.perf_counter()
            request = api.resolved(options)
            graph = api.graph_of(request)
            planning = time.perf_counter() - start
            context = ExecutionContext(graph, Store(Path(name)), Console(quiet=True), "cpu", "fp32", threads=1)
            watched, ends = Watched(), [time.perf_counter()]

            def observe(stage: str, seconds: float, hit: bool, ends: list[float] = ends) -> None:
                ends.append(time.perf_counter())

            with watched:
                execute(context, api.ALL_STAGES, observe, api.engine_of(request, context))
        each = 1000 * (ends[-1] - ends[SKIPPED]) / (len(ends) - 1 - SKIPPED)
        where = "in this process" if workers is None else f"on {workers} workers"
        print(f"{len(graph.stages)} empty stages {where}: planned in {planning:.1f} s; first one after "
              f"{ends[1] - ends[0]:.1f} s, all after {ends[-1] - ends[0]:.1f} s; {each:.2f} ms a stage after the first "
              f"{SKIPPED}")  # fmt: skip
        print(f"  memory of this process {watched.first:.0f} MB at the start, {watched.middle:.0f} MB half way, "
              f"{watched.last:.0f} MB at the end", flush=True)  # fmt: skip
        if workers is None:
            alone = each
        else:
            print(f"the engine adds {each - alone / workers:.2f} ms a stage to an even share of the work")


class Watched:
    """Context manager that records the private memory of this process in MB: at first, half way, and at the end."""

    def __enter__(self) -> Watched:
        self.seen = [own_megabytes(os.getpid())]
        self.active = True
        self.thread = threading.Thread(target=self._watch)
        self.thread.start()
        return self

    def _watch(self) -> None:
        while self.active:
            time.sleep(0.5)
            self.seen.append(own_megabytes(os.getpid()))

    def __exit__(self, *_: object) -> None:
        self.active = False
        self.thread.join()
        self.first, self.middle, self.last = self.seen[0], self.seen[len(self.seen) // 2], self.seen[-1]


def main() -> None:
    """Take the measurements that are named, or all."""
    print(f"machine: {description()}")
    measurements = {"overhead": overhead, "warm": warm, "table": table}
    for name in sys.argv[1:] or measurements:
        measurements[name]()


if __name__ == "__main__":
    main()
