"""A finished benchmark as a Python object and as ``result.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eegrecon.errors import DataError, MissingFiles
from eegrecon.interfaces.records import SCHEMA, ResultRecord
from eegrecon.reporting.tables import table_of


class Result(ResultRecord):
    """A `ResultRecord` with methods to tabulate and save it."""

    def table(self) -> list[dict[str, Any]]:
        """Return the rows of the table as dictionaries: label, kind, and the values of each column by its name."""
        return [row.flat() for row in table_of(self).rows]

    def save(self, folder: Path) -> None:
        """Write ``result.json`` into a folder, replacing an existing one atomically."""
        text = self.model_dump_json(by_alias=True, indent=1)
        part = folder / ".result.json.part"
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(folder / "result.json")


def load(path: Path) -> Result:
    """Return the result of a run.

    Args:
        path: the run's folder or its ``result.json``.

    Raises:
        MissingFiles: there is no result.
        DataError: the file does not have the schema.
    """
    file = path / "result.json" if path.is_dir() else path
    if not file.is_file():
        raise MissingFiles(f"no result at {file}; eegrecon bench prints the folder of its result")
    try:
        return Result.model_validate_json(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{file} does not have the schema {SCHEMA}: {error}; run the benchmark again") from error


def schema() -> str:
    """Return the JSON Schema of ``result.json``, which is shipped as ``eegrecon/result-1.schema.json``."""
    return json.dumps(ResultRecord.model_json_schema(by_alias=True), indent=1, sort_keys=True) + "\n"
