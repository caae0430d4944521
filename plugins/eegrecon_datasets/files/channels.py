"""Lists of EEG channel names."""

from __future__ import annotations

from pathlib import Path

from eegrecon import DataError
from eegrecon_datasets.files.text import read_lines


def read_channel_names(path: Path) -> tuple[str, ...]:
    """Return the channel names in a text file, one per line.

    Raises:
        DataError: the file is not UTF-8, or a name occurs more than once.
    """
    names = tuple(line.strip() for line in read_lines(path) if line.strip())
    if repeated := [name for name in names if names.count(name) > 1]:
        raise DataError(f"{path} names the channel {repeated[0]} more than once; give every channel a unique name")
    return names
