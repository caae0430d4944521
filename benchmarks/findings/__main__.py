"""Differences between result rows with intervals over subjects: the tables of docs/findings.md.

    python benchmarks/findings FOLDER

Runs the benchmarks of ``COMMANDS`` with and without induced activity, reuses results that FOLDER already contains, and
prints the tables.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from scipy import stats

from eegrecon import Result, load

COMMANDS = {
    "codebook": (
        "--set", "generator=none", "--set", "aligner=none", "--ablate", "codebook,pretrain,freq",
        "--control", "shuffle",
    ),
    "pictures": (
        "--ablate", "coarse,fine,refine,semantic,freq", "--set", "metric.structure.use=structure",
        "--set", "metric.structure.judge=shapes-judge", "--audit", "none",
    ),
    "reader": (
        "--set", "encoder=linear-reader", "--set", "aligner=ridge", "--ablate", "refine",
        "--set", "metric.structure.use=structure", "--set", "metric.structure.judge=shapes-judge",
        "--control", "predicted-label", "--audit", "none",
    ),
}  # fmt: skip
WORLDS = {"on": (), "off": ("--set", "dataset.recording.induced=0")}
PICTURES = (
    "top-1", "identification", "retrieval top-1", "median rank", "FID", "class error", "colour error",
    "background error", "place error", "size error", "tilt error",
)  # fmt: skip
COLUMNS = {"codebook": ("top-1", "macro F1"), "pictures": PICTURES, "reader": PICTURES}


def over_subjects(result: Result, label: str, column: str) -> tuple[float, float, float] | None:
    """Return the mean over subjects of the difference from the first row, and its 95 % interval (Student's t).

    The difference of a subject is the mean over seeds. None where the row lacks the score.
    """
    first, row = result.rows[0], next(row for row in result.rows if row.label == label)
    values = [
        {(score.subject, score.seed): score.value for score in each.scores if score.column == column}
        for each in (first, row)
    ]
    if not values[1]:
        return None
    each = [
        np.mean([values[1][subject, seed] - values[0][subject, seed] for seed in result.seeds])
        for subject in result.subjects
    ]
    half = stats.t.ppf(0.975, len(each) - 1) * stats.sem(each)
    return float(np.mean(each)), float(np.mean(each) - half), float(np.mean(each) + half)


def table(results: dict[str, Result], columns: Sequence[str]) -> str:
    """Format the differences of all rows from the first: a line per row and score, a column per world."""
    lines = ["| row | score | " + " | ".join(f"induced {name}" for name in results) + " |"]
    lines.append("|---|---|" + "---|" * len(results))
    for label in [row.label for row in next(iter(results.values())).rows[1:]]:
        for column in columns:
            found = [over_subjects(result, label, column) for result in results.values()]
            if any(found):
                lines.append(f"| {label} | {column} | " + " | ".join(map(_formatted, found)) + " |")
    return "\n".join(lines)


def _formatted(found: tuple[float, float, float] | None) -> str:
    if found is None:
        return "-"
    digits = 0 if abs(found[0]) >= 100 else 1 if abs(found[0]) >= 10 else 3
    mean, low, high = (f"{value:+.{digits}f}" for value in found)
    return f"{'**' if found[1] * found[2] > 0 else ''}{mean} [{low}, {high}]{'**' if found[1] * found[2] > 0 else ''}"


def full(results: dict[str, Result], columns: Sequence[str]) -> str:
    """Format the scores of the first row, means over subjects and seeds."""
    parts = []
    for name, result in results.items():
        for column in columns:
            values = [score.value for score in result.rows[0].scores if score.column == column]
            parts.append(f"{column} {np.mean(values):.3f} ({name})")
    return "Full: " + ", ".join(parts)


def main() -> None:
    """Run the missing benchmarks and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the runs' store and results")
    folder = parser.parse_args().folder
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store"), "OMP_NUM_THREADS": "1"}
    for question, arguments in COMMANDS.items():
        results = {}
        for world, setting in WORLDS.items():
            out = folder / f"{question}-{world}"
            if not (out / "result.json").is_file():
                job = ["bench", "brainvis", "--subjects", "all", "--seeds", "3", *setting, *arguments]
                command = [sys.executable, "-m", "eegrecon", *job, "--quiet", "--out", str(out)]
                done = subprocess.run(command, env=environment, stdout=subprocess.DEVNULL)
                if done.returncode not in (0, 3):  # 3: an audit failed
                    raise SystemExit(f"{out} ended with exit code {done.returncode}")
            results[world] = load(out)
        print(f"\n{question}\n\n{full(results, COLUMNS[question])}\n\n{table(results, COLUMNS[question])}")


if __name__ == "__main__":
    main()
