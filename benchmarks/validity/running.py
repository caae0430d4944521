"""Running worlds by the command line of eegrecon, each with one seed and a store of its own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from finished import Finished, append, read
from worlds import WORLDS

from eegrecon import load

THREADS = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
AUDIT_FAILED = 3  # exit code; what an audit finds is one of the statements


def run(world: str, seed: int) -> Finished:
    """Run a world with one seed in a store that is removed afterwards.

    Raises:
        SystemExit: the run failed.
    """
    settings = ("--set", f"dataset.recording.seed={seed}", "--set", f"seed={seed}")
    with TemporaryDirectory(prefix="validity-") as folder:
        out = Path(folder) / "run"
        options = (*WORLDS[world].options, *settings, "--quiet", "--out", str(out))
        words = ("bench", "brainvis", "--profile", world, *options)
        environment = {**os.environ, **THREADS, "EEGRECON_HOME": str(Path(folder) / "store")}
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "eegrecon", *words], env=environment, stdout=subprocess.DEVNULL)
        if done.returncode not in (0, AUDIT_FAILED):
            raise SystemExit(f"{world}, seed {seed}: exit code {done.returncode} of eegrecon {' '.join(words)}")
        return Finished(world, seed, time.monotonic() - start, load(out))


def runs_of(worlds: Sequence[str], runs: int) -> list[tuple[str, int]]:
    """Return world and seed of so many runs of each world, the first of every world first."""
    return [(world, WORLDS[world].first + number) for number in range(runs) for world in worlds]


def run_missing(file: Path, worlds: Sequence[str], runs: int, run: Callable[[str, int], Finished] = run) -> None:
    """Run every world so many times, without the runs that have a line in the file."""
    present = {(one.world, one.seed) for one in read(file)}
    for world, seed in runs_of(worlds, runs):
        if (world, seed) not in present:
            done = run(world, seed)
            append(file, done)
            print(f"{world}, seed {seed}: {done.seconds:.0f} s", file=sys.stderr, flush=True)
