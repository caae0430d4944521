"""Kill a benchmark at random moments, run it again, and compare with a run that nobody disturbed.

``python benchmarks/robustness/kill.py [KILLS]`` runs a shortened demo of BrainVis once undisturbed; then so many times
(20) with a store of its own, ended at a random moment by SIGKILL, SIGTERM or SIGINT in turn, and run again. The second
run must find every finished stage in the store, make none twice, and give the same scores, trial by trial. Trainings
write a checkpoint every second here, so that the kills fall between checkpoints, too.

Ends with exit code 1 if a run disagrees.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SEED = 7
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
SHORT = {
    "dataset.recording.pictures_per_class": 12,
    "encoder.epochs": 4, "encoder.time.epochs": 4, "encoder.time.pretrain.epochs": 2, "encoder.freq.epochs": 4,
    "aligner.epochs": 6, "generator.steps": 6, "generator.refine_steps": 6,
}  # fmt: skip
JOB = ["bench", "brainvis", "--control", "shuffle", "--subjects", "1", "--out", "out"]
JOB += [word for path, value in SHORT.items() for word in ("--set", f"{path}={value}")]
PROGRAM = "from eegrecon_brainvis import resuming; resuming.LEAST = 1.0; from eegrecon.cli import main; main()"


@dataclass(frozen=True)
class Outcome:
    """What a finished run gave: every score, every trial's line, and which stages came from the store."""

    scores: list[object]
    trials: str
    hits: dict[str, bool]


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start the job in a folder, with a store of its own there."""
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store")}
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-c", PROGRAM, *JOB]
        yield subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def finished(folder: Path) -> Outcome:
    """Run the job to its end."""
    with started(folder) as process:
        code = process.wait()
    if code:
        raise SystemExit(f"the job ended with {code}:\n{(folder / 'log').read_text()}")
    result = json.loads((folder / "out" / "result.json").read_text())
    scores = [score for row in result["rows"] for score in row["scores"]]
    hits = {key: stage["hit"] for key, stage in result["stages"].items()}
    return Outcome(scores, (folder / "out" / "trials.csv").read_text(), hits)


def whole(folder: Path) -> set[str]:
    """Keys of the stages that the store holds."""
    return {meta.parent.name for meta in folder.glob("store/*/*/meta.json")}


def killed(folder: Path, after: float, how: signal.Signals) -> tuple[str, int]:
    """Start the job and end it after some seconds; return the last line that it said, and its exit code."""
    with started(folder) as process:
        try:
            code = process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            code = process.wait()
    said = [line for line in (folder / "log").read_text().splitlines() if line.startswith("[")]
    return (said[-1] if said else "starting"), code


def trial(number: int, after: float, undisturbed: Outcome) -> bool | None:
    """Kill one run, run it again, compare, and print a line; None where it had ended before it could be killed."""
    how = SIGNALS[number % len(SIGNALS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        where, code = killed(folder, after, how)
        if code == 0:
            return None
        before = whole(folder)
        again = finished(folder)
        same = (again.scores, again.trials) == (undisturbed.scores, undisturbed.trials)
        twice = [key for key in before if key in again.hits and not again.hits[key]]
        resumed = "goes on after an interruption" in "".join(
            meta.read_text() for meta in folder.glob("store/*/*/meta.json")
        )
        agree = same and not twice
        print(
            f"{number + 1:3}  {how.name:7} after {after:5.1f} s, exit {code:4}, in {where[:44]:44}"
            f"  {len(before):2} stages kept, {len(twice)} made twice{', training resumed' if resumed else ''}: "
            f"{'agrees' if agree else 'DIFFERS'}",
            flush=True,
        )
    return agree


def main() -> None:
    """Run, kill, compare."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have it ignored, by the job too
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        undisturbed = finished(Path(name))
        seconds = time.perf_counter() - start
    print(f"undisturbed: {seconds:.1f} s, {len(undisturbed.hits)} stages, {len(undisturbed.scores)} scores", flush=True)
    moments = random.Random(SEED)
    agree = number = 0
    while number < kills:
        agreed = trial(number, moments.uniform(1.0, seconds), undisturbed)
        if agreed is not None:
            agree, number = agree + agreed, number + 1
    print(f"{agree} of {kills} agree")
    sys.exit(agree != kills)


if __name__ == "__main__":
    main()
