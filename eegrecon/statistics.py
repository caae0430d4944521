"""Intervals and tests for per-trial scores, as the benchmark itself computes them."""

from eegrecon.evaluation.statistics import Sample, mean_over_pictures, null_p, over_pictures, paired_p

__all__ = ["Sample", "mean_over_pictures", "null_p", "over_pictures", "paired_p"]
