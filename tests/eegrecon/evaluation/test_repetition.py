from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jobs import TOY, MakeJob

from eegrecon import Result, api
from eegrecon.interfaces.records import AuditRecord


def repeated(folder: Path) -> Result:
    return api.audit(folder, plugins=[TOY / "toy.py"], twice=True, quiet=True)


def determinism(result: Result) -> AuditRecord:
    return next(audit for audit in result.audits if audit.name == "determinism")


def test_a_repetition_without_differences_passes(make_job: MakeJob, tmp_path: Path) -> None:
    job = make_job(ablate=("slope",))
    job.run()
    assert determinism(repeated(tmp_path / "run")).verdict == "PASS"
    assert not list(job.store.root.rglob("twice-*"))


def test_a_repetition_uses_a_store_that_is_named_by_a_relative_path(
    make_job: MakeJob, calls: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("EEGRECON_HOME", "store")
    make_job(control=("none",)).run()
    calls.clear()
    assert determinism(repeated(tmp_path / "run")).verdict == "PASS"
    assert "fit encoder" in calls
    assert "prepare" not in calls


def test_a_repetition_compares_the_views_of_every_judge(
    make_job: MakeJob, toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stages of two judges have one name; here the first judge's views differ and the second one's do not."""
    file = tmp_path / "two.toml"
    file.write_text(
        (TOY / "toy.toml").read_text() + '[metric.again]\nuse = "colour"\njudge = { use = "eye", gamma = 2.0 }\n'
    )
    make_job(benchmark=str(file), control=("none",)).run()
    look = toy.Eye.look
    monkeypatch.setattr(
        toy.Eye,
        "look",
        lambda self, *a: {name: view + (self.gamma == 1.0) for name, view in look(self, *a).items()},
    )
    evidence = determinism(repeated(tmp_path / "run")).evidence
    assert "generated_views (" in evidence


def test_a_repetition_with_differences_fails_and_names_the_stages(
    make_job: MakeJob, toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_job().run()
    fit = toy.MeanEncoder.fit
    monkeypatch.setattr(toy.MeanEncoder, "fit", lambda *a: {"weights": fit(*a)["weights"] * [1, 1.5, -1]})
    audit = determinism(repeated(tmp_path / "run"))
    assert audit.verdict == "FAIL"
    assert "encoder by 2" in audit.evidence
    assert "score.right by" in audit.evidence
