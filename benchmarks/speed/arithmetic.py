"""The arithmetic of two metrics beside what the field uses: time, and what it computes."""

from __future__ import annotations

import numpy as np
from machine import interleaved, spread
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from eegrecon.evaluation.statistics import Interval, jackknife, picture_groups
from eegrecon_metrics.set_metrics.frechet import frechet_distance
from eegrecon_metrics.trial_metrics.identification import hit_probability

WIDTH = 2048  # of Inception's features
REPEATS = 3
DRAWS = 50  # how often the field draws the other classes, for each picture


def fid(n: int) -> None:
    """Compare with torch-fidelity's, which forms covariances and takes the root of their product."""
    import torch

    rng = np.random.default_rng(n)
    scales = np.exp(-np.arange(WIDTH) / 300)  # a spectrum that falls, as that of a network's features
    made, seen = (rng.standard_normal((n, WIDTH)) * scales + shift for shift in (0.0, 0.05))
    values: dict[str, float] = {}

    def ours() -> None:
        values["eegrecon"] = frechet_distance(made, seen)

    def theirs() -> None:
        one, other = (fid_features_to_statistics(torch.from_numpy(features)) for features in (made, seen))
        found = fid_statistics_to_metric(one, other, verbose=False)
        values["torch-fidelity"] = float(found["frechet_inception_distance"])

    seconds = interleaved({"eegrecon": ours, "torch-fidelity": theirs}, REPEATS)
    print(f"FID of {n} and {n} pictures, {WIDTH} features:")
    for name, times in seconds.items():
        print(f"  {name:15} {spread(times):36} FID {values[name]:.6f}")


def fid_interval(n: int = 656) -> None:
    """Time the interval of an FID: the value, and once more without each group of pictures."""
    rng = np.random.default_rng(n)
    made, seen = rng.standard_normal((2, n, WIDTH)) * np.exp(-np.arange(WIDTH) / 300)
    group = picture_groups(np.arange(n))
    found: list[Interval | None] = []

    def whole() -> None:
        without = [frechet_distance(made[group != one], seen[group != one]) for one in np.unique(group)]
        found.append(jackknife(frechet_distance(made, seen), np.asarray(without)))

    seconds = interleaved({"interval": whole}, REPEATS)["interval"]
    assert found[0] is not None
    width = found[0].high - found[0].low
    print(f"interval of the FID of {n} and {n} pictures, {WIDTH} features: {spread(seconds)}, width {width:.3f}")


def drawn(scores: np.ndarray, truth: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Top-1 among n classes by drawing the other n - 1, as the field does: the share of hits for each picture."""
    hits = np.zeros(len(scores))
    for row, (own, label) in enumerate(zip(scores, truth, strict=True)):
        others = np.delete(np.arange(len(own)), label)
        for _ in range(DRAWS):
            hits[row] += own[label] > own[rng.choice(others, n - 1, replace=False)].max()
    return hits / DRAWS


def identification(pictures: int = 200, classes: int = 1000, n: int = 50) -> None:
    """Compare the closed form with drawing."""
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
    """Measure and print."""
    fid(200)
    fid(2000)
    fid_interval()
    identification()


if __name__ == "__main__":
    main()
