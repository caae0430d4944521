"""With hardly any data there is a number or a reason, never a crash and never a silent "not a number"."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import pytest

from eegrecon import printing
from jobs import MakeJob
from eegrecon.results import Result

METRICS = ("accuracy", "token-retrieval", "inception-score", "fid", "kid", "two-way", "identification")


def everything(make_job: MakeJob, trials: int, *more: str, **asked: object) -> Result:
    judged = [f"metric.m{i}.judge=eye" for i, name in enumerate(METRICS) if name not in ("accuracy", "token-retrieval")]
    settings = [f"metric.m{i}.use={name}" for i, name in enumerate(METRICS)]
    sizes = [f"metric.m{METRICS.index('identification')}.n=2", f"dataset.tape.trials={trials}"]
    asked = {"ablate": ("slope",), "control": ("all",), "set": (*settings, *judged, *sizes, *more), **asked}
    return make_job(**asked).run()


def numbers(value: object) -> list[float]:
    if isinstance(value, float):
        return [value]
    if isinstance(value, dict):
        value = list(value.values())
    return [number for item in value for number in numbers(item)] if isinstance(value, list | tuple) else []


@pytest.mark.parametrize("trials", [37, 38, 39, 40, 43])  # 1, 2, 3 (one of each class), 4 and 7 test trials
def test_few_test_trials_give_numbers_or_reasons(
    make_job: MakeJob, trials: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    result = everything(make_job, trials, subjects=(1,))
    assert not any(row.failed for row in result.rows)
    assert all(math.isfinite(number) for number in numbers(result.model_dump()))
    for row in result.rows:
        scored = {score.metric for score in row.scores}
        said = " ".join((*row.notes, *row.blank.values(), row.refused))
        for metric in dict.fromkeys(score.metric for score in result.rows[0].scores):
            assert metric in scored or said, f"{row.label} has no {metric} and says nothing"
    for summary in result.rows[0].summaries:
        assert summary.interval is not None or "too few" in summary.method
    printing.result(result)
    assert "nan" not in capsys.readouterr().out.lower().replace("nano", "")
    for name in ("table.md", "table.csv", "table.tex"):
        assert "nan" not in (tmp_path / "run" / name).read_text().lower()


def test_one_trial_has_no_interval_and_says_so(make_job: MakeJob) -> None:
    result = everything(make_job, 37, subjects=(1,))
    (summary,) = [one for one in result.rows[0].summaries if one.column == "right"]
    assert (summary.interval, summary.method) == (None, "none: too few pictures")
    assert any("a spread needs two of each" in note for note in result.rows[0].notes)  # FID
    assert {audit.verdict for audit in result.audits if audit.name == "sample-size"} == {"inconclusive"}


def test_a_class_that_is_absent_from_test_keeps_its_place(make_job: MakeJob) -> None:
    result = everything(make_job, 38, subjects=(1,))  # red and green alone
    (top,) = [score for score in result.rows[0].scores if score.column == "top-1"]
    assert (top.n, top.chance) == (2, pytest.approx(1 / 3))


def test_one_subject_has_no_interval_over_subjects_and_five_have(make_job: MakeJob) -> None:
    def over_subjects(count: int) -> list[object]:
        asked = {"set": (f"dataset.tape.subjects={count}",), "subjects": (), "control": ("none",), "audit": ("none",)}
        return [one.other_subjects for one in make_job(**asked).run().rows[0].summaries]

    assert over_subjects(1) == [None, None]
    assert over_subjects(4) == [None, None]
    assert None not in over_subjects(5)
