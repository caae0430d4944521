"""How long the main job takes, cold and warm, how much memory it needs, and how fast the command line starts."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import interleaved, spread

from eegrecon.api import Session
from eegrecon.console import Console
from eegrecon.request import Request
from eegrecon.results import load
from eegrecon.store import Store
from eegrecon.summaries import summarise
from eegrecon.workshop import Workshop

REPEATS = 7
LIGHT = (("--help",), ("list", "plugins"), ("list", "encoders"))
JOB = ("bench", "brainvis", "--ablate", "freq", "--quiet")


def run(arguments: tuple[str, ...], folder: Path) -> None:
    """Run the command line once, with a store in a folder."""
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store")}
    command = [sys.executable, "-m", "eegrecon", *arguments]
    subprocess.run(command, check=True, cwd=folder, env=environment, stdout=subprocess.DEVNULL)


def honesty(folder: Path) -> None:
    """Say what intervals, tests and audits of the finished job took: in its stages, and when they were put together."""
    result = load(next((folder / "runs").iterdir()))
    seconds = {kind: sum(s.seconds for s in result.stages.values() if s.kind == kind) for kind in ("score", "audit")}
    session = Session(Request.of_options(result.request), Console(quiet=True))
    session.store = Store(folder / "store")
    shop = Workshop(session.graph, session.store, session.console, "cpu", "fp32")
    variants = [[row for row in session.graph.rows if row.variant == variant] for variant in session.variants]
    start = time.perf_counter()
    summarise(variants, shop)
    together = time.perf_counter() - start
    print(f"intervals and tests: {seconds['score']:.1f} s to score {len(variants)} rows with nulls and jackknives,")
    print(f"  {together:.1f} s to put them together; audits: {seconds['audit']:.1f} s")


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        works = {" ".join(arguments): lambda arguments=arguments: run(arguments, folder) for arguments in LIGHT}
        for said, seconds in interleaved(works, REPEATS).items():
            print(f"eegrecon {said}: {spread(seconds)}")
        command = f"eegrecon {' '.join(JOB)}"
        start = time.perf_counter()
        run(JOB, folder)
        cold = time.perf_counter() - start
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000  # of the largest child; Linux counts in kB
        print(f"{command}, empty store: {cold:.0f} s (once), peak memory {peak:.0f} MB")
        warm = interleaved({"warm": lambda: run(JOB, folder)}, 3)["warm"]
        print(f"{command}, all in the store: {spread(warm)}")
        size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        print(f"its store and results: {size:.0f} MB")
        honesty(folder)


if __name__ == "__main__":
    main()
