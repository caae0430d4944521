"""Time and memory of the main job with an empty and with a full store; start-up time of the command line."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import interleaved, spread

from eegrecon import api, load
from eegrecon.benchmark.options import Options
from eegrecon.evaluation.aggregation import aggregate
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.storage.store import Store

REPEATS = 7
LIGHT = (("--help",), ("list", "plugins"), ("list", "encoders"))
JOB = ("bench", "brainvis", "--ablate", "freq", "--quiet")


def run(arguments: tuple[str, ...], folder: Path) -> None:
    """Run the command line once, with a store in a folder."""
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store")}
    command = [sys.executable, "-m", "eegrecon", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    if done.returncode not in (0, 3):  # 3: an audit failed
        raise SystemExit(f"eegrecon {' '.join(arguments)} ended with exit code {done.returncode}")


def evaluation(folder: Path) -> None:
    """Print the seconds of intervals, tests and audits of a finished job, in its stages and in aggregation."""
    result = load(next((folder / "runs").iterdir()))
    seconds = {kind: sum(s.seconds for s in result.stages.values() if s.kind == kind) for kind in ("score", "audit")}
    request = api.resolved(Options.from_record(result.request))
    graph = api.graph_of(request)
    cells = [graph.of(variant) for variant in request.variants]
    start = time.perf_counter()
    aggregate(cells, graph, Artifacts(graph, Store(folder / "store")))
    aggregation = time.perf_counter() - start
    print(f"intervals and tests: {seconds['score']:.1f} s to score {len(cells)} rows with nulls and jackknives,")
    print(f"  {aggregation:.1f} s to aggregate them; audits: {seconds['audit']:.1f} s")


def main() -> None:
    """Run the measurements and print them."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        works = {" ".join(arguments): lambda arguments=arguments: run(arguments, folder) for arguments in LIGHT}
        for command, seconds in interleaved(works, REPEATS).items():
            print(f"eegrecon {command}: {spread(seconds)}")
        command = f"eegrecon {' '.join(JOB)}"
        start = time.perf_counter()
        run(JOB, folder)
        cold = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000  # of the largest child; in kB on Linux
        print(f"{command}, empty store: {cold:.0f} s (once), peak memory {peak:.0f} MB")
        warm = interleaved({"warm": lambda: run(JOB, folder)}, 3)["warm"]
        print(f"{command}, all in the store: {spread(warm)}")
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        print(f"its store and results: {size:.0f} MB")
        evaluation(folder)


if __name__ == "__main__":
    main()
