"""Coverage of the confidence intervals: ``python benchmarks/coverage``.

Simulates experiments from known distributions and prints the share of 95 % intervals that contain the true value.
``README.md`` shows the last output. It takes about a quarter of an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eegrecon.evaluation import statistics
from eegrecon.evaluation.statistics import Interval, Sample
from eegrecon_metrics.set_metrics.frechet import frechet_distance
from eegrecon_metrics.set_metrics.inception_score import inception_score
from eegrecon_metrics.set_metrics.kernel_distance import kernel_distance
from eegrecon_metrics.trial_metrics.accuracy import macro_f1

Array = NDArray[np.float64]
PICTURES = 120
EXPERIMENTS = 2_000  # of scores by trial: a standard error of .5 % at 95 %
TRAININGS = 2_000  # experiments with rows that differ by their seeds alone: a standard error of .5 % at 5 %
OF_SETS = 600  # of scores of sets: .9 %
TRUTHS = 6_000  # experiments whose mean is the true value of a set score at this number of pictures
SPREADS = {"small": 0.3, "large": 1.2}  # between subjects, on the logit scale
SUBJECTS = (2, 6, 10, 30)
CLASSES = 12


def main() -> None:
    """Simulate and print."""
    print(f"Scores by trial: {EXPERIMENTS} experiments with {PICTURES} pictures, each seen once by every subject")
    print(" mean  subjects  spread  (a) these subjects  (b) other subjects  (b) with other pictures  (a) for others")
    for mean, subjects, spread in ((m, s, p) for m in (0.1, 0.7) for s in SUBJECTS for p in SPREADS):
        print(f"{mean:5.1f} {subjects:9d} {spread:>7} " + by_trial(mean, subjects, SPREADS[spread]))
    print(f"\nRows that do not differ, by trial: {EXPERIMENTS} experiments, {PICTURES} pictures, 2 subjects")
    for mean in (0.1, 0.7):
        print(f"  mean {mean:.1f}:     {differences(mean)}")
    print(f"  median rank:  {median_differences(_two_rows_of_ranks)}")
    print(f"  medians of unequal spread: {median_differences(_unequal_spread)}")
    print(f"\nA/A: rows that differ by their seeds alone, 2 subjects, {TRAININGS} experiments, accuracy .7")
    print("pictures  spread  1 seed, untested  1 seed, if tested     2 seeds     3 seeds     5 seeds   width at 3")
    for pictures, between in ((p, s) for p in (120, 1_000) for s in (0.0, 0.1, 0.3)):
        print(f"{pictures:8d} {between:7.1f}  {equal_trainings(pictures, between)}")
    print(f"\nMedian of ranks among {PICTURES}, bootstrap over pictures: {EXPERIMENTS} experiments")
    for subjects in (1, 2, 6):
        print(f"  subjects {subjects}: {medians(subjects)}")
    print(f"\nScores of sets: {OF_SETS} experiments, the value at this number of pictures; jackknife over 20 groups")
    print(f"{'score':>12} {'pictures':>9} {'subjects':>9} {'coverage':>9} {'true value':>11} {'mean width':>11}")
    for name, draw in DRAWS.items():
        for pictures, subjects in ((120, 1), (120, 2), (120, 6), (332, 1)):
            print(f"{name:>12} {pictures:9d} {subjects:9d} " + of_sets(draw, pictures, subjects))


def _share(covered: Sequence[bool]) -> str:
    return f"{100 * np.mean(covered):.1f} %"


def _logistic(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-values)))


def _centre(mean: float, spread: float) -> float:
    """Mean logit that gives hit probabilities of this mean, for pictures of spread 1 and subjects of ``spread``."""
    deviation = np.random.default_rng(0).standard_normal(200_000) * np.hypot(1, spread)
    low, high = -8.0, 8.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _logistic(middle + deviation).mean() < mean else (low, middle)
    return middle


def by_trial(mean: float, subjects: int, spread: float) -> str:
    """Coverage of (a), the bootstrap over pictures, and (b), t over subjects, for their own claims and for others."""
    rng = np.random.default_rng([1, subjects, round(100 * spread), round(100 * mean)])
    centre = _centre(mean, spread)
    many = rng.standard_normal(4_000)  # pictures, for the true value of each subject
    picture, subject = np.tile(np.arange(PICTURES), subjects), np.repeat(np.arange(subjects), PICTURES)
    these, others, elsewhere, wrong = [], [], [], []
    population = spread * np.random.default_rng(1).standard_normal((4_000, 1))  # for the true value of these pictures
    for _ in range(EXPERIMENTS):
        subject_logits = centre + spread * rng.standard_normal(subjects)
        shown = rng.standard_normal(PICTURES)
        hits = rng.random((subjects, PICTURES)) < _logistic(subject_logits[:, None] + shown)
        true = _logistic(subject_logits[:, None] + many).mean()
        interval = statistics.over_pictures(Sample(hits.ravel().astype(float), picture, subject), share=True)
        these.append(_covers(interval, true))
        wrong.append(_covers(interval, mean))
        if subjects >= statistics.LEAST_SUBJECTS:
            interval = statistics.over_subjects(hits.mean(axis=1))
            others.append(_covers(interval, _logistic(centre + population + shown).mean()))
            elsewhere.append(_covers(interval, mean))
    cells = (_share(covered) if covered else "-" for covered in (these, others, elsewhere, wrong))
    return "{:>19} {:>19} {:>24} {:>15}".format(*cells)


def differences(mean: float) -> str:
    """Coverage of the interval of a difference, and the false positive rate of the paired test."""
    rng = np.random.default_rng([2, round(100 * mean)])
    centre = _centre(mean, 0.3)
    picture, subject = np.tile(np.arange(PICTURES), 2), np.repeat([0, 1], PICTURES)
    covered, rejected = [], []
    for _ in range(EXPERIMENTS):
        chance = _logistic(centre + 0.3 * rng.standard_normal((2, 1)) + rng.standard_normal(PICTURES)).ravel()
        first, second = rng.random((2, len(chance))) < chance
        difference = Sample(first.astype(float) - second, picture, subject)
        interval, p = statistics.mean_over_pictures(difference)
        covered.append(_covers(interval, 0.0))
        rejected.append((1.0 if p is None else p) < 0.05)
    return f"interval {_share(covered)}, false differences at 5 %: {_share(rejected)}"


def equal_trainings(pictures: int, spread: float) -> str:
    """Return the rate of stars between equal rows whose trainings differ, (seed) logits having this spread.

    Pictures differ by 1 on the logit scale for all trainings, and by 0.5 for each training. A row of one seed is not
    tested; what a test that counts pictures alone would find is printed beside it.
    """
    rng = np.random.default_rng([6, pictures, round(100 * spread)])
    centre = _centre(0.7, 0.3)
    picture, subject = np.tile(np.arange(pictures), 2), np.repeat([0, 1], pictures)
    found: dict[str, list[bool]] = {}
    width = []
    for _ in range(TRAININGS):
        shown = centre + 0.3 * rng.standard_normal((2, 1)) + rng.standard_normal(pictures)  # (subjects, pictures)
        own = spread * rng.standard_normal((2, 5, 1, 1)) + 0.5 * rng.standard_normal((2, 5, 2, pictures))
        hits = (rng.random((2, 5, 2, pictures)) < _logistic(shown + own)).astype(float)  # (rows, seeds, subjects, …)
        one = Sample((hits[0, 0] - hits[1, 0]).ravel(), picture, subject)
        found.setdefault("1", []).append((statistics.mean_over_pictures(one)[1] or 1.0) < 0.05)
        for seeds in (2, 3, 5):
            mine, other = (_of_trainings(row[:seeds], picture, subject) for row in hits)
            by_seed = (hits[0, :seeds] - hits[1, :seeds]).mean(axis=(1, 2))
            known = statistics.pictures_error(mine, other)
            interval, p = statistics.over_trainings(by_seed, *(known or (0.0, 1)))
            found.setdefault(str(seeds), []).append(p < 0.05)
            width += [interval.high - interval.low] if seeds == 3 else []
    shares = {name: _share(stars) for name, stars in found.items()}
    return f"{'0 %':>16} {shares['1']:>18} " + " ".join(f"{shares[s]:>11}" for s in "235") + f" {np.mean(width):12.3f}"


def _of_trainings(hits: Array, picture: NDArray[np.int64], subject: NDArray[np.int64]) -> Sample:
    """Return the trials of several trainings (seeds, subjects, pictures) as one sample, a run per training."""
    seeds = len(hits)
    run = np.concatenate([subject + 2 * seed for seed in range(seeds)])
    return Sample(hits.ravel(), np.tile(picture, seeds), run)


def _ranks(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Ranks of the true picture, better than chance."""
    return np.minimum(rng.integers(1, PICTURES + 1, shape), rng.integers(1, PICTURES + 1, shape)).astype(float)


