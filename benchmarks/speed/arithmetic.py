"""Time and values of two metrics, compared with the implementations that are usual in the field."""

from __future__ import annotations

import numpy as np
from machine import interleaved, spread
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from eegrecon.evaluation.statistics import Interval, jackknife, picture_groups
from eegrecon_metrics.set_metrics.frechet import frechet_distance
from eegrecon_metrics.trial_metrics.identification import hit_probability

WIDTH = 2048  # of Inception's features
REPEATS = 3
DRAWS = 50  # random sets of other classes per picture


def fid(n: int) -> None:
    """Compare with torch-fidelity, which computes covariances and the matrix square root of their product."""
    import torch

    rng = np.random.default_rng(n)
    scales = np.exp(-np.arange(WIDTH) / 300)  # a decaying spectrum, as of a network's features
    generated, reference = (rng.standard_normal((n, WIDTH)) * scales + shift for shift in (0.0, 0.05))
    values: dict[str, float] = {}

    def ours() -> None:
        values["eegrecon"] = frechet_distance(generated, reference)

    def theirs() -> None:
        statistics = [fid_features_to_statistics(torch.from_numpy(features)) for features in (generated, reference)]
        scores = fid_statistics_to_metric(*statistics, verbose=False)
        values["torch-fidelity"] = float(scores["frechet_inception_distance"])

    seconds = interleaved({"eegrecon": ours, "torch-fidelity": theirs}, REPEATS)
    print(f"FID of {n} and {n} pictures, {WIDTH} features:")
    for name, times in seconds.items():
        print(f"  {name:15} {spread(times):36} FID {values[name]:.6f}")


def fid_interval(n: int = 656) -> None:
    """Time the interval of an FID: a jackknife over groups of pictures."""
    rng = np.random.default_rng(n)
    generated, reference = rng.standard_normal((2, n, WIDTH)) * np.exp(-np.arange(WIDTH) / 300)
    group = picture_groups(np.arange(n))
    intervals: list[Interval | None] = []

    def interval() -> None:
        left_out = [frechet_distance(generated[group != one], reference[group != one]) for one in np.unique(group)]
        intervals.append(jackknife(frechet_distance(generated, reference), np.asarray(left_out)))

    seconds = interleaved({"interval": interval}, REPEATS)["interval"]
    assert intervals[0] is not None
    width = intervals[0].high - intervals[0].low
    print(f"interval of the FID of {n} and {n} pictures, {WIDTH} features: {spread(seconds)}, width {width:.3f}")


def drawn(scores: np.ndarray, truth: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Return n-way top-1 by random draws of the other n - 1 classes: the share of hits per picture, (pictures,).

    Args:
        scores: of the classes, (pictures, classes).
        truth: true class, (pictures,).
        n: classes compared.
        rng: draws the other classes.
    """
    hits = np.zeros(len(scores))
    for row, (logits, label) in enumerate(zip(scores, truth, strict=True)):
        others = np.delete(np.arange(len(logits)), label)
        for _ in range(DRAWS):
            hits[row] += logits[label] > logits[rng.choice(others, n - 1, replace=False)].max()
    return hits / DRAWS


def identification(pictures: int = 200, classes: int = 1000, n: int = 50) -> None:
    """Compare the closed form with random draws."""
    rng = np.random.default_rng(0)
    truth = rng.integers(classes, size=pictures)
    scores = rng.standard_normal((pictures, classes))
    scores[np.arange(pictures), truth] += 2
    values: dict[str, float] = {}

    def closed() -> None:
        values["closed form"] = float(hit_probability(scores, truth, n, 1).mean())

    def monte_carlo() -> None:
        values["drawing"] = float(drawn(scores, truth, n, rng).mean())

    seconds = interleaved({"closed form": closed, "drawing": monte_carlo}, REPEATS)
    print(f"{n}-way top-1 of {pictures} pictures, {classes} classes ({DRAWS} draws a picture):")
    for name, times in seconds.items():
        print(f"  {name:15} {spread(times):36} {values[name]:.4f}")


def main() -> None:
    """Run the comparisons and print them."""
    fid(200)
    fid(2000)
    fid_interval()
    identification()


if __name__ == "__main__":
    main()
