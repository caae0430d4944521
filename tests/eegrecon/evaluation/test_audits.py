"""Audits from the outside: as a plugin, in every format of a result, and again on a finished run."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest
from jobs import TOY, MakeJob

from eegrecon import MissingFiles, Result, UnknownName, api, load
from eegrecon.interfaces.records import AuditRecord

PLUGIN = """
from dataclasses import dataclass
import numpy as np
from eegrecon import Audit, Opinion, hookimpl

@dataclass(frozen=True)
class Brightness(Audit):
    \"\"\"Whether the pictures are dark.\"\"\"
    question = "Are the pictures dark?"
    looks_at = frozenset({"generated", "features", "scores"})
    concerns = frozenset({"generated"})
    limit: float = 255.0

    def measure(self, evidence, run):
        assert evidence.outcome.features is not None
        assert set(evidence.scored) == {"right", "colour"}
        assert np.array_equal(evidence.recordings.test.label, evidence.outcome.truth.label)
        assert np.array_equal(evidence.recordings.test.image % 3, evidence.recordings.test.label)
        return {"mean": np.asarray(evidence.outcome.generated.mean(), float)}

    def conclude(self, measured, known):
        dark = np.mean([one["mean"] for one in measured]) < self.limit
        return Opinion("FAIL" if dark else "PASS", f"{len(measured)} measurements, notes {known.notes}")

@dataclass(frozen=True)
class Clumsy(Audit):
    question = "Does it stumble?"
    def measure(self, evidence, run):
        raise RuntimeError("a stumble")
    def conclude(self, measured, known):
        raise AssertionError

@dataclass(frozen=True)
class Absent(Clumsy):
    def measure(self, evidence, run):
        return {}
    def conclude(self, measured, known):
        return measured[0]["nothing"]

@hookimpl
def eegrecon_audits():
    return {"brightness": Brightness, "clumsy": Clumsy, "absent": Absent}
"""


@pytest.fixture
def audited(make_job: MakeJob, tmp_path: Path) -> MakeJob:
    """Make jobs with the audits of the plugin above."""
    (tmp_path / "own_audits.py").write_text(PLUGIN)
    return lambda **asked: make_job(plugins=plugins_in(tmp_path), **asked)


def plugins_in(folder: Path) -> tuple[str, str]:
    return (str(TOY / "toy.py"), str(folder / "own_audits.py"))


def found(result: Result) -> dict[str, AuditRecord]:
    return {audit.name: audit for audit in result.audits}


def test_an_audit_of_a_plugin_is_part_of_every_run(audited: MakeJob) -> None:
    audit = found(audited(seeds=2).run())["brightness"]
    assert (audit.verdict, audit.question) == ("FAIL", "Are the pictures dark?")
    assert audit.evidence == "4 measurements, notes ('a toy',)"  # two subjects, two seeds
    assert audit.concerns == ("colour",)


def test_an_audit_that_needs_no_seed_is_measured_once_for_all_seeds(audited: MakeJob) -> None:
    job = audited(seeds=2)
    kinds = [stage.name for stage in job.graph.stages.values() if stage.kind == "audit"]
    assert (kinds.count("audit.trial-overlap"), kinds.count("audit.brightness")) == (2, 4)


def test_an_audit_that_raises_is_inconclusive_and_removes_no_score(audited: MakeJob) -> None:
    result = audited().run()
    assert found(result)["clumsy"].verdict == "inconclusive"
    assert "a stumble" in found(result)["clumsy"].evidence
    assert "KeyError" in found(result)["absent"].evidence
    assert not any(row.failed for row in result.rows)


def test_audits_can_be_selected(audited: MakeJob) -> None:
    assert [audit.name for audit in audited(audit=("brightness",)).run().audits] == ["brightness"]
    assert audited(audit=("none",)).run().audits == ()
    with pytest.raises(UnknownName, match="'brigthness' .*--audit.*'brightness'"):
        audited(audit=("brigthness",)).run()


def test_a_failed_audit_marks_the_scores_that_it_concerns_in_every_format(audited: MakeJob, tmp_path: Path) -> None:
    result = audited(audit=("brightness",)).run()
    marks = {summary.metric: summary.marks for row in result.rows for summary in row.summaries}
    assert marks == {"right": (), "colour": ("audit brightness: FAIL",)}
    assert {score.metric: score.marks for score in result.rows[0].scores} == marks
    folder = tmp_path / "run"
    assert json.loads((folder / "result.json").read_text())["rows"][0]["scores"][-1]["marks"] == list(marks["colour"])
    full = next(line for line in (folder / "table.md").read_text().splitlines() if line.startswith("| Full"))
    assert full.count("‡") == 1
    (note,) = [line for line in (folder / "table.md").read_text().splitlines() if line.startswith("- ‡")]
    assert "audit brightness: FAIL" in note
    assert "same colour" in note
    assert "| FAIL | brightness |" in (folder / "table.md").read_text()
    assert "$^\\ddagger$" in (folder / "table.tex").read_text()
    lines = list(csv.DictReader(io.StringIO((folder / "table.csv").read_text())))
    assert {line["marks"] for line in lines if line["metric"] == "colour" and line["row"] == "Full"} == {
        "audit brightness: FAIL"
    }
    assert next(line for line in lines if line["row"] == "brightness")["column"] == "FAIL"


def test_selection_on_test_marks_every_score(make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    load = toy.Toy.load
    monkeypatch.setattr(toy.Toy, "load", lambda *a: dataclasses.replace(load(*a), selected_on_test=True))
    result = make_job(audit=("none",)).run()
    assert all(summary.marks == ("selected on test",) for row in result.rows for summary in row.summaries)


def test_a_finished_run_is_audited_again_from_the_store(audited: MakeJob, calls: list[str], tmp_path: Path) -> None:
    asked = {"ablate": ("slope",), "set": ("encoder.slope=2.0",), "subjects": (1,), "audit": ("brightness", "drift")}
    first = audited(**asked).run()
    calls.clear()
    again = api.audit(tmp_path / "run", plugins=plugins_in(tmp_path), quiet=True)
    assert calls == []
    assert again.audits == first.audits
    assert again.table() == first.table()
    assert again.command.startswith(first.command.partition(" --out")[0])
    assert load(tmp_path / "run").model_dump_json() == again.model_dump_json()


def test_a_run_whose_stages_were_pruned_is_reported_with_the_command_that_computes_them(
    audited: MakeJob, tmp_path: Path
) -> None:
    job = audited(subjects=(1,))
    job.run()
    job.store.prune()
    with pytest.raises(MissingFiles, match=r"store.*eegrecon bench"):
        api.audit(tmp_path / "run", plugins=plugins_in(tmp_path), quiet=True)


def test_an_audit_knows_whether_the_generator_declares_copies(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    (undeclared,) = make_job(audit=("copies",), control=("none",)).run().audits
    monkeypatch.setattr(toy.Fill, "copies", True)
    (declared,) = make_job(audit=("copies",), control=("none",)).run().audits
    assert "declares" not in undeclared.evidence
    assert declared.verdict == "WARN"
    assert "declares" in declared.evidence
