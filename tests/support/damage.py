"""The ways in which an artifact of the store can be damaged."""

from __future__ import annotations

from pathlib import Path

from eegrecon.pipeline.storage.layout import ARRAYS, META


def damage(folder: Path, how: str) -> None:
    """Damage an artifact: flip a bit, truncate its arrays, remove them, or make its description unreadable."""
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
