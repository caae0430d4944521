"""The manifest of a submission: its files with their hashes, where its pictures are, and what its author discloses."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from eegrecon.errors import printable
from eegrecon.interfaces.records import Record

SCHEMA: Literal["eegrecon.submission/1"] = "eegrecon.submission/1"
MANIFEST = "manifest.json"
HTTPS = r"https://[A-Za-z0-9.-]+(/[A-Za-z0-9._~/%#?&=+-]*)?"


def _line(text: str) -> str:
    """Return a text that is one printable line."""
    if printable(text) != text or "\n" in text or "\t" in text:
        raise ValueError("it is one line without control characters")
    return text


Line = Annotated[str, Field(max_length=200), AfterValidator(_line)]
Name = Annotated[str, Field(min_length=1, max_length=80), AfterValidator(_line)]
Side = Annotated[int, Field(ge=1, le=2048)]


class Disclosures(Record):
    """What a reader has to know to compare a score, as its author states it."""

    samples_per_trial: Annotated[int, Field(ge=1)] = Field(description="pictures generated for each test trial")
    trials_averaged: Annotated[int, Field(ge=1)] = Field(description="recorded trials averaged into one test trial")
    calibration: Literal["none", "inductive", "transductive"] = Field(
        description="use of test recordings before the scores: none; inductive: of each trial by itself, or of trials "
        "before it; transductive: of the whole test set"
    )
    channels: Line = Field(description="channels used: all, or which")
    extra_data: Line = Field(description="data and weights beyond those of the benchmark; none, or which")


class FileRecord(Record):
    """One file of the submission."""

    sha256: str = Field(pattern="^[0-9a-f]{64}$")
    bytes: Annotated[int, Field(ge=0)]


class PicturesRecord(Record):
    """The generated pictures of one row: where there are any, of every subject, seed and trial."""

    row: Annotated[int, Field(ge=0)] = Field(description="position of the row in result.json")
    samples: Annotated[int, Field(ge=1)]
    height: Side
    width: Side


class Manifest(Record):
    """The manifest."""

    schema_: Literal["eegrecon.submission/1"] = Field(alias="schema")
    name: Name = Field(description="of the method, as a board shows it")
    url: Annotated[str, Field(max_length=200, pattern=f"^({HTTPS})?$")] = Field(
        "", description="page of the code or paper"
    )
    disclosures: Disclosures
    pictures: tuple[PicturesRecord, ...] = ()
    files: dict[str, FileRecord] = Field(description="every file but this one, by name")
    eegrecon: Line = Field("", description="version that packed it")


def schema() -> str:
    """Return the JSON Schema of ``manifest.json``, which is shipped as ``eegrecon/submission-1.schema.json``."""
    return json.dumps(Manifest.model_json_schema(by_alias=True), indent=1, sort_keys=True) + "\n"
