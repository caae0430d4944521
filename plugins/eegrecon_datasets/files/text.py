"""Names, one per line: in files of text, and in arrays, which a preparation returns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError


def read_lines(path: Path) -> list[str]:
    """Return the lines of a UTF-8 file, without the mark that some editors put at its beginning.

    Raises:
        DataError: the file is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not UTF-8 text ({error}); save it as such") from error


def as_lines(names: Sequence[str]) -> NDArray[np.uint8]:
    """Return names as UTF-8 with one per line."""
    return np.array(list("\n".join(names).encode()), np.uint8)


def names_in(lines: NDArray[Any]) -> tuple[str, ...]:
    """Return names from their UTF-8 form with one per line; none from an empty one."""
    return tuple(bytes(lines).decode().split("\n")) if len(lines) else ()
