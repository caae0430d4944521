"""One attempt to break eegrecon: a folder with everything in it, and a command in a process of its own."""

from __future__ import annotations

import hashlib
import importlib
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SECONDS = 90.0  # that a command may take
MARKER = "executed"  # a file of this name in the decoy tree says that something was executed
_FORBIDDEN = re.compile(
    r"Traceback \(most recent call last\)|should not happen|unexpected; run again|Segmentation fault|core dumped"
)
_RAW = re.compile(r"stage \S+ .*failed: \w+:")  # the exception of a component as it was raised


@dataclass(frozen=True)
class Place:
    """The folder of an attempt: what a command reads and writes, and a decoy tree beside it that it must leave alone.

    Attributes:
        root: the folder, which is the command's current directory.
    """

    root: Path

    @property
    def data(self) -> Path:
        """A data folder in the form of EEGCVPR40."""
        return self.root / "data"

    @property
    def benchmark(self) -> Path:
        """The benchmark file."""
        return self.root / "small.toml"

    @property
    def plugin(self) -> Path:
        """The plugin in one file."""
        return self.root / "small.py"

    @property
    def store(self) -> Path:
        """The store, which has every stage of the undamaged run."""
        return self.root / "store"

    @property
    def run(self) -> Path:
        """The folder of the undamaged run's result."""
        return self.root / "run"

    @property
    def out(self) -> Path:
        """The folder of a new result."""
        return self.root / "out"

    @property
    def decoy(self) -> Path:
        """Files of somebody else."""
        return self.root / "decoy"

    def outside(self) -> dict[str, str]:
        """Return a digest of everything but the store and the folders of results."""
        kept = (self.store, self.run, self.out, self.root / "runs", self.root / "temporary")
        found = {}
        for folder, folders, files in os.walk(self.root):
            folders[:] = [name for name in folders if Path(folder, name) not in kept]
            for path in (Path(folder, name) for name in (*folders, *files)):
                found[str(path.relative_to(self.root))] = _digest(path)
        return found


@dataclass(frozen=True)
class Kind:
    """A kind of mutation.

    Attributes:
        name: what is mutated, and how.
        times: number of attempts.
        mutate: changes the place and returns what it did.
        audit: whether the command is ``audit``.
        default_out: whether the folder of the result is left to the command.
        components: whether raw exceptions of a component are expected, since the mutation wrote the component.
    """

    name: str
    times: int
    mutate: Callable[[Place, random.Random], str]
    audit: bool = False
    default_out: bool = False
    components: bool = False


@dataclass(frozen=True)
class Answer:
    """What a command did.

    Attributes:
        code: its exit code; negative: the signal that ended it.
        text: what it printed, on both streams.
        seconds: how long it took.
    """

    code: int
    text: str
    seconds: float

    @property
    def is_error(self) -> bool:
        """Whether it is an error with a message."""
        return self.code in (1, 2, 3) and bool(re.search(r"^error: \S|^Error: \S", self.text, re.MULTILINE))

    @property
    def is_completion(self) -> bool:
        """Whether the command completed; with code 3 an audit failed."""
        return self.code == 0 or (self.code == 3 and not self.is_error)

    def faults(self, components: bool) -> list[str]:
        """Return what is wrong with the answer."""
        found = [] if self.is_error or self.is_completion else [f"exit code {self.code} without an answer"]
        if match := _FORBIDDEN.search(self.text) or (None if components else _RAW.search(self.text)):
            found.append(f"the message has {match.group()!r}")
        return found


def _digest(path: Path) -> str:
    if path.is_symlink():
        return f"link to {os.readlink(path)}"
    if path.is_file():
        return hashlib.blake2b(path.read_bytes(), digest_size=16).hexdigest()
    return "folder" if path.is_dir() else "special file"


def preload(names: list[str]) -> None:
    """Import modules, so that the processes of the attempts do not have to."""
    for name in names:
        if not name.startswith(("eegrecon_file_", "__")):
            with suppress(Exception):
                importlib.import_module(name)


def command(place: Place, *arguments: str, imported: Path | None = None) -> Answer:
    """Run a command of eegrecon in a forked process.

    Args:
        place: where it runs.
        arguments: of the command line.
        imported: file that receives the names of the modules that it imported.
    """
    start, log = time.perf_counter(), place.root.parent / f"{place.root.name}.log"
    child = os.fork()
    if child == 0:
        _become(place, arguments, log, imported)
    while time.perf_counter() - start < SECONDS:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            break
        time.sleep(0.01)
    else:
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
    text = log.read_text(encoding="utf-8", errors="replace")
    log.unlink()
    return Answer(os.waitstatus_to_exitcode(status), text, time.perf_counter() - start)


def _become(place: Place, arguments: tuple[str, ...], log: Path, imported: Path | None) -> None:
    """Turn this process into the command; never returns."""
    code = 1
    try:
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        for stream in (1, 2):
            os.dup2(file, stream)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        temporary = place.root / "temporary"
        temporary.mkdir(exist_ok=True)
        os.environ.update(EEGRECON_HOME=str(place.store), HOME=str(place.decoy), TMPDIR=str(temporary), NO_COLOR="1")
        tempfile.tempdir = None
        os.chdir(place.root)
        sys.argv = ["eegrecon", *arguments]
        from eegrecon.cli.main import main

        try:
            main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
        sys.stdout.flush()
        sys.stderr.flush()
        if imported is not None:
            imported.write_text("\n".join(sys.modules))
    except BaseException:
        os.write(2, traceback.format_exc().encode())
        code = 1
    finally:
        os._exit(code)


def copied(base: Place, root: Path) -> Place:
    """Return a copy of a place."""
    shutil.copytree(base.root, root, symlinks=True)
    return Place(root)
