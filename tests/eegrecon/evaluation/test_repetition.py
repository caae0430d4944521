from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jobs import MakeJob

from eegrecon import Result, api
from eegrecon.interfaces.records import AuditRecord


def determinism(result: Result) -> AuditRecord:
    return next(audit for audit in result.audits if audit.name == "determinism")


def test_a_repetition_without_differences_passes(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(ablate=("slope",))
    job.run()
    assert determinism(api.audit(tmp_path / "run", twice=True, quiet=True)).verdict == "PASS"
    assert not list(job.store.root.glob("twice-*"))


def test_a_repetition_with_differences_fails_and_names_the_stages(
    make_job: MakeJob, toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job().run()
    fit = toy.MeanEncoder.fit
    monkeypatch.setattr(toy.MeanEncoder, "fit", lambda *a: {"weights": fit(*a)["weights"] * [1, 1.5, -1]})
    audit = determinism(api.audit(tmp_path / "run", twice=True, quiet=True))
    assert audit.verdict == "FAIL"
    assert "encoder by 2" in audit.evidence
    assert "score.right by" in audit.evidence
