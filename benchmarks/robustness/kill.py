"""Kill a benchmark at random moments, resume it, and compare with an uninterrupted run.

``python benchmarks/robustness/kill.py [KILLS]`` runs a shortened demo of BrainVis once without interruption, then KILLS
times (default 20) with a separate store: each run is ended at a random moment by SIGKILL, SIGTERM or SIGINT in turn,
and started again. The second run must reuse every finished stage from the store, recompute none of them, and give the
same scores, trial by trial. Training writes a checkpoint every second here, so that kills also fall between
checkpoints.

Exits with code 1 if a run differs.
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SEED = 7
FINISHED = (0, 3)  # exit codes: with 3 an audit failed, as one of a method trained so shortly may
SIGNALS = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT)
SHORT = {
    "dataset.recording.pictures_per_class": 12,
    "encoder.epochs": 4, "encoder.time.epochs": 4, "encoder.time.pretrain.epochs": 2, "encoder.freq.epochs": 4,
    "aligner.epochs": 6, "generator.steps": 6, "generator.refine_steps": 6,
}  # fmt: skip
JOB = ["bench", "brainvis", "--control", "shuffle", "--subjects", "1", "--out", "out"]
JOB += [word for path, value in SHORT.items() for word in ("--set", f"{path}={value}")]


@dataclass(frozen=True)
class Outcome:
    """The result of a finished run: scores, the table of trials, and which stages were reused from the store."""

    scores: list[object]
    trials: str
    hits: dict[str, bool]


@contextmanager
def started(folder: Path, more: Sequence[str] = ()) -> Iterator[subprocess.Popen[bytes]]:
    """Start the job in a folder, with its store in the same folder, and with more options."""
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store"), "EEGRECON_CHECKPOINT_SECONDS": "1"}
    with (folder / "log").open("ab") as log:
        command = [sys.executable, "-m", "eegrecon", *JOB, *more]
        yield subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=log)


def finished(folder: Path) -> Outcome:
    """Run the job to completion."""
    with started(folder) as process:
        code = process.wait()
    if code not in FINISHED:
        raise SystemExit(f"the job ended with {code}:\n{(folder / 'log').read_text()}")
    return outcome_of(folder)


def outcome_of(folder: Path) -> Outcome:
    """Return the outcome of a finished job."""
    result = json.loads((folder / "out" / "result.json").read_text())
    scores = [score for row in result["rows"] for score in row["scores"]]
    hits = {key: stage["hit"] for key, stage in result["stages"].items()}
    return Outcome(scores, (folder / "out" / "trials.csv").read_text(), hits)


def stored_stages(folder: Path) -> set[str]:
    """Return the keys of the stages in the store."""
    return {meta.parent.name for meta in folder.glob("store/*/*/meta.json")}


def killed(folder: Path, after: float, sent: signal.Signals) -> tuple[str, int]:
    """Start the job and kill it after some seconds; return the last progress line and the exit code."""
    with started(folder) as process:
        try:
            code = process.wait(timeout=after)
        except subprocess.TimeoutExpired:
            process.send_signal(sent)
            code = process.wait()
    progress = [line for line in (folder / "log").read_text().splitlines() if line.startswith("[")]
    return (progress[-1] if progress else "starting"), code


def experiment(number: int, after: float, uninterrupted: Outcome) -> bool | None:
    """Kill one run, resume it, compare, and print a line; None where it finished before it could be killed."""
    sent = SIGNALS[number % len(SIGNALS)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        where, code = killed(folder, after, sent)
        if code in FINISHED:
            return None
        before = stored_stages(folder)
        resumed = finished(folder)
        same = (resumed.scores, resumed.trials) == (uninterrupted.scores, uninterrupted.trials)
        recomputed = [key for key in before if key in resumed.hits and not resumed.hits[key]]
        training_resumed = "after an interruption" in "".join(
            meta.read_text() for meta in folder.glob("store/*/*/meta.json")
        )
        agree = same and not recomputed
        print(
            f"{number + 1:3}  {sent.name:7} after {after:5.1f} s, exit {code:4}, in {where[:44]:44}"
            f"  {len(before):2} stages kept, {len(recomputed)} recomputed"
            f"{', training resumed' if training_resumed else ''}: {'agrees' if agree else 'DIFFERS'}",
            flush=True,
        )
    return agree


def main() -> None:
    """Compare interrupted runs with an uninterrupted one."""
    kills = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may ignore SIGINT, which the job would inherit
    with tempfile.TemporaryDirectory() as name:
        start = time.perf_counter()
        uninterrupted = finished(Path(name))
        seconds = time.perf_counter() - start
    print(
        f"uninterrupted: {seconds:.1f} s, {len(uninterrupted.hits)} stages, {len(uninterrupted.scores)} scores",
        flush=True,
    )
    moments = random.Random(SEED)
    agree = number = 0
    while number < kills:
        agreed = experiment(number, moments.uniform(1.0, seconds), uninterrupted)
        if agreed is not None:
            agree, number = agree + agreed, number + 1
    print(f"{agree} of {kills} agree")
    sys.exit(agree != kills)


if __name__ == "__main__":
    main()
