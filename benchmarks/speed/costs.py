"""What a dry run expects a benchmark to cost, compared with what it then costs.

``python benchmarks/speed/costs.py [--workers N]... [OPTIONS OF BENCH]``

A benchmark is run once, which leaves records; then a dry run of further seeds says what they will cost, and they are
run: in one process, and with each number of workers that is given, every time in a copy of the store. What is compared
is what the stages took, and the time from the start of the first to the end of the last, without that of a cluster
and the report. Every process has one thread, and nothing else should run on the machine. Where something does, shares
of the processor that the first run and the further seeds got say how unequal their chances were; the ratio of the
processor's time does without.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from machine import description

SMALL = ("brainvis", "--set", "aligner=none", "--set", "generator=none")
SEEDS, WITHIN = 3, 0.25


@dataclass(frozen=True)
class Command:
    """A command that was run.

    Attributes:
        printed: what it printed.
        seconds: how long it took.
        processor: seconds that it computed.
    """

    printed: str
    seconds: float
    processor: float

    @property
    def share(self) -> float:
        """The share of the time in which it computed; about 1 for one thread on an idle machine."""
        return self.processor / self.seconds


def processor_seconds() -> float:
    """Return how long the commands that have ended computed."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def bench(store: Path, *arguments: str) -> Command:
    """Run ``eegrecon bench`` with a store."""
    one_thread = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **one_thread, "EEGRECON_HOME": str(store)}
    command = [sys.executable, "-m", "eegrecon", "bench", *arguments, "--quiet"]
    start, before = time.perf_counter(), processor_seconds()
    done = subprocess.run(command, cwd=store.parent, env=environment, stdout=subprocess.PIPE, text=True)
    if done.returncode not in (0, 3):  # 3: an audit did not pass
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return Command(done.stdout, time.perf_counter() - start, processor_seconds() - before)


def compared(what: str, expected: float, taken: float) -> str:
    """Return one line of the comparison."""
    ratio = taken / expected
    verdict = "within" if abs(ratio - 1) <= WITHIN else "NOT within"
    return f"{what}: expected {expected:.1f} s, taken {taken:.1f} s, ratio {ratio:.2f}, {verdict} {WITHIN:.0%}"


@dataclass(frozen=True)
class Stages:
    """The stages that a run computed.

    Attributes:
        seconds: what they took, added.
        span: from the start of the first to the end of the last, when its product was written.
    """

    seconds: float
    span: float


def computed(store: Path, printed: str) -> Stages:
    """Return what the stages took that a run computed, from its result and the store."""
    stages = {key: stage for key, stage in json.loads(printed)["stages"].items() if not stage["hit"]}
    ends = {key: (store / stage["kind"] / key / "meta.json").stat().st_mtime for key, stage in stages.items()}
    start = min(ends[key] - stage["seconds"] for key, stage in stages.items())
    return Stages(sum(stage["seconds"] for stage in stages.values()), max(ends.values()) - start)


def measure(folder: Path, workers: Sequence[int], job: Sequence[str]) -> None:
    """Run the benchmark and its further seeds, and print the comparisons."""
    recorded, more = folder / "store", (*job, "--seeds", str(SEEDS))
    first = bench(recorded, *job)
    cost = json.loads(bench(recorded, *more, "--dry-run", "--json").printed)["cost"]
    print(f"bench {' '.join(more)}: {cost['stages']} stages to run, {cost['unknown']} unknown")
    print(f"  the longest chain of them: {cost['critical_path']['seconds']:.1f} s")
    store = Path(shutil.copytree(recorded, folder / "alone"))
    further = bench(store, *more, "--json")
    alone = computed(store, further.printed)
    print(compared("in process, stages", cost["seconds"], alone.seconds))
    print(compared("in process, first to last", cost["workers"]["1"], alone.span))
    ratio = alone.seconds * further.share / (cost["seconds"] * first.share)
    print(f"  shares of the processor: {first.share:.0%}, then {further.share:.0%}; ratio of its time {ratio:.2f}")
    for number in workers:
        store = Path(shutil.copytree(recorded, folder / f"workers-{number}"))
        found = computed(store, bench(store, *more, "--workers", str(number), "--json").printed)
        print(compared(f"--workers {number}, stages", cost["seconds"], found.seconds))
        print(compared(f"--workers {number}, first to last", cost["workers"][str(number)], found.span))


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description="Compare what a dry run expects with what a run takes.")
    parser.add_argument("--workers", type=int, action="append", default=[], choices=(1, 2, 8, 64))
    given, job = parser.parse_known_args()
    print(f"machine: {description()}")
    with tempfile.TemporaryDirectory() as name:
        measure(Path(name), given.workers, job or SMALL)


if __name__ == "__main__":
    main()
