"""Audits from the outside: as a plugin, in every format of a result, and on the command line."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegrecon import MissingFiles, UnknownName, api
from jobs import MakeJob
from eegrecon.results import AuditRecord, Result, load

OWN = """
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
def own(tmp_path: Path) -> str:
    file = tmp_path / "own_audits.py"
    file.write_text(OWN)
    return str(file)


@pytest.fixture
def audited(make_job: MakeJob, own: str) -> Callable[..., Job]:
    toy = str(Path(__file__).parent / "toy" / "toy.py")
    return lambda **asked: make_job(plugins=(toy, own), **asked)


def found(result: Result) -> dict[str, AuditRecord]:
    return {audit.name: audit for audit in result.audits}


def test_an_audit_of_ones_own_is_put_to_every_run(audited: MakeJob) -> None:
    audit = found(audited(seeds=2).run())["brightness"]
    assert (audit.verdict, audit.question) == ("FAIL", "Are the pictures dark?")
    assert audit.evidence == "4 measurements, notes ('a toy',)"  # two subjects, two seeds
    assert audit.concerns == ("colour",)


def test_an_audit_that_needs_no_seed_is_measured_once_for_all(audited: MakeJob) -> None:
    job = audited(seeds=2)
    kinds = [stage.name for stage in job.graph.stages.values() if stage.kind == "audit"]
    assert (kinds.count("audit.trial-overlap"), kinds.count("audit.brightness")) == (2, 4)


def test_an_audit_that_fails_takes_no_number_away(audited: MakeJob) -> None:
    result = audited().run()
    assert found(result)["clumsy"].verdict == "inconclusive"
    assert "a stumble" in found(result)["clumsy"].evidence
    assert "KeyError" in found(result)["absent"].evidence
    assert not any(row.failed for row in result.rows)


def test_audits_can_be_chosen(audited: MakeJob) -> None:
    assert [audit.name for audit in audited(audit=("brightness",)).run().audits] == ["brightness"]
    assert audited(audit=("none",)).run().audits == ()
    with pytest.raises(UnknownName, match="no audit called 'brigthness' \\(--audit\\); did you mean 'brightness'"):
        audited(audit=("brigthness",)).run()


def test_a_fail_marks_the_numbers_that_it_concerns_in_every_format(audited: MakeJob, tmp_path: Path) -> None:
    result = audited(audit=("brightness",)).run()
    marks = {summary.metric: summary.marks for row in result.rows for summary in row.summaries}
    assert marks == {"right": (), "colour": ("audit brightness: FAIL",)}
    assert {score.metric: score.marks for score in result.rows[0].scores} == marks
    folder = tmp_path / "run"
    assert json.loads((folder / "result.json").read_text())["rows"][0]["scores"][-1]["marks"] == list(marks["colour"])
    full = next(line for line in (folder / "table.md").read_text().splitlines() if line.startswith("| Full"))
    assert full.count("‡") == 1
    assert "‡ audit brightness: FAIL: same colour cannot be taken at face value" in (folder / "table.md").read_text()
    assert "| FAIL | brightness |" in (folder / "table.md").read_text()
    assert "$^\\ddagger$" in (folder / "table.tex").read_text()
    lines = list(csv.DictReader(io.StringIO((folder / "table.csv").read_text())))
    assert {line["marks"] for line in lines if line["metric"] == "colour" and line["row"] == "Full"} == {
        "audit brightness: FAIL"
    }
    assert next(line for line in lines if line["row"] == "brightness")["column"] == "FAIL"


def test_selection_on_test_marks_every_number(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import dataclasses

    toy: Any = sys.modules["eegrecon_file_toy"]
    working = toy.Toy.load
    monkeypatch.setattr(toy.Toy, "load", lambda *a: dataclasses.replace(working(*a), notes=("selected on test",)))
    result = make_job(audit=("none",)).run()
    assert all(summary.marks == ("selected on test",) for row in result.rows for summary in row.summaries)


def test_a_finished_run_is_audited_again_from_the_store(audited: MakeJob, calls: list[str], tmp_path: Path) -> None:
    asked = {"ablate": ("slope",), "set": ("encoder.slope=2.0",), "subjects": (1,), "audit": ("brightness", "drift")}
    first = audited(**asked).run()
    calls.clear()
    again = api.audit(tmp_path / "run", quiet=True)
    assert calls == []
    assert again.audits == first.audits
    assert again.table() == first.table()
    assert again.command.startswith(first.command.partition(" --out")[0])
    assert load(tmp_path / "run").model_dump_json() == again.model_dump_json()


def test_a_run_whose_stages_are_gone_says_how_to_make_them(audited: MakeJob, tmp_path: Path) -> None:
    job = audited(subjects=(1,))
    job.run()
    job.store.prune()
    with pytest.raises(MissingFiles, match=r"stages of this run are not in the store .*eegrecon bench"):
        api.audit(tmp_path / "run", quiet=True)


def test_made_twice_the_same_comes_out(audited: MakeJob, tmp_path: Path) -> None:
    job = audited(ablate=("slope",))
    job.run()
    determinism = found(api.audit(tmp_path / "run", twice=True, quiet=True))["determinism"]
    assert determinism.verdict == "PASS"
    assert "bit by bit" in determinism.evidence
    assert not list(job.store.root.glob("twice-*"))


def test_what_differs_when_made_twice_is_named(
    audited: MakeJob, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    audited().run()
    toy: Any = sys.modules["eegrecon_file_toy"]
    working = toy.MeanEncoder.fit
    monkeypatch.setattr(toy.MeanEncoder, "fit", lambda *a: {"weights": working(*a)["weights"] * [1, 1.5, -1]})
    determinism = found(api.audit(tmp_path / "run", twice=True, quiet=True))["determinism"]
    assert determinism.verdict == "FAIL"
    assert "encoder by 2" in determinism.evidence
    assert "score.right by" in determinism.evidence
