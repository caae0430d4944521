"""Likeness of a generated and the true picture in a judge's features: two-way identification, cosine, distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Floats, Ints, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.judges.clip_vision import ClipVision
from eegrecon_metrics.judges.feature_networks import EfficientNetB1
from eegrecon_metrics.judges.layers import checked_layer, distinct_rows, unit_rows


def two_way(generated: Floats, candidates: Floats) -> NDArray[np.float64]:
    """Return, for each candidate, the share of other candidates that correlate less with a generated picture.

    Args:
        generated: (n, width) a layer's values for one generated picture per trial.
        candidates: (pictures, width) values for the test pictures; an equal correlation counts half.

    Returns:
        (n, pictures) shares.
    """
    from scipy.stats import rankdata

    first, which = distinct_rows(np.asarray(candidates, np.float64))
    correlations = _standardised(generated) @ _standardised(candidates[first]).T  # (n, distinct pictures)
    return np.asarray((rankdata(correlations[:, which], axis=1) - 1) / (len(candidates) - 1), np.float64)


def _standardised(values: Floats) -> NDArray[np.float64]:
    """Rows centred and of length 1, so that their products are Pearson correlations; constant rows become zeros."""
    centred = np.asarray(values, np.float64) - np.mean(values, axis=1, keepdims=True, dtype=np.float64)
    return unit_rows(centred)


def _by_trial(values: NDArray[np.float64], trials: int) -> NDArray[np.float64]:
    return values.reshape(trials, -1, values.shape[1])  # (trials, samples, width)


@dataclass(frozen=True)
class TwoWay(Metric):
    """Two-way identification in one layer of a judge: is the generated picture closer to the true one than to another?

    Pearson correlation over the layer's values, against all other test pictures; samples are averaged within the trial.
    The field's tables report it for AlexNet's layers 2 and 5, Inception's features and CLIP's picture embedding. It is
    an easy task: chance is .5, and similar backgrounds alone raise it far above. Perfect pictures score 1 here. A
    published evaluation counts pairs whose correlation is strictly below and then subtracts one once more, so that its
    perfect pictures score .99497 of 200.

    Attributes:
        judge: network whose features are compared.
        layer: name of its layer.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("two-way", "higher"),)
    judge: Judge = field(default=ClipVision())
    layer: str = "features"

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return three pictures whose features are right, all the same, and each those of the next picture."""
        from eegrecon.testing import hand_outcome

        def case(generated: NDArray[np.float64]) -> Outcome:
            true = np.eye(3) + np.array([[0], [-10], [10]])  # a constant does not count
            return hand_outcome([0, 1, 2], generated_views={"features": generated}, reference_views={"features": true})

        return [
            (case(np.eye(3) - 10), {"two-way": 1.0}),
            (case(np.ones((3, 3))), {"two-way": 0.5}),  # ties count half
            (case(np.eye(3)[[1, 2, 0]]), {"two-way": (0.5 + 0.0) / 2}),  # tied with one other, worse than the next
        ]

    def identity(self, outcome: Outcome) -> str:
        """Judge, layer, number of trials and of candidate pictures."""
        pictures = len(np.unique(outcome.truth.image))
        return f"two-way@{self.judge.identity}/{self.layer}/n{len(outcome.truth.image)}p{pictures}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the share for each trial and its mean, or note why that is impossible."""
        image = outcome.truth.image
        if len(np.unique(image)) < 2:
            run.note("no two-way identification: it needs two different test pictures")
            return {}
        shares, true = self._shares(outcome)
        values = shares[np.arange(len(image)), true]
        return {"two-way": Score(float(values.mean()), len(values), values, 0.5)}

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores under each order; the comparisons are computed once, only their trials are permuted."""
        shares, true = self._shares(outcome)
        return {"two-way": np.asarray([shares[order, true].mean() for order in orders])}

    def _shares(self, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """`two_way` averaged over samples, (n, pictures), and the column of each trial's true picture, (n,)."""
        _, first, true = np.unique(outcome.truth.image, return_index=True, return_inverse=True)
        candidates = checked_layer(outcome.reference_views, self.layer, self.judge)[first]
        generated = _by_trial(checked_layer(outcome.generated_views, self.layer, self.judge), len(true))
        shares = [two_way(generated[:, sample], candidates) for sample in range(generated.shape[1])]
        return np.mean(shares, axis=0), np.asarray(true, np.int64)


