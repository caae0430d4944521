"""Comparisons of runs against the same comparisons inside one run, which other tests check against scipy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jobs import MakeJob
from submissions import edited

from eegrecon import Result, UsageError
from eegrecon.interfaces.records import Summary
from eegrecon.reporting.comparison.comparing import Compared, Comparison, compared
from eegrecon.reporting.comparison.recorded import recorded

QUICK = {"control": ("none",), "audit": ("none",)}
MORE = ("metric.more.use=accuracy",)


def summary(result: Result, row: int, column: str) -> Summary:
    return next(found for found in result.rows[row].summaries if found.column == column)


def number(found: Comparison, column: str, run: int = 1, row: str = "Full") -> Compared:
    (one,) = (one for one in found.numbers if (one.column, one.run, one.row) == (column, run, row))
    return one


def of(*results: Result) -> Comparison:
    return compared([recorded(result.folder) for result in results])


def test_two_runs_are_compared_as_two_rows_of_one(make_job: MakeJob) -> None:
    inside = make_job(ablate=("slope",), set=MORE, **QUICK).run()
    one, other = make_job(set=MORE, **QUICK).run(), make_job(set=(*MORE, "encoder.slope=0.5"), **QUICK).run()
    found = of(one, other)
    assert found.unpaired == ((), ())
    assert found.settings[1] == ("encoder.slope 1.0 -> 0.5",)
    for column in ("right", "same colour", "top-1", "macro F1"):
        expected, difference = summary(inside, 1, column), number(found, column).difference
        assert difference is not None
        assert difference.value == expected.difference
        assert difference.interval == expected.difference_interval
        assert (difference.trainings, difference.p) == (1, None)
        assert number(found, column).value == expected.value
        assert number(found, column).interval == expected.interval


def test_with_several_seeds_the_difference_counts_the_spread_between_trainings(make_job: MakeJob) -> None:
    drawn = {"seeds": 3, "subjects": (1,), **QUICK}
    inside = make_job(set=(*MORE, "encoder.use=drawn"), sweep=("encoder.noise=4",), **drawn).run()
    one = make_job(set=(*MORE, "encoder.use=drawn"), **drawn).run()
    other = make_job(set=(*MORE, "encoder.use=drawn", "encoder.noise=4"), **drawn).run()
    labels = [result.rows[0].label for result in (one, other)]
    for result in (one, other):  # the label of a replaced encoder has its name
        edited(Path(result.folder) / "result.json", lambda value: value["rows"][0].update(label="Full"))
        trials = Path(result.folder) / "trials.csv"
        trials.write_text(trials.read_text().replace(labels[0], "Full").replace(labels[1], "Full"))
    found = of(one, other)
    for column in ("right", "macro F1"):
        expected, difference = summary(inside, 1, column), number(found, column).difference
        assert difference is not None
        assert difference.interval == pytest.approx(expected.difference_interval)
        assert difference.trainings == 3
        assert difference.p is not None
        assert expected.p is not None
        assert difference.p >= expected.p  # corrected over another number of comparisons


def test_the_same_weights_are_tested_and_equal_runs_do_not_differ(make_job: MakeJob) -> None:
    job = make_job(set=MORE, **QUICK)
    found = of(job.run(), make_job(set=MORE, **QUICK).run())
    for column in ("right", "macro F1"):
        difference = number(found, column).difference
        assert difference is not None
        assert (difference.value, difference.p, difference.trainings) == (0.0, 1.0, None)


@pytest.mark.parametrize(
    ("asked", "fact"),
    [
        ({"subjects": (1,)}, "subjects 1, not 1, 2"),
        ({"seeds": 2}, "seeds 0, 1, not 0"),
        ({"profile": "large"}, "the data (fingerprint)"),
    ],
)
def test_runs_on_other_trials_are_not_subtracted_and_it_is_said_why(
    asked: dict[str, object], fact: str, make_job: MakeJob
) -> None:
    found = of(make_job(**QUICK).run(), make_job(**{**QUICK, **asked}).run())
    assert fact in "; ".join(found.unpaired[1])
    assert any(fact in note for note in found.notes)
    assert all(one.difference is None for one in found.numbers)
    assert {one.run for one in found.numbers} == {0, 1}  # but both are shown


def test_numbers_of_other_identities_have_lines_of_their_own(make_job: MakeJob, tmp_path: Path) -> None:
    one = make_job(**QUICK).run()
    copy = shutil.copytree(one.folder, tmp_path / "copy")

    def edit(value: dict) -> None:
        for each in (*value["rows"][0]["scores"], *value["rows"][0]["summaries"]):
            each["identity"] += "x" if each["metric"] == "right" else ""

    edited(copy / "result.json", edit)
    found = compared([recorded(one.folder), recorded(copy)])
    right = [each for each in found.numbers if each.column == "right"]
    assert [(each.identity, each.run, each.difference) for each in right] == [
        ("right/n24", 0, None), ("right/n24x", 1, None)
    ]  # fmt: skip
    assert number(found, "same colour").difference is not None


def test_trials_of_another_run_beside_a_result_are_not_used(make_job: MakeJob, tmp_path: Path) -> None:
    one, other = make_job(**QUICK).run(), make_job(set=("encoder.slope=-1",), **QUICK).run()
    shutil.copy(Path(one.folder) / "trials.csv", Path(other.folder) / "trials.csv")
    found = of(one, other)
    assert "no trials.csv of this result" in "; ".join(found.unpaired[1])


def test_a_single_run_is_no_comparison(make_job: MakeJob) -> None:
    with pytest.raises(UsageError, match="two runs"):
        of(make_job(**QUICK).run())
