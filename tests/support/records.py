"""Small results made by hand, for tests of tables and renderers."""

from __future__ import annotations

from typing import Any

from eegrecon import Result
from eegrecon.interfaces.records import AuditRecord, PublishedRecord, ResultRow, ScoreRecord, Summary

PUBLISHED = PublishedRecord(label="paper", source="p", without=("encoder.freq",), scores={"m.top": 0.25})


def score(value: float, subject: int = 1, identity: str = "m/n10", **more: Any) -> ScoreRecord:
    """Return a score of metric ``m``, column ``top``, on ten trials."""
    fields = {"metric": "m", "column": "top", "better": "higher", "seed": 0, "n": 10, "chance": 0.5, **more}
    return ScoreRecord(value=value, subject=subject, identity=identity, **fields)


def summary(value: float = 0.4, **more: Any) -> Summary:
    """Return the summary of such a score, with an interval of ±0.1."""
    interval = (round(value - 0.1, 6), round(value + 0.1, 6))
    fields = {"interval": interval, "method": "", "other_subjects": None, "seed_spread": None, **more}
    return Summary(**{"metric": "m", "column": "top", "identity": "m/n10", "value": value, **fields})


def row(label: str, *scores: ScoreRecord, **more: Any) -> ResultRow:
    """Return a row of a result."""
    fields = {
        "removed": (),
        "control": None,
        "refused": "",
        "configuration": {},
        "blank": {},
        "notes": (),
        "stages": (),
    }
    return ResultRow(label=label, scores=scores, **{**fields, **more})


def audit(name: str, verdict: str, evidence: str, concerns: tuple[str, ...] = ()) -> AuditRecord:
    """Return what an audit concluded."""
    return AuditRecord(name=name, question="", verdict=verdict, evidence=evidence, concerns=concerns)  # type: ignore[arg-type]


def result(*rows: ResultRow, published: tuple[PublishedRecord, ...] = (), **more: Any) -> Result:
    """Return a result of the demo profile."""
    fields: dict[str, Any] = {
        "schema": "eegrecon.result/1", "benchmark": "b", "title": "", "source": "", "version": "1", "digest": "",
        "profile": "demo", "command": "", "protocol": "", "dataset": "", "fingerprint": "", "subjects": (1, 2),
        "seeds": (0,), "precision": "fp32", "notes": (), "stages": {}, "plugins": {}, "environment": {}, **more,
    }  # fmt: skip
    return Result(rows=rows, published=published, **fields)
