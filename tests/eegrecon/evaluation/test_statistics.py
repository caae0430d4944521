"""Intervals and tests against scipy, closed forms and simulated truth."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pytest
from scipy import stats

from eegrecon.evaluation import statistics
from eegrecon.evaluation.statistics import Sample


def sample(value: object, picture: object = None, subject: object = None) -> Sample:
    values = np.asarray(value, float)
    n = len(values)
    pictures = np.arange(n) if picture is None else np.asarray(picture)
    return Sample(values, pictures, np.zeros(n, int) if subject is None else np.asarray(subject))


def test_without_repeats_the_interval_is_that_of_scipys_bootstrap() -> None:
    values = np.random.default_rng(0).gamma(2.0, size=150)
    found = statistics.over_pictures(sample(values))
    theirs = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, rng=np.random.default_rng(1)
    ).confidence_interval
    width = theirs.high - theirs.low
    assert found is not None
    assert found.low == pytest.approx(theirs.low, abs=0.04 * width)
    assert found.high == pytest.approx(theirs.high, abs=0.04 * width)


def test_trials_of_one_picture_do_not_count_as_independent() -> None:
    values = np.random.default_rng(0).normal(size=60)
    once, often = sample(values), sample(np.repeat(values, 10), np.repeat(np.arange(60), 10))
    one, ten = statistics.over_pictures(once), statistics.over_pictures(often)
    assert one is not None
    assert ten is not None
    assert ten.high - ten.low == pytest.approx(one.high - one.low, rel=1e-9)


def test_subjects_have_equal_weight_however_many_trials_they_have() -> None:
    values, subject = [1.0, 0.0, 0.0, 0.0], [1, 2, 2, 2]
    assert sample(values, subject=subject).mean() == 0.5


def test_where_every_trial_is_right_the_limit_is_the_exact_binomial_one() -> None:
    found = statistics.over_pictures(sample(np.ones(40)), share=True)
    assert found is not None
    exact = stats.binomtest(40, 40).proportion_ci(0.95, "exact")
    assert (found.low, found.high) == (pytest.approx(exact.low), exact.high)
    none_right = statistics.over_pictures(sample(np.zeros(40)), share=True)
    assert none_right is not None
    assert none_right.high == pytest.approx(1 - exact.low)


def test_the_interval_over_subjects_is_scipys_and_needs_five() -> None:
    means = np.asarray([0.2, 0.25, 0.4, 0.31, 0.22])
    found = statistics.over_subjects(means)
    theirs = stats.ttest_1samp(means, 0).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    assert statistics.over_subjects(means[:4]) is None


def test_the_jackknife_of_a_mean_with_groups_of_one_is_the_t_interval() -> None:
    values = np.random.default_rng(3).normal(size=18)
    without = (values.sum() - values) / 17
    found = statistics.jackknife(float(values.mean()), without)
    theirs = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(theirs.low), pytest.approx(theirs.high))
    assert statistics.jackknife_p(float(values.mean()), without) == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_a_group_holds_whole_pictures_and_does_not_depend_on_the_order_of_trials() -> None:
    picture = np.random.default_rng(0).integers(1000, size=300)
    groups = statistics.picture_groups(picture)
    assert all(len(set(groups[picture == one])) == 1 for one in picture)
    order = np.random.default_rng(1).permutation(300)
    assert np.array_equal(statistics.picture_groups(picture[order]), groups[order])
    assert set(groups) == set(range(statistics.GROUPS))


def test_the_sign_flip_test_agrees_with_scipys_exact_permutation_test() -> None:
    difference = np.random.default_rng(5).normal(0.6, 1.0, size=14)
    theirs = stats.permutation_test(
        (difference, np.zeros(14)), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
        vectorized=True, n_resamples=np.inf,
    ).pvalue  # fmt: skip
    assert 0.01 < theirs < 0.3
    assert statistics.paired_p(sample(difference)) == pytest.approx(theirs, abs=4 * np.sqrt(theirs / 4_000))


def test_no_difference_at_all_is_no_evidence() -> None:
    assert statistics.paired_p(sample(np.zeros(30))) == 1.0
    assert statistics.jackknife_p(0.0, np.zeros(20)) == 1.0


def test_holms_correction_agrees_with_a_case_worked_by_hand() -> None:
    assert statistics.holm([0.01, None, 0.04, 0.03]) == [pytest.approx(0.03), None, pytest.approx(0.06), 0.06]
    assert statistics.holm([0.5, 0.9]) == [1.0, 1.0]


def test_too_few_values_give_no_interval() -> None:
    one = sample([1.0, 0.0], picture=[3, 3])
    assert statistics.over_pictures(one) is None
    assert statistics.paired_p(one) is None
    assert statistics.jackknife(1.0, np.asarray([1.0])) is None
    assert statistics.jackknife(1.0, np.asarray([1.0, np.nan])) is None


def test_the_null_of_a_score_is_that_of_permutations() -> None:
    orders = list(statistics.permutations(30))
    assert len(orders) == statistics.PERMUTATIONS
    assert all(sorted(order) == list(range(30)) for order in orders[:5])
    assert all(np.array_equal(first, second) for first, second in zip(orders, statistics.permutations(30), strict=True))
    permuted = np.arange(1.0, 200.0)  # 199 values
    assert statistics.null_p(195.0, permuted, higher=True) == pytest.approx(6 / 200)
    assert statistics.null_p(5.0, permuted, higher=False) == pytest.approx(6 / 200)
    assert statistics.null_p(500.0, permuted, higher=True) == pytest.approx(1 / 200)
    assert statistics.null_range(permuted) == pytest.approx((5.95, 194.05))


def test_weighted_medians_are_those_of_the_repeated_values() -> None:
    rng = np.random.default_rng(0)
    value = rng.integers(0, 9, 15).astype(float)
    often = rng.integers(0, 4, (50, 15)).astype(float)
    expected = [np.median(np.repeat(value, times.astype(int))) for times in often]
    assert statistics.weighted_medians(value, often) == pytest.approx(expected)
    assert np.isnan(statistics.weighted_medians(value, np.zeros((1, 15)))).all()


def medians_of(shift: float, subjects: int = 2, seed: int = 0) -> Sample:
    rng = np.random.default_rng(seed)
    picture, subject = np.tile(np.arange(80), subjects), np.repeat(np.arange(subjects), 80)
    return Sample(rng.standard_normal(80 * subjects) + shift + subject, picture, subject, "median")


def test_the_interval_of_a_median_is_that_of_scipys_bootstrap() -> None:
    sample = medians_of(0, subjects=1)
    expected = stats.bootstrap(
        (sample.value,), np.median, method="percentile", n_resamples=9_999, rng=np.random.default_rng(1)
    ).confidence_interval
    found = statistics.over_pictures(sample)
    assert found is not None
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high), abs=0.06)


def test_a_difference_of_medians_is_found_where_there_is_one() -> None:
    interval, p = statistics.difference_over_pictures(medians_of(0.8), medians_of(0.0, seed=1))
    assert interval is not None
    assert interval.low < 0.8 < interval.high
    assert p == pytest.approx(1 / (statistics.DRAWS + 1))
    _, none = statistics.difference_over_pictures(medians_of(0.0), medians_of(0.0, seed=1))
    assert none is not None
    assert none > 0.05


def two_rows(seed: int, n: int, of: Literal["mean", "median"]) -> tuple[Sample, Sample]:
    """Return ranks that are in both tails and ranks in the middle, around the same median and mean."""
    rng = np.random.default_rng(seed)
    tails, middle = rng.choice([1.0, 2.0, 3.0, 18.0, 19.0, 20.0], n), 10.5 + rng.standard_normal(n)
    return tuple(Sample(value, np.arange(n), np.zeros(n, int), of) for value in (tails, middle))  # type: ignore[return-value]


@pytest.mark.parametrize("of", ["mean", "median"])
@pytest.mark.parametrize("n", [3, 8, 40])
def test_no_difference_is_significant_whose_interval_includes_zero(of: Literal["mean", "median"], n: int) -> None:
    for seed in range(30):
        interval, p = statistics.difference_over_pictures(*two_rows(seed, n, of))
        assert interval is not None
        assert p is not None
        assert p >= 0.05 or not interval.low <= 0 <= interval.high


def test_equal_medians_of_unequal_spread_are_rarely_called_different() -> None:
    significant = [statistics.difference_over_pictures(*two_rows(seed, 40, "median"))[1] for seed in range(100)]
    assert sum(p is not None and p < 0.05 for p in significant) <= 10  # 5 % and two standard errors


def test_the_p_value_of_a_median_is_the_level_at_which_scipys_interval_ends_at_zero() -> None:
    one, other = medians_of(0.2, subjects=1), medians_of(0.0, subjects=1, seed=1)
    _, p = statistics.difference_over_pictures(one, other)
    assert p is not None
    assert 0.02 < p < 0.5
    theirs = stats.bootstrap(
        (one.value, other.value), lambda x, y, axis: np.median(x, axis=axis) - np.median(y, axis=axis), paired=True,
        method="percentile", confidence_level=1 - p, n_resamples=9_999, rng=np.random.default_rng(1),
    ).confidence_interval  # fmt: skip
    assert theirs.low == pytest.approx(0, abs=0.06)
    assert theirs.high > 0.2


def test_few_pictures_show_no_difference_however_clear() -> None:
    first, second = sample([9.0, 8.0, 9.5]), sample([1.0, 2.0, 1.5])
    _, p = statistics.mean_over_pictures(sample(first.value - second.value))
    theirs = stats.permutation_test(
        (first.value, second.value), lambda x, y, axis: np.mean(x - y, axis=axis), permutation_type="samples",
        vectorized=True, n_resamples=np.inf,
    ).pvalue  # fmt: skip
    assert p == pytest.approx(theirs, abs=0.03)
    assert theirs == 0.25


def test_without_an_error_over_pictures_the_interval_over_trainings_is_scipys() -> None:
    each = np.asarray([0.05, 0.09, 0.02, 0.11])
    interval, p = statistics.over_trainings(each, 0.0, 50)
    assert (interval.low, interval.high) == pytest.approx(stats.t.interval(0.95, 3, each.mean(), stats.sem(each)))
    assert p == pytest.approx(stats.ttest_1samp(each, 0).pvalue, rel=1e-6)


def test_without_spread_between_trainings_the_interval_is_that_over_pictures() -> None:
    interval, p = statistics.over_trainings(np.full(3, 0.1), 0.04, 119)
    assert (interval.low, interval.high) == pytest.approx(stats.t.interval(0.95, 119, 0.1, 0.04))
    assert p == pytest.approx(2 * stats.t.sf(2.5, 119), rel=1e-6)


@pytest.mark.parametrize("seeds", [2, 5])
@pytest.mark.parametrize("ratio", [0.0, 3.0, 30.0])
def test_equal_rows_whose_trainings_differ_are_rarely_found_different(seeds: int, ratio: float) -> None:
    rng = np.random.default_rng([seeds, int(ratio)])
    wrong = 0
    for _ in range(600):
        each = np.sqrt(ratio) * rng.standard_normal(seeds) + np.sqrt(0.7) * rng.standard_normal(seeds)
        _, p = statistics.over_trainings(each + np.sqrt(0.3) * rng.standard_normal(), np.sqrt(0.3 + 0.7 / seeds), 119)
        wrong += p < 0.05
    assert wrong / 600 < 0.05 + 2.5 * np.sqrt(0.05 * 0.95 / 600)
