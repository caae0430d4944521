"""Files of text with an entry per line."""

from __future__ import annotations

from pathlib import Path

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
