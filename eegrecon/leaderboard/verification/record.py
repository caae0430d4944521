"""The record of a verification: its state, every check by name, and the scores as the verifier computed them."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from eegrecon.interfaces.records import Record, Summary

SCHEMA = "eegrecon.verification/1"
State = Literal["failed", "consistent", "re-scored"]
PROVED = (
    "Re-scoring proves that the submitted predictions and pictures give these numbers on the declared test trials. It "
    "does not prove that EEG made them, that no test trial was used in training, or what is disclosed."
)
CONSISTENT = "The submission agrees with itself; its scores were not computed again."


class Check(Record):
    """One check of a submission."""

    name: str
    state: Literal["ok", "FAILED", "not checked"]
    text: str = ""


class RescoredRow(Record):
    """One row with the scores that its predictions and pictures have."""

    label: str
    summaries: tuple[Summary, ...]


class Verification(Record):
    """What a verification found."""

    schema_: Literal["eegrecon.verification/1"] = Field(alias="schema")
    submission: str = Field(description="SHA-256 of the submission's manifest; empty where it could not be read")
    name: str = ""
    state: State
    checks: tuple[Check, ...]
    rows: tuple[RescoredRow, ...] = ()
    eegrecon: str = Field("", description="version that verified it")

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.state == "FAILED")


def verification(submission: str, name: str, checks: tuple[Check, ...], version: str, **more: object) -> Verification:
    """Return the record of checks; its state is ``consistent`` unless one failed or another is given."""
    failed = any(check.state == "FAILED" for check in checks)
    fields = {"state": "consistent", **more, **({"state": "failed"} if failed else {})}
    return Verification.model_validate(
        {"schema": SCHEMA, "submission": submission, "name": name, "checks": checks, "eegrecon": version, **fields}
    )
