"""Mutate data folders, benchmark files, plugins, store folders and results, and see whether every case is answered.

``python benchmarks/robustness/attack.py [--seed N] [--case KIND#NUMBER]`` runs a small method once on simulated data in
the form of EEGCVPR40. Each attempt copies data, benchmark, plugin, store and result into a folder of its own, mutates
one of them, and runs ``eegrecon bench`` or ``eegrecon audit`` there. It demands that

- the command completes, or fails with exit code 1, 2 or 3 and a message that is not a raw exception;
- nothing outside the store and the result's folder changed: neither the inputs nor a decoy tree beside them, to which
  mutations point with paths, links and pickles;
- every number of a result that was written is that of the undamaged run. A mutated input may be a valid other input;
  then the result must say so, by another fingerprint of the data, digest of the benchmark, or keys of stages.

With ``--case`` it repeats one attempt and prints what the command did. Exits with code 1 on a violation.
"""

from __future__ import annotations

import os

os.environ.update(OMP_NUM_THREADS="1", MKL_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import argparse
import json
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from attempt import MARKER, Answer, Kind, Place, command, copied, preload
from compare_results import numbers
from damaged_inputs import BENCHMARKS, DATA, PLUGINS
from damaged_products import RESULTS, STORES

HERE = Path(__file__).parent
KINDS: tuple[Kind, ...] = (*DATA, *BENCHMARKS, *PLUGINS, *STORES, *RESULTS)
BENCH = ("bench", "small.toml", "--plugin", "small.py", "--data", "data", "--quiet")
AUDIT = ("audit", "run", "--plugin", "small.py", "--quiet")
SCOPE = ("--control", "shuffle", "--audit", "picture-overlap,trial-overlap,block-design")
CHANNELS = slice(None, None, 16)  # of 128: eight, so that an attempt takes less than a second
ERROR, SAME, OTHER, VIOLATION = "error", "same numbers", "other input", "VIOLATION"


def undamaged(root: Path) -> Place:
    """Create the place that attempts copy, with the undamaged run in its store and result."""
    place = Place(root)
    root.mkdir()
    shutil.copy(HERE / "small.py", root)
    shutil.copy(HERE / "small.toml", root)
    _write_decoys(place)
    fields = {"subjects": 1, "pictures_per_class": 10, "samples": 460}
    words = [word for name, value in fields.items() for word in ("--set", f"recording.{name}={value}")]
    _must(command(place, "data", "simulate", "--format", "eegcvpr40", "data", *words))
    _thin(place.data / "eeg_5_95_std.pth")
    shutil.rmtree(place.store)
    imported = root.parent / "imported"
    _must(command(place, *BENCH, *SCOPE, "--out", "run", imported=imported))
    preload(imported.read_text().splitlines())
    _must(command(place, *AUDIT))
    shutil.rmtree(root / "temporary")
    return place


def _must(answer: Answer) -> None:
    if not answer.is_completion:
        raise SystemExit(f"the undamaged run failed:\n{answer.text}")


def _write_decoys(place: Place) -> None:
    """Write what an attacker would like to see changed or executed."""
    for name in ("notes.txt", "score/meta.json", "image/photo.JPEG", "cache/model.bin"):
        file = place.decoy / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{name} belongs to somebody else\n")
    (place.decoy / "evil.py").write_text(f"open({MARKER!r}, 'w').write('x')\nopen('decoy/{MARKER}', 'w').write('x')\n")


def _thin(path: Path) -> None:
    import torch

    file = torch.load(path, weights_only=True)
    file["dataset"] = [{**segment, "eeg": segment["eeg"][CHANNELS].clone()} for segment in file["dataset"]]
    torch.save(file, path)


def attempt(base: Place, kind: Kind, seed: int, number: int, show: bool = False) -> tuple[str, str]:
    """Mutate a copy, run a command on it and judge what happened; return the outcome and a description."""
    place = copied(base, base.root.with_name("attempt"))
    try:
        case = kind.mutate(place, random.Random(f"{seed}/{kind.name}/{number}"))
        before = place.outside()
        if kind.audit:
            answer = command(place, *AUDIT)
        else:
            answer = command(place, *BENCH, *SCOPE, *(() if kind.default_out else ("--out", "out")))
        faults = answer.faults(kind.components) + _changes(before, place.outside())
        outcome = ERROR
        results = [place.run] if kind.audit and answer.is_completion else []
        results += [path.parent for folder in (place.out, place.root / "runs") for path in folder.rglob("result.json")]
        for result in results:
            differing = _differing(base.run, result)
            if differing and not _says_other_input(base.run, result):
                faults.append(f"wrong numbers without a word: {differing[:3]}")
            outcome = outcome if answer.is_error else OTHER if differing else SAME
        if answer.is_completion and not results:
            faults.append("it completed without a result")
        if show:
            print(f"{case}\n{answer.text}\nexit code {answer.code}, {answer.seconds:.1f} s")
        return (VIOLATION, f"{case}: {'; '.join(faults)}") if faults else (outcome, f"{case}: {answer.text[-200:]}")
    finally:
        shutil.rmtree(place.root)


def _changes(before: dict[str, str], after: dict[str, str]) -> list[str]:
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    return [f"changed outside: {', '.join(changed[:3])}"] if changed else []


def _differing(undamaged: Path, result: Path) -> list[Any]:
    """Return the numbers that differ, of those that both results have."""
    first, second = numbers(undamaged), numbers(result)
    scores = [path for path in first.keys() & second.keys() if path[1] != "blank"]
    return sorted((path, first[path], second[path]) for path in scores if first[path] != second[path])


def _says_other_input(undamaged: Path, result: Path) -> bool:
    """Whether a result names other data, another benchmark, or other stages of its first row."""

    def identity(folder: Path) -> dict[str, Any]:
        record = json.loads((folder / "result.json").read_text(encoding="utf-8"))
        return {"data": record["fingerprint"], "benchmark": record["digest"], "stages": record["rows"][0]["stages"]}

    first, second = identity(undamaged), identity(result)
    return any(first[name] != second[name] for name in first)


def main() -> int:
    """Run the attempts and print a table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--case", metavar="KIND#NUMBER", help="one attempt, or all whose kind starts with KIND")
    asked = parser.parse_args()
    named, _, number = (asked.case or "").partition("#")
    start, total, violations = time.perf_counter(), Counter[str](), []
    with tempfile.TemporaryDirectory() as folder:
        base = undamaged(Path(folder) / "base")
        print(f"undamaged run: {len(numbers(base.run))} numbers")
        print(f"{'kind of mutation':44}{'attempts':>9}{ERROR:>7}{SAME:>14}{OTHER:>13}")
        for kind in (kind for kind in KINDS if kind.name.startswith(named)):
            outcomes = Counter[str]()
            for n in [int(number)] if number else range(kind.times):
                outcome, text = attempt(base, kind, asked.seed, n, show=bool(number))
                outcomes[outcome] += 1
                if outcome == VIOLATION:
                    violations.append(f"--seed {asked.seed} --case '{kind.name}#{n}'  {text}")
                    print(f"{VIOLATION} {violations[-1]}", flush=True)
            print(_line(kind.name, outcomes), flush=True)
            total += outcomes
    print(_line("all", total))
    print(f"{total.total()} attempts in {time.perf_counter() - start:.0f} s, {len(violations)} violations")
    return int(bool(violations))


def _line(name: str, outcomes: Counter[str]) -> str:
    return f"{name:44}{outcomes.total():9}{outcomes[ERROR]:7}{outcomes[SAME]:14}{outcomes[OTHER]:13}"


if __name__ == "__main__":
    sys.exit(main())
