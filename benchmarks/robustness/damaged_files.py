"""Damage to any file: bytes, length, kind."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

from attempt import MARKER


class Pickled:
    """An object whose pickle creates a file when it is loaded without care."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return exec, (f"open('decoy/{MARKER}', 'w').write('x')",)


def flip(file: Path, rng: random.Random) -> str:
    """Flip a bit of one to eight bytes."""
    content = bytearray(file.read_bytes())
    places = [rng.randrange(len(content)) for _ in range(rng.choice((1, 2, 8)))]
    for place in places:
        content[place] ^= 1 << rng.randrange(8)
    file.write_bytes(content)
    return f"{file.name}: bits flipped at {places}"


def truncate(file: Path, rng: random.Random) -> str:
    """Keep the beginning of a file."""
    content = file.read_bytes()
    kept = rng.choice((0, 1, len(content) // 2, len(content) - 1, rng.randrange(len(content))))
    file.write_bytes(content[:kept])
    return f"{file.name}: {kept} of {len(content)} bytes kept"


def remove(file: Path, rng: random.Random) -> str:
    """Remove a file."""
    file.unlink()
    return f"{file.name}: removed"


def replace(file: Path, rng: random.Random) -> str:
    """Put something else in the place of a file."""
    how = rng.choice(("folder", "noise", "zeros", "text", "marked text"))
    size = file.stat().st_size
    file.unlink()
    if how == "folder":
        file.mkdir()
    else:
        contents = {
            "noise": rng.randbytes(size),
            "zeros": bytes(size),
            "text": b"<html>404 not found</html>",
            "marked text": b"\xef\xbb\xbf\x1b[2Jcleared,\x00\n",
        }
        file.write_bytes(contents[how])
    return f"{file.name}: replaced by {how}"


def link(file: Path, rng: random.Random) -> str:
    """Replace a file by a symbolic link: to a decoy, to nothing, to itself, or to a copy of it."""
    root = next(parent for parent in file.parents if (parent / "decoy").is_dir())
    how = rng.choice(("decoy", "nothing", "itself", "copy", "folder", "device"))
    target = {
        "decoy": root / "decoy" / "notes.txt",
        "nothing": root / "decoy" / "new.txt",
        "itself": file,
        "copy": root / "decoy" / "copy",
        "folder": root / "decoy",
        "device": Path("/dev/null"),
    }[how]
    if how == "copy":
        shutil.copy(file, target)
    file.unlink()
    file.symlink_to(target)
    return f"{file.name}: replaced by a link to {how}"


def swap(first: Path, second: Path) -> str:
    """Exchange two files or folders."""
    between = first.with_name(f"{first.name}.between")
    first.rename(between)
    second.rename(first)
    between.rename(second)
    return f"{first.name} and {second.name}: exchanged"
