"""How often the intervals hold what they should: ``python benchmarks/coverage``.

Experiments are drawn from a known law over and over; the share of 95 % intervals that contain the true value is
printed, whatever it is. ``README.md`` holds its last output. It takes some minutes on two cores.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from eegrecon import statistics
from eegrecon.evaluation.statistics import Interval, Sample
from eegrecon_metrics.accuracy import macro_f1
from eegrecon_metrics.frechet import frechet_distance
from eegrecon_metrics.inception_score import inception_score
from eegrecon_metrics.kernel_distance import kernel_distance

Array = NDArray[np.float64]
PICTURES = 120
EXPERIMENTS = 2_000  # of scores by trial: a standard error of .5 % at 95 %
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
    print(f"  median rank:  {median_differences()}")
    print(f"\nMedian of ranks among {PICTURES}, bootstrap over pictures: {EXPERIMENTS} experiments")
    for subjects in (1, 2, 6):
        print(f"  subjects {subjects}: {medians(subjects)}")
    print(f"\nScores of sets: {OF_SETS} experiments, the value at this number of pictures; jackknife over 20 groups")
    print(f"{'score':>12} {'pictures':>9} {'subjects':>9} {'coverage':>9} {'true value':>11} {'mean width':>11}")
    for name, draw in DRAWS.items():
        for pictures, subjects in ((120, 1), (120, 2), (120, 6), (332, 1)):
            print(f"{name:>12} {pictures:9d} {subjects:9d} " + of_sets(draw, pictures, subjects))


def _share(held: Sequence[bool]) -> str:
    return f"{100 * np.mean(held):.1f} %"


def _logistic(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-values)))


def _centre(mean: float, spread: float) -> float:
    """The logit about which hit probabilities of this mean lie, for pictures of spread 1 and subjects of ``spread``."""
    deviation = np.random.default_rng(0).standard_normal(200_000) * np.hypot(1, spread)
    low, high = -8.0, 8.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if _logistic(middle + deviation).mean() < mean else (low, middle)
    return middle


def by_trial(mean: float, subjects: int, spread: float) -> str:
    """Coverage of (a), the bootstrap over pictures, and (b), t over subjects, for what they claim and do not claim."""
    rng = np.random.default_rng([1, subjects, round(100 * spread), round(100 * mean)])
    centre = _centre(mean, spread)
    many = rng.standard_normal(4_000)  # pictures, for the true value of each subject
    picture, subject = np.tile(np.arange(PICTURES), subjects), np.repeat(np.arange(subjects), PICTURES)
    these, others, elsewhere, wrong = [], [], [], []
    people = spread * np.random.default_rng(1).standard_normal((4_000, 1))  # for the true value of these pictures
    for _ in range(EXPERIMENTS):
        own = centre + spread * rng.standard_normal(subjects)
        shown = rng.standard_normal(PICTURES)
        hits = rng.random((subjects, PICTURES)) < _logistic(own[:, None] + shown)
        true = _logistic(own[:, None] + many).mean()
        interval = statistics.over_pictures(Sample(hits.ravel().astype(float), picture, subject), share=True)
        these.append(_holds(interval, true))
        wrong.append(_holds(interval, mean))
        if subjects >= statistics.LEAST_SUBJECTS:
            interval = statistics.over_subjects(hits.mean(axis=1))
            others.append(_holds(interval, _logistic(centre + people + shown).mean()))
            elsewhere.append(_holds(interval, mean))
    cells = (_share(held) if held else "-" for held in (these, others, elsewhere, wrong))
    return "{:>19} {:>19} {:>24} {:>15}".format(*cells)


def differences(mean: float) -> str:
    """Coverage of the interval of a difference, and how often the paired test finds one that is not there."""
    rng = np.random.default_rng([2, round(100 * mean)])
    centre = _centre(mean, 0.3)
    picture, subject = np.tile(np.arange(PICTURES), 2), np.repeat([0, 1], PICTURES)
    held, found = [], []
    for _ in range(EXPERIMENTS):
        chance = _logistic(centre + 0.3 * rng.standard_normal((2, 1)) + rng.standard_normal(PICTURES)).ravel()
        one, other = rng.random((2, len(chance))) < chance
        difference = Sample(one.astype(float) - other, picture, subject)
        held.append(_holds(statistics.over_pictures(difference), 0.0))
        found.append((statistics.paired_p(difference) or 1.0) < 0.05)
    return f"interval {_share(held)}, false differences at 5 %: {_share(found)}"


def _ranks(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Ranks of the true picture, better than chance."""
    return np.minimum(rng.integers(1, PICTURES + 1, shape), rng.integers(1, PICTURES + 1, shape)).astype(float)


