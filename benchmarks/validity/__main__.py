"""How often tables state what is true of a world, and what is false: ``python benchmarks/validity --results FILE``.

Runs every profile whose answer is known, each time with other people, noise and order of pictures
(``dataset.recording.seed``) and another training (``seed``), and prints how often the tables make each statement of
``worlds.py``: a true one should be made in at least 90 % of the runs, a false one in at most 5 %. Finished runs are
lines of FILE, so that an interrupted benchmark goes on where it was. The exit code is 3 if a share misses its aim.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from finished import Finished, append, read
from tally import accuracies, missed, table
from worlds import WORLDS

from eegrecon import load

FIRST = 101  # seed of the first run; the worlds were calibrated with seeds below


def main() -> None:
    """Run what FILE lacks, then print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("worlds", nargs="*", metavar="WORLD", help=f"all if none is named: {', '.join(WORLDS)}")
    parser.add_argument("--results", type=Path, required=True, metavar="FILE", help="finished runs, one a line")
    parser.add_argument("--runs", type=int, default=20, help="runs of each world (default: 20)")
    parser.add_argument("--table", action="store_true", help="run nothing, print the tables of the finished runs")
    asked = parser.parse_args()
    if unknown := sorted(set(asked.worlds) - set(WORLDS)):
        parser.error(f"no world {', '.join(unknown)}; there are: {', '.join(WORLDS)}")
    worlds = [world for world in WORLDS if world in asked.worlds or not asked.worlds]
    seeds = range(FIRST, FIRST + asked.runs)
    if not asked.table:
        run_missing(asked.results, worlds, seeds)
    found = [one for one in read(asked.results) if one.world in worlds and one.seed in seeds]
    print(f"{table(found)}\n\n{accuracies(found)}")
    if missed(found):
        sys.exit(3)


def run_missing(file: Path, worlds: Sequence[str], seeds: Sequence[int]) -> None:
    """Run every world with every seed that has no line in the file, one seed after the other."""
    for seed in seeds:
        for world in worlds:
            if any((one.world, one.seed) == (world, seed) for one in read(file)):
                continue
            done = run(world, seed)
            append(file, done)
            print(f"{world}, seed {seed}: {done.seconds:.0f} s", file=sys.stderr, flush=True)


def run(world: str, seed: int) -> Finished:
    """Run a world with one seed in a store of its own, which is removed afterwards."""
    with TemporaryDirectory(prefix="validity-") as folder:
        out = Path(folder) / "run"
        settings = ("--set", f"dataset.recording.seed={seed}", "--set", f"seed={seed}")
        words = (
            "bench",
            "brainvis",
            "--profile",
            world,
            *WORLDS[world].options,
            *settings,
            "--quiet",
            "--out",
            str(out),
        )
        threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        environment = {**os.environ, **threads, "EEGRECON_HOME": str(Path(folder) / "store")}
        start = time.monotonic()
        done = subprocess.run([sys.executable, "-m", "eegrecon", *words], env=environment, stdout=subprocess.DEVNULL)
        if done.returncode not in (0, 3):  # 3: an audit failed, which may be right
            raise SystemExit(f"{world}, seed {seed} ended with exit code {done.returncode}: eegrecon {' '.join(words)}")
        return Finished(world, seed, time.monotonic() - start, load(out))


if __name__ == "__main__":
    main()
