"""Compare two results bit for bit: every score, interval, test and per-trial value.

    python benchmarks/robustness/compare_results.py RUN RUN

Rows are matched by removed parts, control and settings, not by their labels. Texts, stage keys and times are not
compared. Exit code 3 if a number differs or one of the results lacks it.
"""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

Number = tuple[str, ...]  # path of a number in a result
_SCORE = ("value", "n", "chance", "identity", "interval")
_SUMMARY = (
    "value", "identity", "interval", "other_subjects", "seed_spread", "difference", "difference_interval", "p",
    "p_corrected", "null", "p_null",
)  # fmt: skip
_DESCRIPTIVE = {"row", "subject", "seed", "label", "predicted"}  # columns of trials.csv that are no numbers


def numbers(folder: Path) -> dict[Number, str]:
    """Return every number of a result by its path; floats as exact texts."""
    result = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    names = {row["label"]: _name(row) for row in result["rows"]}
    return of_record(result) | dict(_of_trials(folder / "trials.csv", names))


def _name(row: Mapping[str, Any]) -> str:
    """Return what identifies a row apart from its label."""
    parts = [f"without {' '.join(row['removed'])}" if row["removed"] else "full"]
    parts += [f"control {row['control']}"] if row["control"] else []
    parts += [f"{path}={value}" for path, value in row["settings"].items()]
    return ", ".join(parts)


def of_record(result: Mapping[str, Any]) -> dict[Number, str]:
    """Return the numbers of a ``result.json``, that is, all but those of single trials."""
    return dict(_of_record(result))


def _of_record(result: Mapping[str, Any]) -> Iterator[tuple[Number, str]]:
    for row in result["rows"]:
        name = _name(row)
        yield (name, "blank"), json.dumps(sorted(row["blank"]))
        for score in row["scores"]:
            path = (name, score["metric"], score["column"], f"subject {score['subject']}", f"seed {score['seed']}")
            for field in _SCORE:
                yield (*path, field), json.dumps(score[field])
        for summary in row["summaries"]:
            for field in _SUMMARY:
                yield (name, summary["metric"], summary["column"], field), json.dumps(summary[field])


def _of_trials(file: Path, names: Mapping[str, str]) -> Iterator[tuple[Number, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        for line in csv.DictReader(lines):
            path = (names[line["row"]], f"subject {line['subject']}", f"seed {line['seed']}", f"trial {line['index']}")
            for column, value in line.items():
                if column not in _DESCRIPTIVE:
                    yield (*path, column), value
            yield (*path, "classes"), f"{line['label']} {line['predicted']}"


def main() -> int:
    """Compare and print; return the exit code."""
    if len(sys.argv) != 3:
        print(__doc__)
        return 2
    first, second = (numbers(Path(argument)) for argument in sys.argv[1:])
    differing = [path for path in first.keys() & second.keys() if first[path] != second[path]]
    missing = sorted(first.keys() ^ second.keys())
    print(f"{len(first.keys() & second.keys())} numbers in both, {len(differing)} differ, {len(missing)} in one only")
    for path in sorted(differing)[:20]:
        print(f"  {' / '.join(path)}: {first[path]} and {second[path]}")
    for path in missing[:20]:
        print(f"  only in {sys.argv[1] if path in first else sys.argv[2]}: {' / '.join(path)}")
    return 3 if differing or missing else 0


if __name__ == "__main__":
    sys.exit(main())