def medians(subjects: int) -> str:
    """Coverage of the interval of a median rank."""
    rng = np.random.default_rng([4, subjects])
    true = float(np.mean(np.median(_ranks(rng, (200_000, PICTURES)), axis=1)))
    picture, subject = np.tile(np.arange(PICTURES), subjects), np.repeat(np.arange(subjects), PICTURES)
    samples = (Sample(_ranks(rng, (len(picture),)), picture, subject, "median") for _ in range(EXPERIMENTS))
    return _share([_holds(statistics.over_pictures(sample), true) for sample in samples])


def median_differences() -> str:
    """The same as `differences` for medians of ranks."""
    rng = np.random.default_rng(5)
    picture, subject = np.tile(np.arange(PICTURES), 2), np.repeat([0, 1], PICTURES)
    held, found = [], []
    for _ in range(EXPERIMENTS // 4):
        one, other = (Sample(own, picture, subject, "median") for own in _ranks(rng, (2, len(picture))))
        interval, p = statistics.difference_over_pictures(one, other)
        held.append(_holds(interval, 0.0))
        found.append((1.0 if p is None else p) < 0.05)
    return f"interval {_share(held)}, false differences at 5 %: {_share(found)}"


def _holds(interval: Interval | None, true: float) -> bool:
    return interval is not None and interval.low <= true <= interval.high


# --- scores of sets: each draws one subject's pictures and gives the score of some of them ------------------------

Score = Callable[[NDArray[np.int64]], float]
Draw = Callable[[np.random.Generator, int], Score]


def _macro_f1(rng: np.random.Generator, n: int) -> Score:
    truth = np.arange(n) % CLASSES
    guess = np.where(rng.random(n) < 0.65, truth, rng.integers(0, CLASSES, n))
    return lambda rows: macro_f1(guess[rows], truth[rows])


def _inception_score(rng: np.random.Generator, n: int) -> Score:
    logits = 3 * rng.standard_normal((n, CLASSES))
    return lambda rows: inception_score(logits[rows])


def _features(rng: np.random.Generator, n: int) -> tuple[Array, Array]:
    """What a judge sees in true pictures and in generated ones that are like them and a little off."""
    scale = 1 / np.sqrt(np.arange(1, 65))
    common = rng.standard_normal((n, 64))
    seen = common * scale
    made = (0.7 * common + 0.8 * rng.standard_normal((n, 64)) + 0.3) * scale
    return made, seen


def _fid(rng: np.random.Generator, n: int) -> Score:
    made, seen = _features(rng, n)
    return lambda rows: frechet_distance(made[rows], seen[rows])


def _kid(rng: np.random.Generator, n: int) -> Score:
    made, seen = _features(rng, n)
    return lambda rows: kernel_distance(made[rows], seen[rows])


DRAWS: dict[str, Draw] = {
    "macro F1": _macro_f1, "IS": _inception_score, "FID": _fid, "KID": _kid,
}  # fmt: skip


def of_sets(draw: Draw, pictures: int, subjects: int) -> str:
    """Coverage of the jackknife for the mean over subjects of a set score at this number of pictures."""
    rng = np.random.default_rng([3, pictures, subjects])
    everything = np.arange(pictures)
    true = float(np.mean([draw(rng, pictures)(everything) for _ in range(TRUTHS if pictures < 200 else TRUTHS // 4)]))
    group = statistics.picture_groups(everything)
    held, width = [], []
    for _ in range(OF_SETS):
        scores = [draw(rng, pictures) for _ in range(subjects)]
        value = float(np.mean([score(everything) for score in scores]))
        without = np.asarray([np.mean([score(rows) for score in scores]) for rows in _leaving(group)])
        interval = statistics.jackknife(value, without)
        held.append(_holds(interval, true))
        width.append(0.0 if interval is None else interval.high - interval.low)
    return f"{_share(held):>9} {true:11.4g} {np.mean(width):11.4g}"


def _leaving(group: NDArray[np.integer]) -> Iterator[NDArray[np.int64]]:
    return (np.flatnonzero(group != one) for one in np.unique(group))


if __name__ == "__main__":
    main()
