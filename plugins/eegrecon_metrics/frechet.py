"""Fréchet distance between what a judge sees in generated and in true pictures (FID)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.inception import Inception2015
from eegrecon_metrics.views import layer


def frechet_distance(made: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
    """|mean difference|² + tr(S) + tr(T) - 2·tr((S·T)^½) of two sets of features (Heusel et al., 2017).

    With A and B the centred features over √(n - 1), S = AᵀA and T = BᵀB, the trace of the root is the sum of the
    singular values of A·Bᵀ. No matrix root is taken and no covariance is formed, so the result is as accurate for
    fewer pictures than features, where the covariances are singular, as for many.

    Args:
        made: (n, width) features of the generated pictures, n >= 2.
        seen: (v, width) features of the reference pictures, v >= 2.
    """
    difference = made.mean(axis=0) - seen.mean(axis=0)
    a, b = _root(made), _root(seen)
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    distance = difference @ difference + np.square(a).sum() + np.square(b).sum() - 2.0 * cross
    return max(float(distance), 0.0)  # the distance is not negative; its rounding error may be


@dataclass(frozen=True)
class FrechetDistance(Metric):
    """FID between all generated pictures, every sample of every trial, and what each trial saw.

    A picture that two trials saw counts twice. The distance is biased upwards by small n, by an amount that differs
    between generators (Chong and Forsyth, arXiv:1911.07023): both numbers of pictures stand in its identity.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("FID", "lower"),)
    judge: Judge = field(default=Inception2015())

    def identity(self, outcome: Outcome) -> str:
        """Judge and numbers of generated (n) and reference (v) pictures."""
        made, seen = self._features(outcome)
        return f"fid@{self.judge.identity}/n{len(made)}v{len(seen)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the distance, or note why it cannot be."""
        made, seen = self._features(outcome)
        if min(len(made), len(seen)) < 2:
            run.note(f"no FID: {len(made)} generated and {len(seen)} reference pictures; a spread needs two of each")
            return {}
        return {"FID": Score(frechet_distance(made, seen), len(made))}

    def _features(self, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return layer(outcome.generated_views, "features", self.judge), layer(outcome.reference_views, "features", self.judge)


def _root(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix R with RᵀR = covariance and at most as many rows as features, (min(n, width), width)."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r")) if len(centred) > centred.shape[1] else centred
