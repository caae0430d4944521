"""A finished benchmark as a Python object and as ``result.json``."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pydantic

from eegrecon.errors import DataError, MissingFiles
from eegrecon.interfaces.records import SCHEMA, ResultRecord
from eegrecon.reporting.tables import table_of

RESULT = "result.json"


class Result(ResultRecord):
    """A `ResultRecord` with methods to tabulate and save it."""

    def table(self) -> list[dict[str, Any]]:
        """Return the rows of the table as dictionaries: label, kind, and the values of each column by its name."""
        return [row.flat() for row in table_of(self).rows]

    def save(self, folder: Path) -> None:
        """Write ``result.json`` into a folder, replacing an existing one atomically."""
        text = self.model_dump_json(by_alias=True, indent=1)
        part = folder / ".result.json.part"
        part.unlink(missing_ok=True)  # it may be a link
        with part.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
        part.replace(folder / RESULT)


def load(path: Path) -> Result:
    """Return the result of a run.

    Args:
        path: the run's folder or its ``result.json``.

    Raises:
        MissingFiles: there is no result.
        DataError: the file does not have the schema.
    """
    file = path / RESULT if path.is_dir() else path
    if not file.is_file():
        raise MissingFiles(f"no result at {file}; eegrecon bench prints the folder of its result")
    try:
        record = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(record, dict) or record.get("schema") != SCHEMA:
            found = record.get("schema", "none") if isinstance(record, dict) else f"a {type(record).__name__}"
            raise DataError(f"{file} has the schema {found}, and this version reads {SCHEMA}; run the benchmark again")
        result = Result.model_validate(record)
        result.model_dump_json()  # an audit writes it again, which half a surrogate pair does not allow
        return result
    except (ValueError, RecursionError) as error:
        problems = error.errors() if isinstance(error, pydantic.ValidationError) else []
        details = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems[:3]]
        raise DataError(
            f"{file} does not have the schema {SCHEMA}: {'; '.join(details) or error}; run the benchmark again"
        ) from error


def schema() -> str:
    """Return the JSON Schema of ``result.json``, which is shipped as ``eegrecon/result-1.schema.json``."""
    return json.dumps(ResultRecord.model_json_schema(by_alias=True), indent=1, sort_keys=True) + "\n"
