"""Kernel distance between a judge's features of generated and of true pictures (KID)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.judges.inception import Inception2015
from eegrecon_metrics.judges.layers import checked_layer

BLOCK = 1024  # rows of a kernel matrix in memory at a time


def kernel_distance(generated: NDArray[np.float64], reference: NDArray[np.float64], *, block: int = BLOCK) -> float:
    """Return the unbiased squared MMD with the kernel (x·y / width + 1)³ (Bińkowski et al., arXiv:1801.01401).

    The published code averages it over random subsets to save memory. The mean over all subsets equals the value of
    the whole sets, which is computed here without random draws. It can be negative, as an unbiased estimate of zero.

    Args:
        generated: (n, width) features of the generated pictures, n >= 2.
        reference: (v, width) features of the reference pictures, v >= 2, each picture once.
        block: rows of the kernel matrix in memory at a time.
    """
    n, v = len(generated), len(reference)
    within = (_sum(generated, generated, block) - _diagonal_sum(generated)) / (n * (n - 1)) + (
        _sum(reference, reference, block) - _diagonal_sum(reference)
    ) / (v * (v - 1))
    return float(within - 2 * _sum(generated, reference, block) / (n * v))


def _sum(features: NDArray[np.float64], other: NDArray[np.float64], block: int) -> float:
    """Sum of the kernel over all pairs."""
    width = features.shape[1]
    parts = [((features[i : i + block] @ other.T / width + 1) ** 3).sum() for i in range(0, len(features), block)]
    return float(np.sum(parts))


def _diagonal_sum(features: NDArray[np.float64]) -> float:
    """Sum of the kernel of each row with itself."""
    return float(((np.square(features).sum(axis=1) / features.shape[1] + 1) ** 3).sum())


@dataclass(frozen=True)
class KernelDistance(Metric):
    """KID between all generated pictures, every sample of every trial, and the true pictures, each once.

    Unlike FID it is not biased by the number of pictures. A picture of two trials counts once, because duplicates among
    the reference pictures would bias the estimate.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("KID", "lower"),)
    judge: Judge = field(default=Inception2015())

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return sets of one feature, 0 or 1: the kernel is 8 for two ones, else 1, and no picture meets itself."""
        from eegrecon.testing import hand_outcome

        def case(generated: list[float], true: list[float]) -> Outcome:
            views = [{"features": np.array([values]).T} for values in (generated, true)]
            return hand_outcome([0, 1], generated_views=views[0], reference_views=views[1])

        return [
            (case([1.0, 1.0], [1.0, 1.0]), {"KID": 8 + 8 - 2 * 8}),
            (case([0.0, 0.0], [1.0, 1.0]), {"KID": 1 + 8 - 2 * 1}),
            (case([0.0, 1.0], [0.0, 1.0]), {"KID": 1 + 1 - 2 * (1 + 1 + 1 + 8) / 4}),
        ]

    def identity(self, outcome: Outcome) -> str:
        """Judge and numbers of generated (n) and reference (v) pictures."""
        generated, reference = self._features(outcome)
        return f"kid@{self.judge.identity}/n{len(generated)}v{len(reference)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the distance, or note why that is impossible."""
        generated, reference = self._features(outcome)
        if min(len(generated), len(reference)) < 2:
            run.note(
                f"no KID: {len(generated)} generated and {len(reference)} reference pictures; it needs two of each"
            )
            return {}
        return {"KID": Score(kernel_distance(generated, reference), len(generated))}

    def _features(self, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        _, first = np.unique(outcome.truth.image, return_index=True)
        generated = checked_layer(outcome.generated_views, "features", self.judge)
        return generated, checked_layer(outcome.reference_views, "features", self.judge)[first]
