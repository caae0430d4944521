"""Two columns of a table of comma-separated values."""

from __future__ import annotations

import csv
from pathlib import Path

from eegrecon import DataError


def read_table(path: Path, key: str, value: str) -> dict[str, str] | None:
    """Return one column of a table by another; None if the file does not exist.

    Args:
        path: the file, UTF-8 with a header.
        key: name of the column of keys.
        value: name of the column of values.

    Raises:
        DataError: the file is no such table, lacks a column, or has an incomplete row.
    """
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if not {key, value} <= set(reader.fieldnames or ()):
                raise DataError(
                    f"{path} has the columns {reader.fieldnames}; the columns {key} and {value} are needed: add them"
                )
            rows = [(row[key], row[value]) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a table of comma-separated UTF-8 text ({error}); save it as such") from error
    if incomplete := next((number for number, row in enumerate(rows, 2) if not all(row)), None):
        raise DataError(f"{path}, line {incomplete}: {key} and {value} are needed; complete the line or remove it")
    return dict(rows)
