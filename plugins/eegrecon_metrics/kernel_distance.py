"""Kernel distance between what a judge sees in generated and in true pictures (KID)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.inception import Inception2015
from eegrecon_metrics.views import layer

ROWS = 1024  # of a kernel matrix in memory at a time


def kernel_distance(made: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
    """Unbiased squared MMD with the kernel (x·y / width + 1)³ (Bińkowski et al., arXiv:1801.01401).

    The published code averages it over random subsets, to save memory; the mean over all subsets is this value of the
    whole sets, so nothing is drawn. It may be negative, as an unbiased estimate of zero must.

    Args:
        made: (n, width) features of the generated pictures, n >= 2.
        seen: (v, width) features of the reference pictures, v >= 2, each picture once.
    """
    n, v = len(made), len(seen)
    within = (_total(made, made) - _own(made)) / (n * (n - 1)) + (_total(seen, seen) - _own(seen)) / (v * (v - 1))
    return float(within - 2 * _total(made, seen) / (n * v))


def _total(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Sum of the kernel over all pairs."""
    width = one.shape[1]
    parts = [((one[i : i + ROWS] @ other.T / width + 1) ** 3).sum() for i in range(0, len(one), ROWS)]
    return float(np.sum(parts))


def _own(features: NDArray[np.float64]) -> float:
    """Sum of the kernel of each with itself."""
    return float(((np.square(features).sum(axis=1) / features.shape[1] + 1) ** 3).sum())


@dataclass(frozen=True)
class KernelDistance(Metric):
    """KID between all generated pictures, every sample of every trial, and the true pictures, each once.

    Unlike FID it is not biased by the number of pictures. A picture that two trials saw counts once: twins among the
    reference pictures would bias the estimate.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("KID", "lower"),)
    judge: Judge = field(default=Inception2015())

    def identity(self, outcome: Outcome) -> str:
        """Judge and numbers of generated (n) and reference (v) pictures."""
        made, seen = self._features(outcome)
        return f"kid@{self.judge.identity}/n{len(made)}v{len(seen)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the distance, or note why it cannot be."""
        made, seen = self._features(outcome)
        if min(len(made), len(seen)) < 2:
            run.note(f"no KID: {len(made)} generated and {len(seen)} reference pictures; it needs two of each")
            return {}
        return {"KID": Score(kernel_distance(made, seen), len(made))}

    def _features(self, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        _, first = np.unique(outcome.truth.image, return_index=True)
        return layer(outcome.generated_views, "features", self.judge), layer(outcome.reference_views, "features", self.judge)[first]
