"""The ways in which an artefact of the store can be damaged."""

from __future__ import annotations

from pathlib import Path

from eegrecon.store import ARRAYS, META


def damaged(folder: Path, how: str) -> None:
    """Damage an artefact: flip a bit, cut its arrays short, remove them, or spoil its description."""
    file = folder / ARRAYS
    if how == "flip":
        content = bytearray(file.read_bytes())
        content[-5] ^= 1
        file.write_bytes(content)
    elif how == "truncate":
        file.write_bytes(file.read_bytes()[:-8])
    elif how == "missing":
        file.unlink()
    else:
        (folder / META).write_text("{")
