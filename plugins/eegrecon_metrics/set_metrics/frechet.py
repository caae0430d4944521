"""Fréchet distance between a judge's features of generated and of true pictures (FID)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.judges.inception import Inception2015
from eegrecon_metrics.judges.layers import checked_layer


def frechet_distance(generated: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
    """Return |mean difference|² + tr(S) + tr(T) - 2·tr((S·T)^½) of two sets of features (Heusel et al., 2017).

    With A and B the centred features over √(n - 1), S = AᵀA and T = BᵀB, the trace of the root is the sum of the
    singular values of A·Bᵀ. No matrix root is taken and no covariance is formed, so the result is as accurate for
    fewer pictures than features, where the covariances are singular, as for many.

    Args:
        generated: (n, width) features of the generated pictures, n >= 2.
        reference: (v, width) features of the reference pictures, v >= 2.
    """
    difference = generated.mean(axis=0) - reference.mean(axis=0)
    a, b = _covariance_root(generated), _covariance_root(reference)
    cross = np.linalg.svd(a @ b.T, compute_uv=False).sum()
    distance = difference @ difference + np.square(a).sum() + np.square(b).sum() - 2.0 * cross
    return max(float(distance), 0.0)  # rounding errors can make it negative


@dataclass(frozen=True)
class FrechetDistance(Metric):
    """FID between all generated pictures, every sample of every trial, and the true picture of each trial.

    A picture of two trials counts twice. The distance is biased upwards for small n, by an amount that differs between
    generators (Chong and Forsyth, arXiv:1911.07023): both numbers of pictures are part of its identity.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("FID", "lower"),)
    judge: Judge = field(default=Inception2015())

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return sets of one feature each, whose distance is (difference of means)² + (difference of deviations)²."""
        from eegrecon.testing import hand_outcome

        def case(generated: list[float]) -> Outcome:
            true = {"features": np.array([[0.0], [2.0]])}  # mean 1, deviation sqrt(2)
            return hand_outcome([0, 1], reference_views=true, generated_views={"features": np.array([generated]).T})

        deviations = {(0.0, 2.0): 0.0, (3.0, 5.0): 9.0, (-1.0, 3.0): (8**0.5 - 2**0.5) ** 2, (4.0, 4.0): 9.0 + 2.0}
        return [(case([*generated]), {"FID": distance}) for generated, distance in deviations.items()]

    def identity(self, outcome: Outcome) -> str:
        """Judge and numbers of generated (n) and reference (v) pictures."""
        generated, reference = self._features(outcome)
        return f"fid@{self.judge.identity}/n{len(generated)}v{len(reference)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the distance, or note why that is impossible."""
        generated, reference = self._features(outcome)
        if min(len(generated), len(reference)) < 2:
            run.note(
                f"no FID: {len(generated)} generated and {len(reference)} reference pictures; "
                "a covariance needs at least two of each"
            )
            return {}
        return {"FID": Score(frechet_distance(generated, reference), len(generated))}

    def _features(self, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        generated = checked_layer(outcome.generated_views, "features", self.judge)
        return generated, checked_layer(outcome.reference_views, "features", self.judge)


def _covariance_root(features: NDArray[np.float64]) -> NDArray[np.float64]:
    """A matrix R with RᵀR = covariance and at most as many rows as features, (min(n, width), width)."""
    centred = (features - features.mean(axis=0)) / np.sqrt(len(features) - 1)
    return np.asarray(np.linalg.qr(centred, mode="r")) if len(centred) > centred.shape[1] else centred
