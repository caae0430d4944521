"""The check against a baseline on numbers worked out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
from records import result, row, score, summary
from scipy import stats

from eegrecon import DataError, UnknownName, UsageError
from eegrecon.reporting.comparison import logs
from eegrecon.reporting.comparison.recorded import RecordedRun
from eegrecon.reporting.comparison.regression import Checked, check, failures


def run(
    *values: float, half: float = 0.1, better: str = "higher", seeds: tuple[int, ...] = (0,), **more: Any
) -> RecordedRun:
    """Return a run without trials whose first row has these values in columns c0, c1 …."""
    columns = [f"c{place}" for place in range(len(values))]
    scores = [score(value, column=name, better=better) for name, value in zip(columns, values, strict=True)]
    found = [
        summary(value, column=name, interval=(value - half, value + half), **more)
        for name, value in zip(columns, values, strict=True)
    ]
    return RecordedRun("run", result(row("Full", *scores, summaries=tuple(found)), seeds=seeds), {})


def only(found: tuple[Checked, ...]) -> Checked:
    (one,) = found
    return one


def test_the_interval_of_a_change_is_that_of_two_independent_numbers() -> None:
    """MOVER of .5 ± .1 and .3 ± .05: -.2 ± root of (.1² + .05²)."""
    found = only(check(run(0.3, half=0.05), run(0.5), {}))
    reach = math.sqrt(0.1**2 + 0.05**2)
    assert found.change == pytest.approx(-0.2)
    assert found.interval == pytest.approx((-0.2 - reach, -0.2 + reach))
    assert found.p == pytest.approx(stats.norm.sf(0.2 / (reach / stats.norm.ppf(0.975))), rel=1e-4)
    assert not found.paired


@pytest.mark.parametrize(
    ("now", "half", "drop", "better", "state"),
    [
        (0.30, 0.1, 0.0, "higher", "REGRESSION"),  # -.2 ± .141
        (0.40, 0.1, 0.0, "higher", "ok"),  # -.1 ± .141: may be chance
        (0.499999, 0.1, 0.0, "higher", "ok"),  # other digits
        (0.30, 0.1, 0.1, "higher", "ok"),  # no evidence that it is more than the allowed .1
        (0.20, 0.1, 0.1, "higher", "REGRESSION"),  # -.3 ± .141
        (0.90, 0.1, 0.0, "higher", "ok"),  # better
        (0.70, 0.1, 0.0, "lower", "REGRESSION"),
        (0.30, 0.1, 0.0, "lower", "ok"),
        (0.49, 0.001, 0.0, "higher", "ok"),  # the baseline's own interval counts
    ],
)
def test_a_regression_is_a_drop_that_the_intervals_show(
    now: float, half: float, drop: float, better: str, state: str
) -> None:
    found = only(check(run(now, half=half, better=better), run(0.5, better=better), {"m": drop}))
    assert found.state == state
    assert bool(failures((found,))) == (state == "REGRESSION")


def test_a_drop_may_be_allowed_for_one_column_of_a_metric() -> None:
    found = check(run(0.2, 0.2), run(0.5, 0.5), {"m.c1": 1.0})
    assert [one.state for one in found] == ["REGRESSION", "ok"]


def test_p_values_are_corrected_over_the_columns() -> None:
    """A drop that would be significant alone is not among twenty."""
    now = 0.5 - 0.15  # ± .1414, one-sided p .019
    assert only(check(run(now), run(0.5), {})).state == "REGRESSION"
    assert {one.state for one in check(run(now, *[0.5] * 19), run(*[0.5] * 20), {})} == {"ok"}


def test_the_spread_between_seeds_widens_the_interval() -> None:
    now, before = run(0.3, seed_spread=0.1, seeds=(0, 1, 2)), run(0.5, seed_spread=0.1, seeds=(0, 1, 2))
    found = only(check(now, before, {}))
    assert found.interval is not None
    assert found.interval[1] > only(check(run(0.3), run(0.5), {})).interval[1]  # type: ignore[index]
    assert found.state == "ok"


def test_a_column_that_is_missing_or_has_another_identity_fails() -> None:
    found = check(run(0.5), run(0.5, 0.5), {})
    assert [(one.column, one.state) for one in found] == [("c0", "ok"), ("c1", "MISSING")]
    found = check(run(0.5, identity="m/n11"), run(0.5), {})
    assert only(found).state == "OTHER IDENTITY"
    assert failures(found)


def test_a_column_without_interval_is_not_tested_and_says_so() -> None:
    base = RecordedRun("run", result(row("Full", score(0.5), summaries=(summary(0.5, interval=None),))), {})
    found = only(check(base, base, {}))
    assert (found.state, found.failed) == ("not tested", False)


@pytest.mark.parametrize(
    ("drops", "error"), [({"n": 0.1}, UnknownName), ({"m": -0.1}, UsageError), ({"m": math.nan}, UsageError)]
)
def test_a_drop_that_cannot_be_is_refused(drops: dict[str, float], error: type[Exception]) -> None:
    with pytest.raises(error, match="--max-drop"):
        check(run(0.5), run(0.5), drops)


def test_another_profile_is_refused() -> None:
    other = RecordedRun("other", run(0.5).result.model_copy(update={"profile": "paper"}), {})
    with pytest.raises(DataError, match="profile 'paper'.*'demo'"):
        check(other, run(0.5), {})


def test_the_table_of_a_log_has_every_number_and_no_escape_of_a_label() -> None:
    bad = run(0.3)
    bad.result.rows[0].__dict__["label"] = "Full \x1b[31m"
    found = check(bad, run(0.5), {"m": 0.02})
    text = logs.text(found, bad, run(0.5))
    (line,) = (line for line in text.splitlines() if line.startswith("c0 ↑"))
    assert [
        fact
        for fact in ("0.500 [0.400, 0.600]", "0.300 [0.200, 0.400]", "-0.200", "0.02", "REGRESSION")
        if fact not in line
    ] == []
    assert "\x1b" not in text
    assert "1 of 1 columns fail: c0" in text
