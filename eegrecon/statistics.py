"""Intervals and tests for per-trial scores, as the benchmark itself computes them."""

from eegrecon.evaluation.statistics import (
    Interval,
    Sample,
    mean_over_pictures,
    null_p,
    over_pictures,
    over_trainings,
    paired_p,
    pictures_error,
)

__all__ = [
    "Interval",
    "Sample",
    "mean_over_pictures",
    "null_p",
    "over_pictures",
    "over_trainings",
    "paired_p",
    "pictures_error",
]