def medians(subjects: int) -> str:
    """Coverage of the interval of a median rank."""
    rng = np.random.default_rng([4, subjects])
    true = float(np.mean(np.median(_ranks(rng, (200_000, PICTURES)), axis=1)))
    picture, subject = np.tile(np.arange(PICTURES), subjects), np.repeat(np.arange(subjects), PICTURES)
    samples = (Sample(_ranks(rng, (len(picture),)), picture, subject, "median") for _ in range(EXPERIMENTS))
    return _share([_covers(statistics.over_pictures(sample), true) for sample in samples])


def _two_rows_of_ranks(rng: np.random.Generator, n: int) -> Array:
    return _ranks(rng, (2, n))


def _unequal_spread(rng: np.random.Generator, n: int) -> Array:
    """Values of two rows with equal medians, the first in both tails and the second in the middle."""
    return np.stack([rng.choice([1.0, 2.0, 3.0, 18.0, 19.0, 20.0], n), 10.5 + rng.standard_normal(n)])


def median_differences(draw: Callable[[np.random.Generator, int], Array]) -> str:
    """`differences` for medians of the values of two rows, (2, n)."""
    rng = np.random.default_rng(5)
    picture, subject = np.tile(np.arange(PICTURES), 2), np.repeat([0, 1], PICTURES)
    covered, rejected = [], []
    for _ in range(EXPERIMENTS // 4):
        first, second = (Sample(values, picture, subject, "median") for values in draw(rng, len(picture)))
        interval, p = statistics.difference_over_pictures(first, second)
        covered.append(_covers(interval, 0.0))
        rejected.append((1.0 if p is None else p) < 0.05)
    return f"interval {_share(covered)}, false differences at 5 %: {_share(rejected)}"


def _covers(interval: Interval | None, true: float) -> bool:
    return interval is not None and interval.low <= true <= interval.high


Score = Callable[[NDArray[np.int64]], float]
Draw = Callable[[np.random.Generator, int], Score]  # one subject's pictures -> the score of some of them


def _macro_f1(rng: np.random.Generator, n: int) -> Score:
    truth = np.arange(n) % CLASSES
    predicted = np.where(rng.random(n) < 0.65, truth, rng.integers(0, CLASSES, n))
    return lambda rows: macro_f1(predicted[rows], truth[rows])


def _inception_score(rng: np.random.Generator, n: int) -> Score:
    logits = 3 * rng.standard_normal((n, CLASSES))
    return lambda rows: inception_score(logits[rows])


def _features(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """Features of generated pictures and of true ones, correlated and slightly shifted."""
    scale = 1 / np.sqrt(np.arange(1, 65))
    common = rng.standard_normal((n, 64))
    reference = common * scale
    generated = (0.7 * common + 0.8 * rng.standard_normal((n, 64)) + 0.3) * scale
    return generated, reference


def _fid(rng: np.random.Generator, n: int) -> Score:
    generated, reference = _features(rng, n)
    return lambda rows: frechet_distance(generated[rows], reference[rows])


def _kid(rng: np.random.Generator, n: int) -> Score:
    generated, reference = _features(rng, n)
    return lambda rows: kernel_distance(generated[rows], reference[rows])


DRAWS: dict[str, Draw] = {
    "macro F1": _macro_f1, "IS": _inception_score, "FID": _fid, "KID": _kid,
}  # fmt: skip


def of_sets(draw: Draw, pictures: int, subjects: int) -> str:
    """Coverage of the jackknife for the mean over subjects of a set score at this number of pictures."""
    rng = np.random.default_rng([3, pictures, subjects])
    everything = np.arange(pictures)
    true = float(np.mean([draw(rng, pictures)(everything) for _ in range(TRUTHS if pictures < 200 else TRUTHS // 4)]))
    group = statistics.picture_groups(everything)
    covered, width = [], []
    for _ in range(OF_SETS):
        scores = [draw(rng, pictures) for _ in range(subjects)]
        value = float(np.mean([score(everything) for score in scores]))
        without = np.asarray([np.mean([score(rows) for score in scores]) for rows in _leave_one_out(group)])
        interval = statistics.jackknife(value, without)
        covered.append(_covers(interval, true))
        width.append(0.0 if interval is None else interval.high - interval.low)
    return f"{_share(covered):>9} {true:11.4g} {np.mean(width):11.4g}"


def _leave_one_out(group: NDArray[np.integer]) -> Iterator[NDArray[np.int64]]:
    return (np.flatnonzero(group != one) for one in np.unique(group))


if __name__ == "__main__":
    main()
