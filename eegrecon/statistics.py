"""Intervals and tests for per-trial scores, as the benchmark itself computes them."""

from eegrecon.evaluation.statistics import Sample, over_pictures, paired_p

__all__ = ["Sample", "over_pictures", "paired_p"]
