"""What the kinds of damage of ``attack.py`` share: the sandbox's commands, the registry of kinds, damaged files.

A sandbox holds ``data`` (EEGCVPR40 form), ``store`` and ``run`` of an undamaged run, ``small.toml`` and ``small.py``,
and ``elsewhere``, which nothing may change. Its files are hard links to those of all other sandboxes: a file is
replaced, never written in place.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Literal

BENCH = ("bench", "small.toml", "--plugin", "small.py", "--data", "data")
AGAIN = (*BENCH, "--audit", "trial-overlap", "--out", "out")
AUDIT = ("audit", "run", "--plugin", "small.py")
ESCAPE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202e[/red]"
NASTY = (
    "-1", "inf", "nan", "1e400", "true", '""', '"x"', "[]", "{}", "[[]]", '["x", 1]', "1979-05-27", '"../elsewhere"',
    f'"{"x" * 300}"', json.dumps(ESCAPE).replace("\x9b", "\\u009b"), '"\\u0000"',
)  # fmt: skip


@dataclass(frozen=True)
class Attack:
    """A damaged sandbox: the command to try in it.

    Attributes:
        command: its arguments.
        numbers: which numbers of a result must be those of the undamaged run: all of them; those that both have,
            where a benchmark file may lack a metric; or none, where the method itself was changed.
    """

    command: tuple[str, ...]
    numbers: Literal["all", "common", "none"] = "all"


Mutation = Callable[[Random, Path], Attack]
MUTATIONS: dict[str, dict[str, Mutation]] = {"data": {}, "benchmark": {}, "store": {}, "result": {}, "plugin": {}}


def mutation(target: str, name: str) -> Callable[[Mutation], Mutation]:
    """Register a kind of damage."""

    def register(function: Mutation) -> Mutation:
        MUTATIONS[target][name] = function
        return function

    return register


def replace(path: Path, content: bytes | str) -> None:
    """Replace a file, and not what its name is linked to."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def link(path: Path, target: Path | str) -> None:
    """Replace a file or folder by a symbolic link."""
    remove(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.symlink_to(target)


def flipped(content: bytes, rng: Random, times: int = 1) -> bytes:
    """Return bytes with one bit changed in some of them."""
    changed = bytearray(content)
    for _ in range(times if content else 0):
        changed[rng.randrange(len(changed))] ^= 1 << rng.randrange(8)
    return bytes(changed)


def files(folder: Path, pattern: str = "*") -> list[Path]:
    """Return the files below a folder in a fixed order."""
    return sorted(path for path in folder.rglob(pattern) if path.is_file())


def damaged(path: Path, how: str, rng: Random) -> None:
    """Damage one file, in one of the `DAMAGES`."""
    content = path.read_bytes() if path.is_file() else b""
    match how:
        case "flipped":
            replace(path, flipped(content, rng, rng.choice((1, 1, 8))))
        case "truncated":
            replace(path, content[: rng.randrange(max(1, len(content)))])
        case "emptied":
            replace(path, b"")
        case "removed":
            remove(path)
        case "zeros":
            replace(path, bytes(len(content)))
        case "a folder":
            remove(path)
            path.mkdir()
        case "a link":
            box = next(parent for parent in path.parents if (parent / "elsewhere").is_dir())
            link(path, box / "elsewhere" / "notes.txt")
        case "a dangling link":
            link(path, "nowhere")
        case _:
            link(path, path.name)  # to itself


DAMAGES = ("truncated", "emptied", "removed", "zeros", "a folder", "a link", "a dangling link", "a loop")
