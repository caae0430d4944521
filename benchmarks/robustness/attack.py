"""Mutate data folders, benchmark files, stores and results at random, and see how eegrecon answers.

``python benchmarks/robustness/attack.py [CASES] [SEED]`` (320 cases, seed 7) runs the command line on every mutated one.
A case is answered if the command ends in time, with a documented exit code, with a message instead of a traceback when
it fails, and without the word "unexpected". Besides: a damaged store gives the same numbers as a whole one; nothing
outside the store and the folder of the result is changed (a decoy tree is hashed around every case).

Every case runs in a process forked from one that has the libraries loaded. Ends with exit code 1 if a case is not
answered, a number differs, or the decoy tree has changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
TOY = Path(__file__).parents[2] / "tests" / "toy"
LIMIT = 120  # seconds for one case
EXIT_CODES = {0, 1, 2, 3}
FEW = ("--set", "recording.subjects=2", "--set", "recording.pictures_per_class=5")
ACCURACY = (
    "--set", "generator=none", "--set", "aligner=none", "--set", "encoder.epochs=1", "--set", "encoder.time.epochs=1",
    "--set", "encoder.time.pretrain.epochs=1", "--set", "encoder.freq.epochs=1", "--control", "none", "--audit", "none",
    "--subjects", "1",
)  # fmt: skip


@dataclass(frozen=True)
class Answer:
    """How a command ended."""

    code: int
    output: str
    errors: str

    @property
    def fault(self) -> str:
        """Why this is no answer; empty for an answer."""
        if self.code not in EXIT_CODES:
            return f"exit code {self.code}"
        text = self.output + self.errors
        for sign in ("Traceback", "unexpected", "should not happen"):
            if sign in text:
                return next(line for line in text.splitlines() if sign in line)[:160]
        if self.code in (1, 2) and not self.errors.strip():
            return f"exit code {self.code} without a message"
        if "\x1b" in text:
            return "an escape sequence reaches the terminal"
        return ""


def called(folder: Path, *arguments: str) -> Answer:
    """Run the command line in a forked process."""
    files = [folder / "stdout", folder / "stderr"]
    child = os.fork()
    if child == 0:
        for number, file in enumerate(files, 1):
            os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(folder)
        os.environ["EEGRECON_HOME"] = str(folder / "store")
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None
        sys.argv = ["eegrecon", *arguments]
        code = 1
        try:
            from eegrecon.cli.main import main

            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with contextlib.suppress(Exception):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(code)
    code = _waited(child)
    output, errors = (file.read_text(encoding="utf-8", errors="replace") for file in files)
    return Answer(code, output, errors)


def _waited(child: int) -> int:
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.005)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return 124


def hashed(folder: Path) -> str:
    """Return the digest of a tree: names, kinds, content and links."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        digest.update(str(path.relative_to(folder)).encode())
        if path.is_symlink():
            digest.update(os.readlink(path).encode())
        elif path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def decoys(folder: Path) -> Path:
    """Make files that no command may touch."""
    tree = folder / "decoys"
    for name in ("scratch/mine.txt", "damaged/photo.jpg", "work/meta.json", "fit/notes/meta.json", "table.tex"):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_text(f"{name}: not eegrecon's\n", encoding="utf-8")
    return tree


def damage(file: Path, rng: random.Random) -> str:
    """Damage one file; return what was done."""
    content = bytearray(file.read_bytes())
    how = rng.choice(["flip", "truncate", "empty", "garbage", "extend", "remove", "folder"])
    if how == "flip" and content:
        for _ in range(rng.choice([1, 1, 20])):
            content[rng.randrange(len(content))] ^= 1 << rng.randrange(8)
    elif how == "truncate":
        content = content[: rng.randrange(len(content) + 1)]
    elif how == "empty":
        content = bytearray()
    elif how == "garbage":
        content = bytearray(rng.randbytes(rng.randrange(1, 4096)))
    elif how == "extend":
        content += rng.randbytes(64)
    file.unlink()
    if how == "folder":
        file.mkdir()
    elif how != "remove":
        file.write_bytes(content)
    return f"{how} {file.name}"


def numbers_of(run: Path) -> str:
    """Return the scores of a result and of its trials, as text."""
    rows = json.loads((run / "result.json").read_text(encoding="utf-8"))["rows"]
    scores = [[row["label"], row["scores"], row["summaries"], row["blank"]] for row in rows]
    return json.dumps(scores, sort_keys=True) + (run / "trials.csv").read_text(encoding="utf-8")


