"""Intervals and tests: how far a number may be from what it stands for.

What is resampled are *pictures*, all trials of a picture together: trials that saw one picture are not independent.
So every interval and test here is about *these subjects* seeing other pictures of the kind, except ``over_subjects``,
which is about other people seeing these pictures. ``benchmarks/coverage`` measures how often they hold what they
should. Pure functions of arrays; every draw comes from a fixed seed, so the same scores give the same interval.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

LEVEL = 0.95
DRAWS = 4_000
PERMUTATIONS = 200  # of the outputs among the trials, for the null distribution of a score
GROUPS = 20  # of pictures, for the jackknife
LEAST_SUBJECTS = 5  # fewer say next to nothing about people in general
_SEED = 20_312

Array = NDArray[np.floating[Any]]
Whole = NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Interval:
    """Where a score may lie, with a confidence of 95 %."""

    low: float
    high: float
    method: str


@dataclass(frozen=True, eq=False)
class Sample:
    """A per-trial score of one row: the mean over subjects of each one's mean, or median, over trials.

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
        """Sum and number of trials by picture and subject, (pictures, subjects) each."""
        pictures, row = np.unique(self.picture, return_inverse=True)
        subjects, column = np.unique(self.subject, return_inverse=True)
        total, count = np.zeros((len(pictures), len(subjects))), np.zeros((len(pictures), len(subjects)))
        np.add.at(total, (row, column), self.value)
        np.add.at(count, (row, column), 1.0)
        return total, count

    def mean(self) -> float:
        """Mean over subjects of the mean over trials."""
        total, count = self.sums()
        return float(np.mean(total.sum(axis=0) / count.sum(axis=0)))


def over_pictures(sample: Sample, *, share: bool = False) -> Interval | None:
    """Percentile bootstrap over pictures; None where there are fewer than two.

    Args:
        sample: the per-trial scores.
        share: the score is a share of trials. Where all score 0, or all 1, resampling shows no spread: then the exact
            binomial (Clopper-Pearson) limit for as many trials as there are pictures.
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
    """Interval of a paired difference by resampling pictures, and the p value that it is zero.

    Args:
        one: scores of a row.
        other: those of another row on the same trials, in the same order.
    """
    n = len(np.unique(one.picture))
    if one.of == "mean":
        difference = Sample(one.value - other.value, one.picture, one.subject)
        return over_pictures(difference), paired_p(difference)
    if n < 2:
        return None, None
    resampled = _resampled(one) - _resampled(other)
    return _percentiles(resampled, f"these subjects, bootstrap over {n} pictures"), _swapped_p(one, other)


def _percentiles(values: Array, method: str) -> Interval:
    low, high = np.quantile(values[np.isfinite(values)], [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Interval(float(low), float(high), method)


def _resampled(sample: Sample) -> Array:
    """The score in each resample of pictures, (draws,); a subject of whom a resample has no trial is left out there."""
    if sample.of == "mean":
        total, count = sample.sums()
        often = _resamples(len(total))
        drawn = often @ count  # (draws, subjects) trials
        own = np.divide(often @ total, drawn, out=np.full(drawn.shape, np.nan), where=drawn > 0)
    else:
        _, picture = np.unique(sample.picture, return_inverse=True)
        often = _resamples(picture.max() + 1)
        each = (sample.subject == one for one in np.unique(sample.subject))
        own = np.stack([weighted_medians(sample.value[mine], often[:, picture[mine]]) for mine in each], axis=1)
    there = np.isfinite(own)
    return np.asarray(np.where(there, own, 0).sum(axis=1) / np.where(there.any(axis=1), there.sum(axis=1), np.nan))


def weighted_medians(value: Array, often: Array) -> Array:
    """Medians (draws,) of values (n,) that occur so often (draws, n); not a number where none occurs."""
    order = np.argsort(value, kind="stable")
    until = np.cumsum(often[:, order], axis=1)  # (draws, n)
    half = until[:, -1:] / 2
    lower, upper = (value[order][np.argmax(reached, axis=1)] for reached in (until >= half, until > half))
    return np.asarray(np.where(half[:, 0] > 0, (lower + upper) / 2, np.nan))


def over_subjects(means: Array) -> Interval | None:
    """Student's t on subject means (subjects,): about other people seeing these pictures; None below five subjects.

    What other pictures would change is not in it: all subjects have seen the same ones. Where subjects differ a lot and
    scores lie near an edge, it holds in some 90 % instead of 95 (``benchmarks/coverage``).
    """
    n = len(means)
    if n < LEAST_SUBJECTS:
        return None
    reach = _t(n - 1) * float(np.std(means, ddof=1)) / np.sqrt(n)
    centre = float(np.mean(means))
    return Interval(centre - reach, centre + reach, f"other subjects, these pictures, t over {n} subjects")


def picture_groups(picture: Whole) -> Whole:
    """Cut trials (n,) into at most `GROUPS` groups of whole pictures, the same for the same set of pictures."""
    row: Whole = np.unique(picture, return_inverse=True)[1]
    return row % GROUPS


def jackknife(value: float, without: Array) -> Interval | None:
    """Delete-a-group jackknife for a score of a set (FID, IS, macro F1), which no resampling with repeats suits.

    Repeats make a set look less varied than it is: a bootstrap of FID lies wholly above its own estimate. The interval
    is for the score at this number of pictures; it does not correct what the score owes to that number.

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
    """Standard error from the scores with each group left out; None below two groups or where one is no number."""
    groups = len(without)
    if groups < 2 or not np.isfinite(without).all():
        return None
    return float(np.sqrt((groups - 1) / groups * np.square(without - without.mean()).sum()))


