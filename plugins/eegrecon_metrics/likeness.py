"""How alike a judge finds a generated and the true picture: cosine of its features, and two-way identification."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Floats, Ints, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.clip_vision import ClipVision
from eegrecon_metrics.views import directions, layer


def two_way(made: Floats, seen: Floats) -> NDArray[np.float64]:
    """Share of other pictures whose correlation with a generated one is lower than that of each picture, (n, pictures).

    Args:
        made: (n, width) a layer's view of one generated picture per trial.
        seen: (pictures, width) of the test pictures; an equal correlation counts half.
    """
    from scipy.stats import rankdata

    likeness = _standard(made) @ _standard(seen).T  # (n, pictures)
    return np.asarray((rankdata(likeness, axis=1) - 1) / (len(seen) - 1), np.float64)


def _standard(view: Floats) -> NDArray[np.float64]:
    """Rows centred and of length 1, so that their products are Pearson correlations; zeros where nothing varies."""
    centred = np.asarray(view, np.float64) - np.mean(view, axis=1, keepdims=True, dtype=np.float64)
    return directions(centred)


def _of_samples(view: NDArray[np.float64], trials: int) -> NDArray[np.float64]:
    return view.reshape(trials, -1, view.shape[1])  # (trials, samples, width)


@dataclass(frozen=True)
class TwoWay(Metric):
    """Two-way identification by one layer of a judge: is the generated picture closer to the true one than to another?

    Correlation over the layer's values, all other test pictures in turn, samples averaged within the trial. In the
    field's tables it stands for AlexNet's layers 2 and 5, Inception's features and CLIP's picture embedding. It is
    easy: .5 is chance, and similar backgrounds alone take it far above.

    Attributes:
        judge: who looks.
        layer: which of its layers is compared.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("two-way", "higher"),)
    judge: Judge = field(default=ClipVision())
    layer: str = "features"

    def identity(self, outcome: Outcome) -> str:
        """Judge, layer, number of trials and of pictures to choose from."""
        pictures = len(np.unique(outcome.truth.image))
        return f"two-way@{self.judge.identity}/{self.layer}/n{len(outcome.truth.image)}p{pictures}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the share for each trial and its mean, or note why it cannot be."""
        image = outcome.truth.image
        if len(np.unique(image)) < 2:
            run.note("no two-way identification: it needs two different test pictures")
            return {}
        shares, own = self._shares(outcome)
        values = shares[np.arange(len(image)), own]
        return {"two-way": Score(float(values.mean()), len(values), values, 0.5)}

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores under each order; what is compared with what does not change, only whose it is."""
        shares, own = self._shares(outcome)
        return {"two-way": np.asarray([shares[order, own].mean() for order in orders])}

    def _shares(self, outcome: Outcome) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
        """`two_way` averaged over samples, (n, pictures), and the place of each trial's own picture (n,)."""
        _, first, own = np.unique(outcome.truth.image, return_index=True, return_inverse=True)
        seen = layer(outcome.reference_views, self.layer, self.judge)[first]
        made = _of_samples(layer(outcome.generated_views, self.layer, self.judge), len(own))
        return np.mean([two_way(made[:, k], seen) for k in range(made.shape[1])], axis=0), np.asarray(own, np.int64)


@dataclass(frozen=True)
class ClipSimilarity(Metric):
    """Cosine between the features of the generated and of the true picture; CLIP's picture embedding by default.

    It has no chance level of its own: two pictures of any kind have a similarity far above 0. Read it beside the row
    with shuffled EEG.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("CLIP similarity", "higher"),)
    judge: Judge = field(default=ClipVision())

    def identity(self, outcome: Outcome) -> str:
        """Judge and number of trials."""
        return f"clip-similarity@{self.judge.identity}/n{len(outcome.truth.image)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the mean over samples for each trial, and the mean over trials."""
        trials = len(outcome.truth.image)
        if trials == 0:
            run.note("no CLIP similarity: there are no test trials")
            return {}
        seen = directions(layer(outcome.reference_views, "features", self.judge))
        made = _of_samples(directions(layer(outcome.generated_views, "features", self.judge)), trials)
        values = np.einsum("nsw,nw->ns", made, seen).mean(axis=1)
        return {"CLIP similarity": Score(float(values.mean()), trials, values)}
