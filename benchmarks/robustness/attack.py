"""Damage everything that a run reads, at random, and check that each attempt is answered.

    python benchmarks/robustness/attack.py [--seed S] [--each N] [--workers W] [--only TARGET/NUMBER]

A small run on a simulated data folder is the reference. Each of N attempts (default 70) at each target (data folders,
benchmark files, stores, results, plugins) damages a copy of it in one of the ways of the ``damaged_*`` modules, chosen
by the seed, and gives it to a command in a process of its own. An attempt is *refused*, with a message and exit code 1,
2 or 3, or *completed*. It is a violation if it ends in another way, prints a traceback or a control character, calls an
error unexpected, changes a file outside the store and the result's folder, or writes a number that is not the
undamaged run's. ``--only`` repeats one attempt and shows what it printed.

Exits with code 1 if there is a violation.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import importlib
import json
import multiprocessing
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

for _name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(_name, "1")  # read when numpy and torch are imported; processes are forked after that

import damaged_inputs  # noqa: E402
import damaged_plugins  # noqa: E402
import damaged_products  # noqa: E402
from compare_results import numbers, of_record  # noqa: E402
from damage import AGAIN, AUDIT, MUTATIONS, Attack  # noqa: E402

HERE = Path(__file__).parent
KINDS = (damaged_inputs, damaged_products, damaged_plugins)  # imported so that they register their kinds
SIMULATE = ("data", "simulate", "--format", "eegcvpr40", "--set", "recording.pictures_per_class=10", "--set",
            "recording.subjects=1", "--set", "recording.samples=460", "data")  # fmt: skip
SECONDS = 120  # for one command
OWN = {"store", "run", "runs", "out", "__pycache__"}  # where a command may write
FOREIGN = ("photo.jpg", "work.txt", "notes.txt")  # files of others inside the store
_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
_RAW = ("Traceback (most", "(unexpected;", "should not happen", "Exception ignored", "Segmentation")
EVIL = """from pathlib import Path
(Path(__file__).parent / "executed").touch()
"""


@dataclass(frozen=True)
class Ending:
    """How a command ended: exit code, or minus the number of a signal, and what it printed."""

    code: int
    text: str


@dataclass(frozen=True)
class Attempt:
    """One attempt with its outcome: refused, completed, or the reason why it is a violation."""

    target: str
    kind: str
    number: int
    outcome: str
    command: Sequence[str]
    text: str


def called(arguments: Sequence[str], folder: Path) -> Ending:
    """Run the command line in a forked process, in a folder that has its store."""
    printed = folder.parent / f"{folder.name}.printed"
    process = os.fork()
    if process == 0:
        code = 99
        try:
            _become(folder, printed)
            code = _main(arguments)
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
            os._exit(code)
    _, status = os.waitpid(process, 0)
    return Ending(os.waitstatus_to_exitcode(status), printed.read_text(encoding="utf-8", errors="surrogateescape"))


def _become(folder: Path, printed: Path) -> None:
    """Let this process look like one that a shell has started."""
    signal.alarm(SECONDS)
    output = os.open(printed, os.O_CREAT | os.O_TRUNC | os.O_WRONLY)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(output, 1)
    os.dup2(output, 2)
    sys.stdout, sys.stderr = (open(number, "w", encoding="utf-8", closefd=False) for number in (1, 2))  # noqa: SIM115
    sys.stderr.reconfigure(line_buffering=True, errors="backslashreplace")
    sys.dont_write_bytecode = True
    os.chdir(folder)
    os.environ |= {"EEGRECON_HOME": str(folder / "store"), "HOME": str(folder / "elsewhere"), "COLUMNS": "120"}


def _main(arguments: Sequence[str]) -> int:
    from eegrecon.cli.main import main

    sys.argv = ["eegrecon", *arguments]
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 98
    return 0


def reference(folder: Path) -> None:
    """Make the undamaged data folder, store and result, and import here what that imports.

    Raises:
        SystemExit: a command fails.
    """
    (folder / "elsewhere").mkdir(parents=True)
    for name in ("small.toml", "small.py"):
        shutil.copy(HERE / name, folder / name)
    for command in (SIMULATE, (*AGAIN, "--quiet"), (*AUDIT, "--quiet")):
        ending = called(command, folder)
        if ending.code not in (0, 3):
            raise SystemExit(f"eegrecon {' '.join(command)} failed without any damage:\n{ending.text}")
        if "out" in command:
            (folder / "out").rename(folder / "run")
    for name in (
        "notes.txt",
        "project/photo.jpg",
        "project/meta.json",
        "project/deep/work.txt",
        "photo.JPEG",
        "x.toml",
    ):
        (folder / "elsewhere" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "elsewhere" / name).write_text(f"{name} of somebody else\n", encoding="utf-8")
    (folder / "elsewhere" / "evil.py").write_text(EVIL, encoding="utf-8")


def warm_up() -> None:
    """Import what the commands import, once for all processes."""
    for name in ("torch", "sklearn.linear_model", "matplotlib.figure", "matplotlib.backends.backend_agg",
                 "rich.progress", "scipy.special", "eegrecon.api", "eegrecon.cli.main", "eegrecon.reporting.terminal",
                 "eegrecon_datasets.eegcvpr40.assembly", "eegrecon_metrics.trial_metrics.accuracy"):  # fmt: skip
        importlib.import_module(name)


def state(folder: Path) -> dict[str, str]:
    """Return a digest of everything in a sandbox that a command must not change."""
    return {str(path.relative_to(folder)): digest for path, digest in _digests(folder)}


def _digests(folder: Path, inside: bool = False) -> Iterator[tuple[Path, str]]:
    for path in sorted(folder.iterdir()):
        if path.name in OWN and not inside:
            yield from ((foreign, _digest(foreign)) for name in FOREIGN for foreign in sorted(path.rglob(name)))
        elif path.is_dir() and not path.is_symlink():
            yield path, "folder"
            yield from _digests(path, inside=True)
        else:
            yield path, _digest(path)


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    return hashlib.blake2b(path.read_bytes()).hexdigest() if path.is_file() else "no file"


def attempt(task: tuple[str, str, int, int]) -> Attempt:
    """Damage a copy of the reference in a folder, run a command, and judge how that ended."""
    root, target, number, seed = task
    undamaged, box = Path(root) / "undamaged", Path(root) / f"{target}-{number}"
    rng = Random(f"{seed}/{target}/{number}")
    kinds = list(MUTATIONS[target])
    kind = kinds[number % len(kinds)]
    shutil.copytree(undamaged, box, copy_function=os.link, symlinks=True)
    try:
        attack = MUTATIONS[target][kind](rng, box)
        before, left = state(box), _result(box)
        ending = called(attack.command, box)
        outcome = judged(ending, attack, left, box, undamaged)
        after = state(box)
        if before != after:
            changed = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
            outcome = f"VIOLATION: changed {', '.join(changed[:3])}"
        return Attempt(target, kind, number, outcome, attack.command, ending.text)
    finally:
        shutil.rmtree(box)


def judged(ending: Ending, attack: Attack, left: bytes, box: Path, undamaged: Path) -> str:
    """Return whether an attempt was refused or completed, or why that is a violation."""
    if ending.code not in (0, 1, 2, 3):
        return f"VIOLATION: exit code {ending.code}"
    if raw := [text for text in _RAW if text in ending.text]:
        return f"VIOLATION: prints {raw[0]!r}"
    if found := _CONTROL.search(ending.text):
        return f"VIOLATION: prints the control character {found[0]!r}"
    if ending.code in (1, 2) and "error" not in ending.text.lower():
        return f"VIOLATION: exit code {ending.code} without a message"
    written = next((box / name for name in ("out", *_runs(box)) if (box / name / "result.json").is_file()), None)
    if written is None and _result(box) != left:
        written = box / "run"
    if written is not None and attack.numbers != "none" and (wrong := _wrong(written, undamaged / "run", attack)):
        return f"VIOLATION: {wrong}"
    audited = attack.command[0] == "audit" and ending.code == 0 and written is None
    if audited and (wrong := _wrong(box / "run", undamaged / "run", attack)):
        return f"VIOLATION: approved, but {wrong}"
    found_wanting = attack.command[0] == "data" and ending.code == 3
    return "completed" if ending.code in (0, 3) and not found_wanting else "refused"


def _runs(box: Path) -> list[str]:
    return [str(path.relative_to(box)) for path in (box / "runs").glob("*")]


def _result(box: Path) -> bytes:
    path = box / "run" / "result.json"
    return path.read_bytes() if path.is_file() else b""


def _without_trials(folder: Path) -> dict[tuple[str, ...], str]:
    return of_record(json.loads((folder / "result.json").read_text(encoding="utf-8")))


def _wrong(written: Path, expected: Path, attack: Attack) -> str:
    """Return what is wrong with the numbers of a result; empty if nothing is."""
    read = numbers if (written / "trials.csv").is_file() else _without_trials  # a file that an attempt may remove
    try:
        found, right = read(written), read(expected)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"its numbers cannot be read: {type(error).__name__}: {error}"
    paths = found.keys() & right.keys()
    if attack.numbers == "common":  # a correction depends on how many columns there are
        paths = {path for path in paths if "p_corrected" not in path}
    elif found.keys() != right.keys():
        return f"{len(found.keys() ^ right.keys())} numbers are there that should not, or are missing"
    differing = sorted(path for path in paths if found[path] != right[path])
    return f"{len(differing)} numbers differ: {' / '.join(differing[0])}" if differing else ""


def table(attempts: Sequence[Attempt]) -> str:
    """Return a line for each kind of damage."""
    lines = [f"{'target':9}  {'damage':50} {'attempts':>8} {'refused':>8} {'completed':>9} {'violations':>10}"]
    kinds = dict.fromkeys((attempt.target, attempt.kind) for attempt in attempts)
    for target, kind in kinds:
        lines.append(_line(target, kind, Counter(_word(a) for a in attempts if (a.target, a.kind) == (target, kind))))
    return "\n".join((*lines, _line("all", "", Counter(map(_word, attempts)))))


def _word(attempt: Attempt) -> str:
    return attempt.outcome.partition(":")[0]


def _line(target: str, kind: str, counts: Mapping[str, int]) -> str:
    outcomes = [counts.get(word, 0) for word in ("refused", "completed", "VIOLATION")]
    return f"{target:9}  {kind:50} {sum(outcomes):8} {outcomes[0]:8} {outcomes[1]:9} {outcomes[2]:10}"


def main() -> int:
    """Attack and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--each", type=int, default=70, help="attempts at each target")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--only", help="repeat one attempt, for instance store/12")
    options = parser.parse_args()
    start = time.perf_counter()
    warm_up()
    with tempfile.TemporaryDirectory() as root:
        reference(Path(root) / "undamaged")
        if options.only:
            target, _, number = options.only.partition("/")
            found = attempt((root, target, int(number), options.seed))
            print(f"{found.kind}: eegrecon {' '.join(found.command)}\n{found.text}\n{found.outcome}")
            return int(_word(found) == "VIOLATION")
        before = state(Path(root) / "undamaged")
        tasks = [(root, target, number, options.seed) for target in MUTATIONS for number in range(options.each)]
        with multiprocessing.get_context("fork").Pool(options.workers) as pool:
            attempts = list(pool.imap(attempt, tasks))
        assert state(Path(root) / "undamaged") == before, "a command wrote through a hard link"
    print(table(attempts))
    violations = [found for found in attempts if _word(found) == "VIOLATION"]
    for found in violations:
        print(f"{found.target}/{found.number}: {found.kind}: eegrecon {' '.join(found.command)}: {found.outcome}")
    seconds, answered = time.perf_counter() - start, len(attempts) - len(violations)
    print(f"seed {options.seed}, {seconds:.0f} s: {answered} of {len(attempts)} answered")
    return int(bool(violations))


if __name__ == "__main__":
    sys.exit(main())