@dataclass(frozen=True)
class ClipSimilarity(Metric):
    """Cosine similarity of the features of the generated and of the true picture; CLIP's embedding by default.

    It has no chance level: any two pictures have a similarity far above 0. Compare it with the row of the shuffled
    control.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("CLIP similarity", "higher"),)
    judge: Judge = field(default=ClipVision())

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return features at an angle of 0, 60, 90 and 180 degrees to those of the true picture, of another length."""
        from eegrecon.testing import hand_outcome

        def case(generated: list[float]) -> Outcome:
            drawn, true = {"features": np.array([generated])}, {"features": np.array([[1.0, 0.0]])}
            return hand_outcome([0], generated_views=drawn, reference_views=true)

        cosines = {(3.0, 0.0): 1.0, (1.0, 3**0.5): 0.5, (0.0, 2.0): 0.0, (-1.0, 0.0): -1.0}
        return [(case([*generated]), {"CLIP similarity": cosine}) for generated, cosine in cosines.items()]

    def identity(self, outcome: Outcome) -> str:
        """Judge and number of trials."""
        return f"clip-similarity@{self.judge.identity}/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the mean over samples for each trial, and the mean over trials."""
        trials = len(outcome.truth.image)
        if trials == 0:
            run.note("no CLIP similarity: there are no test trials")
            return {}
        reference = unit_rows(checked_layer(outcome.reference_views, "features", self.judge))
        generated = _by_trial(unit_rows(checked_layer(outcome.generated_views, "features", self.judge)), trials)
        values = np.einsum("nsw,nw->ns", generated, reference).mean(axis=1)
        return {"CLIP similarity": Score(float(values.mean()), trials, values)}


@dataclass(frozen=True)
class FeatureDistance(Metric):
    """Correlation distance, 1 - r, of the features of the generated and of the true picture; lower is better.

    The field's tables report it as EffNet-B and SwAV (judges ``efficientnet-b1`` and ``swav``). It has no chance level:
    compare it with the row of the shuffled control. Features of a single value are at distance 1 from any others.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("feature distance", "lower"),)
    judge: Judge = field(default=EfficientNetB1())

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return features that are the true ones on another scale, at right angles to them, and their opposite."""
        from eegrecon.testing import hand_outcome

        true = np.array([[1.0, -1.0, 1.0, -1.0]])
        drawn = [(5 + 2 * true, 0.0), (np.array([[1.0, 1.0, -1.0, -1.0]]), 1.0), (-true, 2.0), (0 * true, 1.0)]
        return [
            (
                hand_outcome([0], generated_views={"features": values}, reference_views={"features": true}),
                {"feature distance": distance},
            )
            for values, distance in drawn
        ]

    def identity(self, outcome: Outcome) -> str:
        """Judge and number of trials."""
        return f"feature-distance@{self.judge.identity}/1-r/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the mean over samples for each trial, and the mean over trials."""
        trials = len(outcome.truth.image)
        if trials == 0:
            run.note("no feature distance: there are no test trials")
            return {}
        reference = _standardised(checked_layer(outcome.reference_views, "features", self.judge))
        generated = _standardised(checked_layer(outcome.generated_views, "features", self.judge))
        values = 1 - np.einsum("nsw,nw->ns", _by_trial(generated, trials), reference).mean(axis=1)
        return {"feature distance": Score(float(values.mean()), trials, values)}
