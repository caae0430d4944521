"""The record of a finished benchmark: every number with what it takes to read, compare and repeat it.

It is what observers receive and what ``result.json`` holds; tables, reports and comparisons read it and nothing else.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

SCHEMA = "eegrecon.result/1"


class Record(BaseModel):
    """An immutable value with declared fields only."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ScoreRecord(Record):
    """One score of one cell."""

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
    marks: tuple[str, ...] = Field((), description="why it is doubtful: selection on test data, a failed audit")
    of: Literal["mean", "median"] | None = Field(
        None, description="which average of its trials it is; null for a score of a set, and in older results"
    )
    without: tuple[float, ...] = Field(
        (), description="of a score of a set: its values without each group of pictures, for tests between runs"
    )


class Summary(Record):
    """One column of one result row over all subjects and seeds: the number that the table shows."""

    metric: str
    column: str
    identity: str
    value: float
    interval: tuple[float, float] | None = Field(description="95 %, for these subjects, over pictures")
    method: str = Field(description="method of the interval")
    other_subjects: tuple[float, float] | None = Field(
        description="95 % (some 90 where subjects differ a lot), for other people seeing these pictures; from five on"
    )
    seed_spread: float | None = Field(description="standard deviation over seeds; from two seeds")
    difference: float | None = Field(default=None, description="from the first row, paired")
    difference_interval: tuple[float, float] | None = None
    trainings: int | None = Field(
        default=None,
        description="trainings of each row behind the difference, if the rows have other weights; one is not tested",
    )
    p: float | None = Field(default=None, description="paired permutation test; of scores of sets, t of the jackknife")
    p_corrected: float | None = Field(default=None, description="after Holm's correction over the table")
    null: tuple[float, float] | None = Field(
        default=None, description="95 % range of the scores under permutations of the outputs among the trials"
    )
    p_null: float | None = Field(default=None, description="one-sided test against the scores under permutations")
    marks: tuple[str, ...] = ()


class ResultRow(Record):
    """One variant with its scores."""

    label: str
    removed: tuple[str, ...]
    control: str | None
    baseline: bool = Field(False, description="whether the benchmark file declares it as a baseline of the method")
    refused: str = Field("", description="why the configuration is impossible; then it has no scores")
    failed: bool = Field(False, description="whether a stage failed; ``blank`` has the reasons")
    settings: dict[str, Any] = Field(default_factory=dict, description="fields set by a sweep or a preset, by path")
    configuration: dict[str, Any]
    scores: tuple[ScoreRecord, ...]
    summaries: tuple[Summary, ...] = ()
    blank: dict[str, str] = Field(description="metric -> why it has no score")
    notes: tuple[str, ...]
    parameters: int | None = Field(
        None, description="numbers of the weights used at test time, learned here: encoder, aligner and generator"
    )
    constant: tuple[str, ...] = Field((), description="outputs of the method that hardly vary over the trials")
    stages: tuple[str, ...] = Field(description="keys of the stages that the scores depend on")


class AuditRecord(Record):
    """What an audit found in the first variant."""

    name: str
    question: str
    verdict: Literal["PASS", "WARN", "FAIL", "inconclusive"]
    evidence: str
    concerns: tuple[str, ...] = Field((), description="metrics whose numbers a FAIL makes doubtful")

    @field_validator("verdict", mode="before")
    @classmethod
    def _former_name(cls, verdict: object) -> object:
        """Read the name that results of version 0.1.0 have for an inconclusive audit."""
        return "inconclusive" if verdict == "cannot be told" else verdict


class PublishedRecord(Record):
    """Scores that a paper reports; never comparable with those of a demo profile."""

    label: str
    source: str
    without: tuple[str, ...] | None
    scores: dict[str, float]
    row: str = Field("", description="label of the variant that it belongs to, instead of the parts")


class PresetRecord(Record):
    """The table preset that was asked for."""

    name: str
    title: str
    columns: tuple[str, ...] = Field((), description="columns of the table; empty for all")
    notes: tuple[str, ...] = ()


class StageRecord(Record):
    """One stage of the run."""

    name: str
    kind: str
    seconds: float
    hit: bool


class ResultRecord(Record):
    """Everything that a run found."""

    schema_: str = Field(SCHEMA, alias="schema")
    benchmark: str
    title: str
    source: str
    version: str
    digest: str
    profile: str
    command: str
    request: dict[str, Any] = Field(default_factory=dict, description="the options of the command, by name")
    protocol: str
    dataset: str
    fingerprint: str = Field(description="digest of the data set: runs with the same one read the same data")
    subjects: tuple[int, ...]
    seeds: tuple[int, ...]
    precision: str
    notes: tuple[str, ...]
    rows: tuple[ResultRow, ...]
    published: tuple[PublishedRecord, ...]
    comparable: bool = Field(False, description="whether the profile's numbers may be compared with published ones")
    paper_table: PresetRecord | None = None
    headline: tuple[str, ...] = Field((), description="the columns that matter most, metric.column; empty for a rule's")
    audits: tuple[AuditRecord, ...] = ()
    stages: dict[str, StageRecord]
    plugins: dict[str, str]
    environment: dict[str, str]
    folder: str = ""
