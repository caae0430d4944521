"""A finished benchmark as a Python object and as ``result.json``."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pydantic

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.errors import DataError, MissingFiles, UnknownName, UsageError, unknown
from eegrecon.evaluation.recorded import KEY
from eegrecon.interfaces.data import Pixels
from eegrecon.interfaces.records import SCHEMA, ResultRecord, ResultRow
from eegrecon.pipeline.storage.store import Store, home
from eegrecon.reporting import renderers, trials
from eegrecon.reporting.tables import table_of

RESULT, TRIALS = "result.json", "trials.csv"
READ = (SCHEMA,)  # schemas that `load` reads; a field added with a default leaves the number of a schema as it is


class Result(ResultRecord):
    """A `ResultRecord` with methods to tabulate and save it."""

    def table(self) -> list[dict[str, Any]]:
        """Return the rows of the table as dictionaries: label, kind, and the values of each column by its name."""
        return [row.flat() for row in table_of(self).rows]

    def to_frame(self) -> Any:
        """Return the table as a pandas DataFrame, a line for each row and column, with intervals, p values and n.

        Raises:
            UsageError: pandas is not installed.
        """
        try:
            import pandas  # type: ignore[import-not-found, import-untyped, unused-ignore]
        except ImportError:
            raise UsageError(
                "result.to_frame() needs pandas, which is not installed; pip install pandas, or use result.table()"
            ) from None
        frame = pandas.read_csv(io.StringIO(renderers.comma_separated(table_of(self))))
        return frame[frame["kind"] != "audit"]

    def trials(self) -> list[dict[str, Any]]:
        """Return a dictionary for each row, subject, seed and test trial: label, predicted class, per-trial scores.

        It is the content of ``trials.csv`` in the result's folder, with numbers as numbers.

        Raises:
            MissingFiles: the folder is no longer there.
        """
        file = Path(self.folder, TRIALS)
        if not file.is_file():
            raise MissingFiles(f"there is no {file}; load the result from its folder with eegrecon.load(Path(…))")
        return trials.read(file, trials.lines_of)

    def pictures(self, row: str | None = None) -> list[Pixels]:
        """Return a row's generated pictures from the store, uint8 (n, samples, h, w, 3) for each subject and seed.

        The trials are in the order of `trials`; pictures that several subjects or seeds share are returned once.

        Args:
            row: the row's label, also without what stands in brackets behind it, or the short name of a control in the
                printed table; by default the first row's.

        Raises:
            UnknownName: there is no such row, or more than one.
            MissingFiles: its pictures are not in the store of this user.
        """
        record = self.rows[0] if row is None else self._row(row)
        keys = [key for key in record.stages if key in self.stages and self.stages[key].kind == "generate"]
        if not keys:
            raise MissingFiles(f"the row {record.label!r} has no generated pictures; name another")
        store = Store(home())
        found = [artifact for key in keys if KEY.fullmatch(key) and (artifact := store.get("generate", key))]
        if len(found) < len(keys):
            raise MissingFiles(
                f"pictures of {record.label!r} are not in the store {store.root}; compute them again: {self.command}"
            )
        return [np.asarray(artifact.arrays["pictures"]) for artifact in found]

    def _row(self, name: str) -> ResultRow:
        """Return the row of a label, or the only one of a shorter name.

        Raises:
            UnknownName: there is none, or more than one.
        """
        rows = {record.label: record for record in self.rows}
        if name in rows:
            return rows[name]
        found = [record for record in self.rows if name in _short_names(record)]
        if len(found) > 1:
            labels = ", ".join(repr(record.label) for record in found)
            raise UnknownName(f"{name!r} may be any of the rows {labels}; give the whole label")
        if not found:
            raise unknown("row", name, rows)
        return found[0]

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return renderers.html(table_of(self))

    def save(self, folder: Path) -> None:
        """Write ``result.json`` into a folder, replacing an existing one atomically."""
        text = self.model_dump_json(by_alias=True, indent=1)
        part = folder / ".result.json.part"
        part.unlink(missing_ok=True)  # it may be a link
        with part.open("x", encoding="utf-8") as file:
            file.write(text + "\n")
        part.replace(folder / RESULT)


def _short_names(row: ResultRow) -> tuple[str, ...]:
    """Return a row's label without what stands in brackets behind it, and the names of its control."""
    plain = row.label.partition(" (")[0]
    control = CONTROLS.get(row.control or "")
    return (plain, control.short, control.name) if control else (plain,)


def load(path: str | Path) -> Result:
    """Return the result of a run.

    Args:
        path: the run's folder or its ``result.json``.

    Raises:
        MissingFiles: there is no result.
        DataError: the file does not have the schema.
    """
    path = Path(path)
    file = path / RESULT if path.is_dir() else path
    if not file.is_file():
        raise MissingFiles(f"no result at {file}; eegrecon bench prints the folder of its result")
    return parse(file.read_bytes(), str(file))


def parse(content: str | bytes, name: str) -> Result:
    """Return the result in the content of a ``result.json``.

    Args:
        content: the content.
        name: what to call the file in messages.

    Raises:
        DataError: it does not have a schema that this version reads.
    """
    try:
        text = content if isinstance(content, str) else content.decode("utf-8")
        record = json.loads(text, parse_constant=_no_number)
        if not isinstance(record, dict) or record.get("schema") not in READ:
            found = record.get("schema", "none") if isinstance(record, dict) else f"a {type(record).__name__}"
            raise DataError(
                f"{name} has the schema {found}, and this version reads {', '.join(READ)}; run the benchmark again"
            )
        result = Result.model_validate(record)
        if re.search(r"\\u[dD][89a-fA-F]", text):
            result.model_dump_json()  # an audit writes it again, which half a surrogate pair does not allow
        return result
    except (ValueError, RecursionError) as error:
        problems = error.errors() if isinstance(error, pydantic.ValidationError) else []
        details = [f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}" for problem in problems[:3]]
        raise DataError(
            f"{name} does not have the schema {SCHEMA}: {'; '.join(details) or error}; run the benchmark again"
        ) from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def schema() -> str:
    """Return the JSON Schema of ``result.json``, which is shipped as ``eegrecon/result-1.schema.json``."""
    return json.dumps(ResultRecord.model_json_schema(by_alias=True), indent=1, sort_keys=True) + "\n"
