"""Intervals and tests for scores, by resampling pictures.

Pictures are resampled with all of their trials, because trials of one picture are not independent. Every interval and
test therefore generalises from *these subjects* to other pictures of the kind, except ``over_subjects``, which
generalises to other people and these pictures. ``benchmarks/coverage`` measures their coverage. All functions are pure;
random draws have a fixed seed, so that equal scores have equal intervals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
DRAWS = 4_000
PERMUTATIONS = 200  # of the outputs among the trials, for the null distribution of a score
GROUPS = 20  # of pictures, for the jackknife
LEAST_SUBJECTS = 5  # fewer allow no statement about other people
_SEED = 20_312

Array = NDArray[np.floating[Any]]
Whole = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, eq=False)
class Sample:
    """Per-trial scores of one row; the score is the mean over subjects of the mean or median over their trials.

    Attributes:
        value: (n,) the score of each trial.
        picture: (n,) which picture it saw.
        subject: (n,) who saw it; where there are several runs, in which of them.
        of: what of a subject's trials is meant.
    """

    value: Array
    picture: Whole
    subject: Whole
    of: Literal["mean", "median"] = "mean"

    def sums(self) -> tuple[Array, Array]:
        """Return sum and number of trials by picture and subject, (pictures, subjects) each."""
        pictures, row = np.unique(self.picture, return_inverse=True)
        subjects, column = np.unique(self.subject, return_inverse=True)
        total, count = np.zeros((len(pictures), len(subjects))), np.zeros((len(pictures), len(subjects)))
        np.add.at(total, (row, column), self.value)
        np.add.at(count, (row, column), 1.0)
        return total, count

    def mean(self) -> float:
        """Return the mean over subjects of the mean over trials."""
        total, count = self.sums()
        return float(np.mean(total.sum(axis=0) / count.sum(axis=0)))


def over_pictures(sample: Sample, *, share: bool = False) -> Interval | None:
    """Return the percentile bootstrap interval over pictures; None for fewer than two.

    Args:
        sample: the per-trial scores.
        share: the score is a share of trials. Where all are 0 or all 1, resampling has no spread, and the exact
            binomial (Clopper-Pearson) limit for as many trials as there are pictures is returned.
    """
    n = len(np.unique(sample.picture))
    if n < 2:
        return None
    method = f"these subjects, bootstrap over {n} pictures"
    if share and (np.all(sample.value == 0) or np.all(sample.value == 1)):
        limit = ((1 - LEVEL) / 2) ** (1 / n)
        low, high = (0.0, 1 - limit) if sample.value[0] == 0 else (limit, 1.0)
        return Interval(low, high, f"these subjects, exact binomial limit for {n} pictures")
    return _percentiles(_resampled(sample), method)


def difference_over_pictures(one: Sample, other: Sample) -> tuple[Interval | None, float | None]:
    """Return the interval of a paired difference by resampling pictures, and the p value that it is zero.

    They never contradict each other: the p value is at least .05 wherever the interval includes zero.

    Args:
        one: scores of a row.
        other: those of another row on the same trials, in the same order.
    """
    if one.of == "mean":
        return mean_over_pictures(Sample(one.value - other.value, one.picture, one.subject))
    n = len(np.unique(one.picture))
    if n < 2:
        return None, None
    return _interval_and_p(_resampled(one) - _resampled(other), _swapped_p(one, other), n)


def mean_over_pictures(difference: Sample) -> tuple[Interval | None, float | None]:
    """Return interval and p value, as `difference_over_pictures` does, of the mean of differences by trial."""
    n, p = len(np.unique(difference.picture)), paired_p(difference)
    return (None, None) if p is None else _interval_and_p(_resampled(difference), p, n)


def _interval_and_p(resampled: Array, permuted_p: float, n: int) -> tuple[Interval, float]:
    """Return the percentile interval of a difference, and the larger of the p values by permutation and by resampling.

    A permutation test supposes that the two rows have one distribution: where their medians are equal and their spreads
    are not, it finds a difference in most experiments. The p value by resampling, twice the share of the resamples on
    the far side of zero, does not suppose that, but is too small for a few pictures.
    """
    drawn = resampled[np.isfinite(resampled)]
    below, above = np.count_nonzero(drawn <= 0), np.count_nonzero(drawn >= 0)
    resampled_p = float(min(1.0, 2 * min(below, above) / (len(drawn) - 1)))  # ranks of quantiles run from 0 to len - 1
    return _percentiles(drawn, f"these subjects, bootstrap over {n} pictures"), max(permuted_p, resampled_p)


def pictures_error(one: Sample, other: Sample) -> tuple[float, int] | None:
    """Return the standard error over pictures of the difference of two rows, and its degrees of freedom.

    None for fewer than two pictures.
    """
    n = len(np.unique(one.picture))
    if n < 2:
        return None
    drawn = _resampled(one) - _resampled(other)
    return float(np.std(drawn[np.isfinite(drawn)], ddof=1)), n - 1


def over_trainings(by_seed: Array, error: float, freedom: int) -> tuple[Interval, float]:
    """Return the interval of a difference of trained rows for other trainings and other pictures, and its p value.

    Seeds and pictures are crossed random effects. The squared half width is the sum of those of a t interval over seeds
    and of one over pictures (Howe 1974, as in the MOVER of Zou and Donner 2008, for a sum of two errors), so that it
    keeps its level with two seeds too, where the spread between trainings is hardly known; it is wider than necessary
    where trainings hardly differ. The p value is the level at which the interval touches zero.

    Args:
        by_seed: (seeds,) the difference of each seed, at least two.
        error: standard error of their mean over pictures.
        freedom: degrees of freedom of that error.
    """
    seeds = len(by_seed)
    centre, between = float(np.mean(by_seed)), float(np.std(by_seed, ddof=1)) / np.sqrt(seeds)

    def reach(level: float) -> float:
        return float(np.hypot(_t(seeds - 1, level) * between, _t(freedom, level) * error))

    method = f"these subjects, t over {seeds} trainings of each row and over pictures"
    return Interval(centre - reach(LEVEL), centre + reach(LEVEL), method), _touching(abs(centre), reach)


def _touching(distance: float, reach: Callable[[float], float]) -> float:
    """Return 1 minus the level at which an interval of half width `reach` has this half width."""
    if distance == 0 or reach(LEVEL) == 0:
        return 1.0 if distance == 0 else 0.0
    low, high = 0.0, 1 - 1e-12  # levels
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if reach(middle) < distance else (low, middle)
    return 1 - low


def _percentiles(values: Array, method: str) -> Interval:
    low, high = np.quantile(values[np.isfinite(values)], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), method)


def _resampled(sample: Sample) -> Array:
    """Return the score in each resample of pictures, (draws,), without subjects that have no trial in it."""
    if sample.of == "mean":
        total, count = sample.sums()
        often = _resamples(len(total))
        drawn = often @ count  # (draws, subjects) trials
        means = np.divide(often @ total, drawn, out=np.full(drawn.shape, np.nan), where=drawn > 0)
    else:
        _, picture = np.unique(sample.picture, return_inverse=True)
        often = _resamples(picture.max() + 1)
        each = (sample.subject == subject for subject in np.unique(sample.subject))
        means = np.stack([weighted_medians(sample.value[rows], often[:, picture[rows]]) for rows in each], axis=1)
    present = np.isfinite(means)
    return np.asarray(
        np.where(present, means, 0).sum(axis=1) / np.where(present.any(axis=1), present.sum(axis=1), np.nan)
    )


def weighted_medians(value: Array, often: Array) -> Array:
    """Return medians (draws,) of values (n,) with multiplicities (draws, n); NaN where all are 0."""
    order = np.argsort(value, kind="stable")
    until = np.cumsum(often[:, order], axis=1)  # (draws, n)
    half = until[:, -1:] / 2
    lower, upper = (value[order][np.argmax(reached, axis=1)] for reached in (until >= half, until > half))
    return np.asarray(np.where(half[:, 0] > 0, (lower + upper) / 2, np.nan))


def over_subjects(means: Array) -> Interval | None:
    """Return the t interval of subject means (subjects,) for other people and these pictures; None below five subjects.

    It does not cover other pictures, because all subjects saw the same ones. Where subjects differ a lot and scores are
    near a bound, its coverage is about 90 % instead of 95 (``benchmarks/coverage``).
    """
    n = len(means)
    if n < LEAST_SUBJECTS:
        return None
    reach = _t(n - 1) * float(np.std(means, ddof=1)) / np.sqrt(n)
    centre = float(np.mean(means))
    return Interval(centre - reach, centre + reach, f"other subjects, these pictures, t over {n} subjects")


def picture_groups(picture: Whole) -> Whole:
    """Return the group of each trial (n,): at most `GROUPS` groups of whole pictures, set by their identities."""
    row: Whole = np.unique(picture, return_inverse=True)[1]
    return row % GROUPS


def jackknife(value: float, without: Array) -> Interval | None:
    """Return the delete-a-group jackknife interval of a score of a set (FID, IS, macro F1).

    A bootstrap does not suit such scores: repeated pictures reduce the variety of a set, and a bootstrap distribution
    of FID lies above the estimate itself. The interval is for this number of pictures; it does not correct the bias
    that depends on it.

    Args:
        value: the score of the whole set.
        without: (groups,) the score with each group of pictures left out.
    """
    error = jackknife_error(without)
    if error is None:
        return None
    reach = _t(len(without) - 1) * error
    return Interval(value - reach, value + reach, f"these subjects, jackknife over {len(without)} groups of pictures")


def jackknife_error(without: Array) -> float | None:
    """Return the jackknife standard error; None below two groups or if a score is not finite."""
    groups = len(without)
    if groups < 2 or not np.isfinite(without).all():
        return None
    return float(np.sqrt((groups - 1) / groups * np.square(without - without.mean()).sum()))


def paired_p(difference: Sample) -> float | None:
    """Return the p value of a two-sided sign-flip test that paired differences have mean zero, flipping whole pictures.

    None for fewer than two pictures. The smallest value it can give is 1 / (`DRAWS` + 1).
    """
    total, count = difference.sums()
    if len(total) < 2:
        return None
    weighed = (total / count.sum(axis=0)).mean(axis=1)  # (pictures,) what each adds to the mean over subjects
    observed = abs(weighed.sum())
    as_large = np.abs(_signs(len(weighed)) @ weighed) >= observed * (1 - 1e-12)
    return float((1 + np.count_nonzero(as_large)) / (DRAWS + 1))


def permutations(n: int) -> Iterator[NDArray[np.int64]]:
    """Yield `PERMUTATIONS` permutations of n trials, always the same, for the null distribution of a score."""
    rng = np.random.default_rng(_SEED)
    for _ in range(PERMUTATIONS):
        yield rng.permutation(n)


def null_range(permuted: Array) -> tuple[float, float]:
    """Return the range of 95 % of the scores under permutations, from such scores (permutations,)."""
    low, high = np.quantile(permuted, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


def null_p(value: float, permuted: Array, *, higher: bool) -> float:
    """Return the one-sided p value that a score is no better than under permutations, (permutations,).

    The smallest value it can give is 1 / (`PERMUTATIONS` + 1).
    """
    as_good = permuted >= value if higher else permuted <= value
    return float((1 + np.count_nonzero(as_good)) / (len(permuted) + 1))


def _swapped_p(one: Sample, other: Sample) -> float:
    """Return the p value of a two-sided permutation test that two rows' medians are equal, swapping whole pictures."""
    _, picture = np.unique(one.picture, return_inverse=True)
    swapped = _signs(picture.max() + 1)[:, picture] < 0  # (draws, n)
    observed, drawn = 0.0, np.zeros(len(swapped))
    subjects = np.unique(one.subject)
    for subject in subjects:
        rows = one.subject == subject
        first, second = one.value[rows], other.value[rows]
        observed += float(np.median(first) - np.median(second)) / len(subjects)
        swaps = swapped[:, rows]
        apart = np.median(np.where(swaps, second, first), axis=1) - np.median(np.where(swaps, first, second), axis=1)
        drawn += apart / len(subjects)
    return float((1 + np.count_nonzero(np.abs(drawn) >= abs(observed) * (1 - 1e-12))) / (DRAWS + 1))


def jackknife_p(difference: float, without: Array) -> float | None:
    """Return the p value of a two-sided t test that a difference is zero, from its jackknife values (groups,)."""
    error = jackknife_error(without)
    if error is None:
        return None
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    from scipy.special import stdtr  # of Student's t; scipy.stats takes a second to import

    return float(2 * stdtr(len(without) - 1, -abs(difference) / error))


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Return p values after Holm's step-down correction; None stays None and is not counted."""
    given = sorted((value, place) for place, value in enumerate(values) if value is not None)
    corrected: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (value, place) in enumerate(given):
        highest = max(highest, min(1.0, (len(given) - rank) * value))
        corrected[place] = highest
    return corrected


def _t(freedom: int, level: float = LEVEL) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + level) / 2))


@lru_cache(maxsize=2)
def _resamples(n: int) -> Array:
    """Return the multiplicity of n pictures in each resample, (draws, n), the same for every column and row."""
    return np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(float)


@lru_cache(maxsize=2)
def _signs(n: int) -> Array:
    """Return random signs, (draws, n)."""
    return np.random.default_rng(_SEED).choice([-1.0, 1.0], size=(DRAWS, n))