def paired_p(difference: Sample) -> float | None:
    """Two-sided sign-flip permutation test that paired differences have mean zero, flipping whole pictures.

    None where there are fewer than two pictures. The smallest value it can give is 1 / (`DRAWS` + 1).
    """
    total, count = difference.sums()
    if len(total) < 2:
        return None
    weighed = (total / count.sum(axis=0)).mean(axis=1)  # (pictures,) what each adds to the mean over subjects
    seen = abs(weighed.sum())
    as_large = np.abs(_signs(len(weighed)) @ weighed) >= seen * (1 - 1e-12)
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
    """Two-sided permutation test that two rows' medians are equal, swapping the rows for whole pictures."""
    _, picture = np.unique(one.picture, return_inverse=True)
    swapped = _signs(picture.max() + 1)[:, picture] < 0  # (draws, n)
    seen, drawn = 0.0, np.zeros(len(swapped))
    subjects = np.unique(one.subject)
    for subject in subjects:
        mine = one.subject == subject
        first, second = one.value[mine], other.value[mine]
        seen += float(np.median(first) - np.median(second)) / len(subjects)
        here = swapped[:, mine]
        apart = np.median(np.where(here, second, first), axis=1) - np.median(np.where(here, first, second), axis=1)
        drawn += apart / len(subjects)
    return float((1 + np.count_nonzero(np.abs(drawn) >= abs(seen) * (1 - 1e-12))) / (DRAWS + 1))


def jackknife_p(difference: float, without: Array) -> float | None:
    """Two-sided t test that a difference of set scores is zero; `without` (groups,) are its jackknife values."""
    error = jackknife_error(without)
    if error is None:
        return None
    if error == 0:
        return 1.0 if difference == 0 else 0.0
    from scipy.special import stdtr  # of Student's t; scipy.stats takes a second to import

    return float(2 * stdtr(len(without) - 1, -abs(difference) / error))


def holm(values: Sequence[float | None]) -> list[float | None]:
    """Holm's step-down correction of p values; None stays None and is not counted."""
    given = sorted((value, place) for place, value in enumerate(values) if value is not None)
    corrected: list[float | None] = [None] * len(values)
    highest = 0.0
    for rank, (value, place) in enumerate(given):
        highest = max(highest, min(1.0, (len(given) - rank) * value))
        corrected[place] = highest
    return corrected


def _t(freedom: int) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(freedom, (1 + LEVEL) / 2))


@lru_cache(maxsize=2)
def _resamples(n: int) -> Array:
    """How often each of n pictures is drawn in each resample, (draws, n); the same draws for every column and row."""
    return np.random.default_rng(_SEED).multinomial(n, np.full(n, 1 / n), size=DRAWS).astype(float)


@lru_cache(maxsize=2)
def _signs(n: int) -> Array:
    """Random signs, (draws, n)."""
    return np.random.default_rng(_SEED).choice([-1.0, 1.0], size=(DRAWS, n))
