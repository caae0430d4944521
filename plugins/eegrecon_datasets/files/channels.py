"""Lists of EEG channel names."""

from __future__ import annotations

from pathlib import Path

from eegrecon import DataError


def read_channel_names(path: Path) -> tuple[str, ...]:
    """Return the channel names in a text file, one per line.

    Raises:
        DataError: a name occurs more than once.
    """
    names = tuple(line.strip() for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    if repeated := [name for name in names if names.count(name) > 1]:
        raise DataError(f"{path} names the channel {repeated[0]} more than once; give every channel a unique name")
    return names
