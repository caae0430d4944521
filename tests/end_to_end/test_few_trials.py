"""With hardly any data every score has a finite value or a reason."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest
from jobs import MakeJob

from eegrecon import Result
from eegrecon.reporting.terminal import narrow, wide

METRICS = ("accuracy", "retrieval", "inception-score", "fid", "kid", "two-way", "identification")


def every_metric(make_job: MakeJob, trials: int, **asked: Any) -> Result:
    judged = [f"metric.m{i}.judge=eye" for i, name in enumerate(METRICS) if name not in ("accuracy", "retrieval")]
    settings = [f"metric.m{i}.use={name}" for i, name in enumerate(METRICS)]
    settings += ["metric.m1.detail=true", "metric.m1.n=2", "metric.m7.use=retrieval", "metric.m7.gallery=concepts"]
    sizes = [f"metric.m{METRICS.index('identification')}.n=2", f"dataset.tape.trials={trials}"]
    asked = {"ablate": ("slope",), "control": ("all",), "set": (*settings, *judged, *sizes), **asked}
    return make_job(**asked).run()


def numbers(value: object) -> list[float]:
    if isinstance(value, float):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [number for item in value for number in numbers(item)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("trials", [37, 38, 39, 40, 43])  # 1, 2, 3 (one of each class), 4 and 7 test trials
def test_few_test_trials_give_finite_scores_or_reasons(
    make_job: MakeJob, trials: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = every_metric(make_job, trials, subjects=(1,))
    assert not any(row.failed for row in result.rows)
    assert all(math.isfinite(number) for number in numbers(result.model_dump()))
    for row in result.rows:
        scored = {score.metric for score in row.scores}
        reasons = " ".join((*row.notes, *row.blank.values(), row.refused))
        for metric in dict.fromkeys(score.metric for score in result.rows[0].scores):
            assert metric in scored or reasons, f"{row.label} has no {metric} and gives no reason"
    for summary in result.rows[0].summaries:
        assert summary.interval is not None or "too few" in summary.method
    wide.print_result(result)
    narrow.print_result(result)
    assert "nan" not in capsys.readouterr().out.lower().replace("nano", "")
    for name in ("table.md", "table.csv", "table.tex"):
        assert "nan" not in (tmp_path / "run" / name).read_text().lower()


def test_one_trial_has_no_interval_and_a_reason(make_job: MakeJob) -> None:
    result = every_metric(make_job, 37, subjects=(1,))
    (summary,) = [summary for summary in result.rows[0].summaries if summary.column == "right"]
    assert summary.interval is None
    assert "too few" in summary.method
    assert any("no FID" in note for note in result.rows[0].notes)
    assert {audit.verdict for audit in result.audits if audit.name == "sample-size"} == {"inconclusive"}


def test_a_class_without_test_trials_keeps_its_place(make_job: MakeJob) -> None:
    result = every_metric(make_job, 38, subjects=(1,))  # red and green alone
    (top,) = [score for score in result.rows[0].scores if score.column == "top-1"]
    assert (top.n, top.chance) == (2, pytest.approx(1 / 3))


def test_one_subject_has_no_interval_over_subjects_and_five_have(make_job: MakeJob) -> None:
    def over_subjects(count: int) -> list[object]:
        asked = {"set": (f"dataset.tape.subjects={count}",), "subjects": (), "control": ("none",), "audit": ("none",)}
        return [summary.other_subjects for summary in make_job(**asked).run().rows[0].summaries]

    assert over_subjects(1) == [None, None]
    assert over_subjects(4) == [None, None]
    assert None not in over_subjects(5)
