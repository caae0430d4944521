"""A finished benchmark as a record: every number with what it takes to read, compare and repeat it.

The record is ``result.json`` (schema ``eegrecon.result/1``); tables, reports and comparisons read it and nothing else.
"""

from __future__ import annotations

import csv
import importlib.metadata
import json
import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from eegrecon.errors import DataError, MissingFiles

SCHEMA = "eegrecon.result/1"
_LIBRARIES = (
    "eegrecon", "numpy", "scipy", "torch", "torchvision", "diffusers", "transformers", "open-clip-torch",
    "torch-fidelity", "safetensors", "pillow",
)  # fmt: skip


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreRecord(_Record):
    """One score of one row, subject and seed."""

    metric: str
    column: str
    better: Literal["higher", "lower"]
    identity: str
    subject: int
    seed: int
    value: float
    n: int
    chance: float | None
    interval: tuple[float, float] | None = None
    marks: tuple[str, ...] = Field((), description="why this number is not to be trusted: selection on test, a FAIL")


class Summary(_Record):
    """One column of one row over all subjects and seeds: the number that the table shows."""

    metric: str
    column: str
    identity: str
    value: float
    interval: tuple[float, float] | None = Field(description="95 %, for these subjects, over pictures")
    method: str = Field(description="how the interval was made")
    other_subjects: tuple[float, float] | None = Field(
        description="95 % (some 90 where subjects differ a lot), for other people seeing these pictures; from five on"
    )
    seed_spread: float | None = Field(description="standard deviation over seeds; from two seeds")
    difference: float | None = Field(default=None, description="from the first row, paired")
    difference_interval: tuple[float, float] | None = None
    p: float | None = Field(default=None, description="paired permutation test; of scores of sets, t of the jackknife")
    p_corrected: float | None = Field(default=None, description="after Holm's correction over the table")
    null: tuple[float, float] | None = Field(
        default=None, description="95 % of the scores when what was made is dealt anew among the trials"
    )
    p_null: float | None = Field(default=None, description="one-sided, that the score is no better than those")
    marks: tuple[str, ...] = ()


class RowRecord(_Record):
    """One row of the table."""

    label: str
    removed: tuple[str, ...]
    control: str | None
    refused: str = Field("", description="why this configuration cannot be; then it has no scores")
    failed: bool = Field(False, description="whether a stage of the row failed; what has no score says why")
    settings: dict[str, Any] = Field(default_factory=dict, description="fields that a sweep has set, by path")
    configuration: dict[str, Any]
    scores: tuple[ScoreRecord, ...]
    summaries: tuple[Summary, ...] = ()
    blank: dict[str, str] = Field(description="metric -> why it has no score in this row")
    notes: tuple[str, ...]
    stages: tuple[str, ...] = Field(description="keys of the stages that it was made by")


class AuditRecord(_Record):
    """What an audit found in the first row of the run."""

    name: str
    question: str
    verdict: Literal["PASS", "WARN", "FAIL", "inconclusive"]
    evidence: str
    concerns: tuple[str, ...] = Field((), description="metrics whose numbers a FAIL casts doubt on")


class PublishedRecord(_Record):
    """Scores that a paper reports. Never comparable with those of a demo profile."""

    label: str
    source: str
    without: tuple[str, ...] | None
    scores: dict[str, float]
    row: str = Field("", description="label of the row that it stands beside, instead of the parts")


class PaperTableRecord(_Record):
    """The table of the paper that was asked for."""

    name: str
    title: str
    columns: tuple[str, ...] = Field((), description="those that the table shows; none: all")
    notes: tuple[str, ...] = ()


class StageRecord(_Record):
    """One stage of the run."""

    name: str
    kind: str
    seconds: float
    hit: bool


class Result(_Record):
    """Everything that a run found."""

    schema_: str = Field(SCHEMA, alias="schema")
    benchmark: str
    title: str
    source: str
    version: str
    digest: str
    profile: str
    command: str
    request: dict[str, Any] = Field(default_factory=dict, description="the same as the command, by option")
    protocol: str
    dataset: str
    fingerprint: str = Field(description="digest of the data set's description: two runs with one saw the same data")
    subjects: tuple[int, ...]
    seeds: tuple[int, ...]
    precision: str
    notes: tuple[str, ...]
    rows: tuple[RowRecord, ...]
    published: tuple[PublishedRecord, ...]
    comparable: bool = Field(False, description="whether the profile's numbers may stand beside published ones")
    paper_table: PaperTableRecord | None = None
    audits: tuple[AuditRecord, ...] = ()
    stages: dict[str, StageRecord]
    plugins: dict[str, str]
    environment: dict[str, str]
    folder: str = ""

    def table(self) -> list[dict[str, Any]]:
        """Return the rows of the table as dictionaries: label, control, and one entry per column."""
        from eegrecon.tables import table

        return [row.flat() for row in table(self).rows]

    def save(self, folder: Path) -> None:
        """Write ``result.json`` below a folder."""
        text = self.model_dump_json(by_alias=True, indent=1)
        part = folder / ".result.json.part"
        part.write_text(text + "\n", encoding="utf-8")
        part.replace(folder / "result.json")


def load(path: Path) -> Result:
    """Read a result from a run's folder or its ``result.json``.

    Raises:
        MissingFiles: there is none.
        DataError: it is not of this schema.
    """
    file = path / "result.json" if path.is_dir() else path
    if not file.is_file():
        raise MissingFiles(f"no result at {file}; eegrecon bench says where it wrote one")
    try:
        return Result.model_validate_json(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise DataError(f"{file} is no {SCHEMA}: {error}") from error


def environment() -> dict[str, str]:
    """Return versions and machine: what a number may depend on besides its key."""
    versions = {}
    for name in _LIBRARIES:
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            versions[name] = "not installed"
    machine = {"python": platform.python_version(), "system": platform.platform(), "machine": platform.machine()}
    return {**versions, **machine, "cores": str(os.cpu_count())}


def write_trials(path: Path, rows: list[Mapping[str, Any]]) -> None:
    """Write per-trial scores as CSV, one line per row of the table and trial."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, restval="")
        writer.writeheader()
        writer.writerows(rows)


def schema() -> str:
    """Return the JSON Schema of ``result.json``; ``eegrecon/result-1.schema.json`` is its shipped form."""
    return json.dumps(Result.model_json_schema(by_alias=True), indent=1, sort_keys=True) + "\n"
