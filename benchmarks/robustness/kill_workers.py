"""Kill a worker of a run at a random moment, 20 times, and compare the scores with an undisturbed run.

``python benchmarks/robustness/kill_workers.py [KILLS]`` runs the shortened demo of BrainVis of ``kill.py`` once in one
process, then KILLS times (default 20) with ``--workers 2`` and a separate store. Once a stage is under way, one of the
workers is killed (SIGKILL) at a random moment. The run must finish by itself and give the same scores, trial by trial.
All computing uses one thread, since another number trains other networks.

Exits with code 1 if a run differs.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from pathlib import Path

import psutil
from kill import FINISHED, JOB, SEED, Outcome, finished, outcome_of, started

WORKERS = ("--workers", "2")


def workers_of(pid: int) -> list[psutil.Process]:
    """Return the processes that compute stages: children of the nannies, which are children of the command."""
    try:
        nannies = [child for child in psutil.Process(pid).children() if "spec" in child.cmdline()]
        return [child for nanny in nannies for child in nanny.children() if "spawn_main" in " ".join(child.cmdline())]
    except psutil.NoSuchProcess:
        return []


def experiment(number: int, moments: random.Random, seconds: float, undisturbed: Outcome) -> bool | None:
    """Kill one worker, compare, and print a line; None where the run ended before that."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        folder = Path(name)
        with started(folder, WORKERS) as process:
            while process.poll() is None and "[1/" not in (folder / "log").read_text():
                time.sleep(0.05)
            after = moments.uniform(0.0, seconds)
            time.sleep(after)
            victims = workers_of(process.pid)
            if not victims or process.poll() is not None:
                process.wait()
                return None
            victim = moments.choice(victims)
            victim.kill()
            stages = len(list(folder.glob("store/*/*/meta.json")))
            code = process.wait()
        if code not in FINISHED:
            print((folder / "log").read_text())
            agree = False
        else:
            disturbed = outcome_of(folder)
            agree = (disturbed.scores, disturbed.trials) == (undisturbed.scores, undisturbed.trials)
        said = "agrees" if agree else "DIFFERS"
        print(
            f"{number + 1:3}  a worker killed {after:5.1f} s after the first stage, {stages:2} stages stored: {said}",
            flush=True,
        )
    return agree


def main() -> None:
    """Compare runs that lost a worker with an undisturbed one."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        undisturbed = finished(Path(name))
        seconds = time.perf_counter() - start
    print(
        f"in one process: {seconds:.1f} s, {len(undisturbed.hits)} stages ({' '.join(JOB[:2])}, shortened)", flush=True
    )
    moments = random.Random(SEED)
    agree = number = 0
    while number < kills:
        agreed = experiment(number, moments, seconds / 2, undisturbed)
        if agreed is not None:
            agree, number = agree + agreed, number + 1
    print(f"{agree} of {kills} agree")
    sys.exit(agree != kills)


if __name__ == "__main__":
    main()