class Attack:
    """The cases, each on a fresh copy of an undamaged original."""

    def __init__(self, folder: Path, rng: random.Random) -> None:
        self.folder, self.rng = folder, rng
        self.original = folder / "original"
        self.original.mkdir()
        self.toy = ("bench", "toy.toml", "--plugin", str(TOY / "toy.py"), "--out", "run")
        shutil.copy(TOY / "toy.toml", self.original)
        self._succeed("data", "simulate", "--format", "eegcvpr40", "data", *FEW)
        shutil.rmtree(self.original / "store")
        self._succeed(*self.toy)
        self.numbers = numbers_of(self.original / "run")

    def _succeed(self, *arguments: str) -> None:
        answer = called(self.original, *arguments)
        if answer.code:
            raise SystemExit(f"{' '.join(arguments)} ended with {answer.code}: {answer.errors}")

    @contextlib.contextmanager
    def case(self, *names: str) -> Iterator[Path]:
        """Enter a folder with copies of some originals."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        for name in names:
            source = self.original / name
            shutil.copytree(source, folder / name) if source.is_dir() else shutil.copy(source, folder)
        yield folder
        shutil.rmtree(folder, ignore_errors=True)

    def data(self) -> tuple[str, list[str]]:
        """A damaged data folder is checked and read."""
        with self.case("data") as folder:
            files = sorted(path for path in (folder / "data").rglob("*") if path.is_file())
            top = [file for file in files if file.parent == folder / "data"]
            done = damage(self.rng.choice(top if self.rng.random() < 0.7 else files), self.rng)
            check = called(folder, "data", "check", "data")
            bench = called(folder, "bench", "brainvis", "--data", "data", "--quiet", "--out", "run", *ACCURACY)
            return f"data: {done}", [check.fault, bench.fault]

    def benchmark(self) -> tuple[str, list[str]]:
        """A damaged benchmark file is planned and run."""
        with self.case("toy.toml") as folder:
            file = folder / "toy.toml"
            lines = file.read_text(encoding="utf-8").splitlines()
            for _ in range(self.rng.choice([1, 1, 2, 4])):
                lines = self._edited(lines)
            file.write_text("\n".join(lines), encoding="utf-8", errors="surrogateescape")
            dry = called(folder, *self.toy, "--dry-run")
            run = called(folder, *self.toy, "--quiet")
            return f"benchmark: {lines}"[:120], [dry.fault, run.fault]

    def _edited(self, lines: list[str]) -> list[str]:
        rng, lines = self.rng, list(lines) or [""]
        place = rng.randrange(len(lines))
        values = (
            "nan", "inf", "-1", "0", "1e999", "9223372036854775808", '""', '"none"', "[]", "{}", "true", '"../../x"',
            '"\\u001b[31m"', '"' + "x" * 3000 + '"', "1979-05-27", "[[1]]", '"encoder"', "'''\n'''",
        )  # fmt: skip
        how = rng.choice(["drop", "double", "value", "value", "key", "garbage", "swap", "table"])
        if how == "drop":
            del lines[place]
        elif how == "double":
            lines.insert(place, lines[place])
        elif how == "value" and "=" in lines[place]:
            lines[place] = f"{lines[place].split('=')[0]}= {rng.choice(values)}"
        elif how == "key" and "=" in lines[place]:
            lines[place] = f"{rng.choice(['use', 'seed', 'samples', 'subjects', 'x.y', 'name'])} = {rng.choice(values)}"
        elif how == "garbage":
            lines[place] = "".join(chr(rng.randrange(1, 1000)) for _ in range(rng.randrange(40)))
        elif how == "swap":
            other = rng.randrange(len(lines))
            lines[place], lines[other] = lines[other], lines[place]
        elif how == "table":
            names = [
                "encoder",
                "aligner",
                "generator",
                "metric",
                "metric.right",
                "profile.small",
                "table.1",
                "judge",
                "x",
            ]
            lines.insert(place, f"[{rng.choice(names)}]")
        return lines

    def store(self) -> tuple[str, list[str]]:
        """A damaged store gives the numbers of a whole one."""
        with self.case("store", "toy.toml") as folder:
            store = folder / "store"
            artifacts = sorted(meta.parent for meta in store.glob("*/*/meta.json"))
            done = self._damaged_store(folder, store, artifacts)
            answer = called(folder, *self.toy, "--quiet")
            faults = [answer.fault]
            if answer.code == 0 and numbers_of(folder / "run") != self.numbers:
                faults.append("a number differs from the undamaged run's")
            elif answer.code:
                faults.append(f"ended with {answer.code}: {answer.errors.strip()[:160]}")
            return f"store: {done}", faults

    def _damaged_store(self, folder: Path, store: Path, artifacts: list[Path]) -> str:
        rng, artifact = self.rng, self.rng.choice(artifacts)
        how = rng.choice(["file", "file", "file", "meta", "swap", "link", "scratch", "lock", "several"])
        if how == "meta":
            file = artifact / "meta.json"
            meta = json.loads(file.read_text(encoding="utf-8"))
            name = rng.choice(sorted(meta))
            meta[name] = rng.choice([None, [], {}, 0.5, "x", float("nan")])
            file.write_text(json.dumps(meta), encoding="utf-8")
            return f"meta.json of {artifact.parent.name}: {name}"
        if how == "swap":
            others = [path for path in artifacts if path.parent == artifact.parent and path != artifact]
            if others:
                other, aside = rng.choice(others), folder / "aside"
                artifact.rename(aside)
                other.rename(artifact)
                aside.rename(other)
            return f"two artifacts of {artifact.parent.name} exchanged"
        if how == "link":
            target = folder / "decoys"
            shutil.rmtree(artifact)
            artifact.symlink_to(target, target_is_directory=True)
            return f"{artifact.parent.name} linked to another folder"
        if how == "scratch":
            place = store / "scratch" / artifact.parent.name / artifact.name
            place.mkdir(parents=True, exist_ok=True)
            for name in ("done", "pictures.u8", "x.pt"):
                (place / name).write_bytes(rng.randbytes(99))
            shutil.rmtree(artifact)
            return f"garbage in the scratch folder of {artifact.parent.name}"
        if how == "lock":
            (store / "locks").mkdir(exist_ok=True)
            (store / "locks" / f"{artifact.parent.name}-{artifact.name}.lock").write_bytes(b"stale")
            shutil.rmtree(artifact)
            return "a stale lock"
        count = 5 if how == "several" else 1
        chosen = rng.sample(artifacts, count)
        return ", ".join(
            f"{path.parent.name}: {damage(rng.choice(sorted(p for p in path.iterdir() if p.is_file())), rng)}"
            for path in chosen
        )

    def result(self) -> tuple[str, list[str]]:
        """A damaged result is audited."""
        with self.case("store", "run", "toy.toml") as folder:
            file = folder / "run" / "result.json"
            if self.rng.random() < 0.4:
                done = damage(file, self.rng)
            else:
                tree = json.loads(file.read_text(encoding="utf-8"))
                done = self._edited_tree(tree)
                file.write_text(json.dumps(tree), encoding="utf-8")
            plugin = () if self.rng.random() < 0.3 else ("--plugin", str(TOY / "toy.py"))
            answer = called(folder, "audit", "run", "--quiet", *plugin)
            return f"result: {done}", [answer.fault]

    def _edited_tree(self, tree: object) -> str:
        """Replace a random value of a JSON tree."""
        path: list[object] = []
        while isinstance(tree, dict | list) and tree:
            key: object = self.rng.choice(sorted(tree)) if isinstance(tree, dict) else self.rng.randrange(len(tree))
            path.append(key)
            child = tree[key]  # type: ignore[index]
            if not isinstance(child, dict | list) or not child or self.rng.random() < 0.15:
                values = [None, -1, 1e300, "x", "\x1b[31m", [], {}, True, "../../x", "/etc/passwd"]
                tree[key] = self.rng.choice(values)  # type: ignore[index]
                break
            tree = child
        return "/".join(map(str, path))


def main() -> int:
    """Attack and print; return the exit code."""
    cases = int(sys.argv[1]) if len(sys.argv) > 1 else 320
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 7
    rng = random.Random(seed)
    import torch

    import eegrecon.api  # loaded once, before the processes fork

    _ = eegrecon.api
    torch.set_num_threads(1)
    answered: Counter[str] = Counter()
    total: Counter[str] = Counter()
    failures = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tree = decoys(folder)
        attack = Attack(folder, rng)
        before = hashed(tree)
        kinds: list[Callable[[], tuple[str, list[str]]]] = [attack.data, attack.benchmark, attack.store, attack.result]
        for number in range(cases):
            kind = kinds[number % len(kinds)]
            what, faults = kind()
            faults = [fault for fault in faults if fault]
            if hashed(tree) != before:
                faults.append("the decoy tree has changed")
                shutil.rmtree(tree)
                decoys(folder)
            total[kind.__name__] += 1
            answered[kind.__name__] += not faults
            failures += [(number, what, fault) for fault in faults]
    for name, count in total.items():
        print(f"{name:10} {answered[name]} of {count} answered")
    for number, what, fault in failures:
        print(f"  case {number}: {re.sub(r'[^ -~]', '?', what)}: {re.sub(r'[^ -~]', '?', fault)}")
    print(f"{sum(answered.values())} of {cases} answered; seed {seed}")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
