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


def run_missing(
    file: Path, worlds: Sequence[str], seeds: Sequence[int], run: Callable[[str, int], Finished] = run
) -> None:
    """Run every world with every seed that has no line in the file, one seed after the other."""
    present = {(one.world, one.seed) for one in read(file)}
    for seed, world in ((seed, world) for seed in seeds for world in worlds):
        if (world, seed) not in present:
            done = run(world, seed)
            append(file, done)
            print(f"{world}, seed {seed}: {done.seconds:.0f} s", file=sys.stderr, flush=True)
