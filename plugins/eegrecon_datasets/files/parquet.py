"""Columns of a parquet table."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from eegrecon import DataError, MissingFiles


def read_parquet(
    path: Path, columns: Sequence[str], remedy: str, *, optional: Sequence[str] = ()
) -> dict[str, list[Any]]:
    """Return some columns of a table as lists.

    Args:
        path: the file.
        columns: names of the columns.
        remedy: what to do about a missing or damaged file, for messages.
        optional: columns that are read where they are there.

    Raises:
        MissingFiles: the file does not exist, or pyarrow is not installed.
        DataError: it is no parquet table, or lacks a column.
    """
    if not path.is_file():
        raise MissingFiles(f"{path} does not exist; {remedy}")
    try:
        from pyarrow import ArrowException, parquet
    except ImportError as error:
        raise MissingFiles(
            f"{path} is a parquet table, which pyarrow reads; it is not installed: pip install 'eegrecon[parquet]'"
        ) from error
    try:
        held = parquet.read_schema(path).names
        if missing := [name for name in columns if name not in held]:
            raise DataError(f"{path} has the columns {', '.join(held)}, but {missing[0]} is needed; {remedy}")
        there = [*columns, *(name for name in optional if name in held)]
        table = parquet.read_table(path, columns=there)
    except (ArrowException, OSError) as error:
        raise DataError(f"{path} is damaged or no parquet table ({str(error).splitlines()[0]}); {remedy}") from error
    return {name: table.column(name).to_pylist() for name in there}
