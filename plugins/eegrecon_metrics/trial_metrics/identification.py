"""n-way top-k identification: does a judge recognise the true class in the generated picture among n classes?

The field estimates it by drawing n - 1 other classes at random, some 50 times, and counting hits. The expectation of
those draws has a closed form, which is computed here; the result depends on no seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cache
from math import comb
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Count, Floats, Ints, InvalidConfiguration, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.judges.classes import judge_classes
from eegrecon_metrics.judges.layers import checked_layer
from eegrecon_metrics.judges.vision_transformer import VisionTransformer


@cache
def _by_classes_above(classes: int, n: int, k: int) -> NDArray[np.float64]:
    """Probability of a hit for m = 0 … classes - 1 classes scored above the true one, (classes,)."""
    draws = comb(classes - 1, n - 1)
    hits = [sum(comb(m, j) * comb(classes - 1 - m, n - 1 - j) for j in range(k)) for m in range(classes)]
    return np.array([float(Fraction(hit, draws)) for hit in hits])


def hit_probability(scores: Floats, truth: Ints, n: int, k: int) -> NDArray[np.float64]:
    """Return the probability that the true class is among the best k of itself and n - 1 others, without replacement.

    With m of C classes scored above the true one it is hypergeometric:
    P(m) = Σ_{j<k} C(m, j)·C(C-1-m, n-1-j) / C(C-1, n-1). If t classes tie with the true one, each of them is above it
    in half of the ways to break the tie, and the number u of them above it is 0 … t with equal probability. The result
    is the mean of P(m + u) over u: the expectation under random tie-breaking. A judge with equal scores for all classes
    gets k / n.

    Args:
        scores: (pictures, classes) of the judge; only their order matters.
        truth: (pictures,) numbers of the true classes.
        n: number of classes to choose from, including the true one.
        k: number of best classes that count as a hit.

    Returns:
        (pictures,) probabilities.
    """
    true_score = np.take_along_axis(scores, truth[:, None], axis=1)
    above = (scores > true_score).sum(axis=1)
    tied = (scores == true_score).sum(axis=1) - 1
    return chosen_probability(above, tied, scores.shape[1], n, k)


def chosen_probability(above: Ints, tied: Ints, classes: int, n: int, k: int) -> NDArray[np.float64]:
    """Return what `hit_probability` does from the number of classes above the true one and of those tied with it.

    Args:
        above: number of classes above the true one.
        tied: number of other classes that tie with it, of the same shape.
        classes: number of all classes.
        n: number of classes to choose from, including the true one.
        k: number of best classes that count as a hit.
    """
    smallest_first = np.cumsum(_by_classes_above(classes, n, k)[::-1])  # P falls with m: no digits are lost
    sums = np.append(smallest_first[::-1], 0.0)  # sums[m] = P(m) + P(m + 1) + …
    return np.asarray((sums[above] - sums[above + tied + 1]) / (tied + 1), np.float64)


@dataclass(frozen=True)
class Identification(Metric):
    """n-way top-k identification of the generated pictures by a judge, in closed form (see ``hit_probability``).

    Several samples of a trial are averaged to one probability per trial. The true class is the data set's label,
    matched to the judge's classes by WordNet id, then by name; or the judge's own best class on the true picture, as in
    BrainVis and DreamDiffusion.

    Raises:
        InvalidConfiguration: n and k contradict each other, or n exceeds the judge's number of classes.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("identification", "higher"),)
    n: Count = 50  # BrainVis (arXiv:2312.14871), Section 4: 50-way top-1
    k: Count = 1
    judge: Judge = field(default=VisionTransformer())
    truth: Literal["label", "judge"] = "label"

    def __post_init__(self) -> None:
        if not 1 <= self.k < self.n:
            raise InvalidConfiguration(f"identification: k = {self.k} of n = {self.n}; 1 <= k < n is needed")
        if self.truth not in ("label", "judge"):
            raise InvalidConfiguration(f"identification: truth = {self.truth!r}; it is 'label' or 'judge'")
        if self.n > len(self.judge.classes):
            raise InvalidConfiguration(
                f"identification: n = {self.n}, but the judge {self.judge.identity} has only "
                f"{len(self.judge.classes)} classes; set n to at most that, or choose another judge"
            )

    @classmethod
    def small(cls) -> Identification:
        """Return one that few classes suffice for."""
        return cls(n=2)

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return two-way identification among four classes: 0, 1 and 3 of them above the true one, and all equal."""
        from eegrecon.testing import hand_outcome

        scores = {(3.0, 2.0, 1.0, 0.0): 1.0, (2.0, 3.0, 1.0, 0.0): 2 / 3, (0.0, 1.0, 2.0, 3.0): 0.0, (1.0,) * 4: 1 / 2}
        return [
            (hand_outcome([0], generated_views={"logits": np.array([logits])}), {"identification": share})
            for logits, share in scores.items()
        ]

    def identity(self, outcome: Outcome) -> str:
        """Judge, n, k, source of the truth, trials and, where there are several, samples per trial."""
        n, samples = len(outcome.truth.label), _samples(outcome)
        several = f"s{samples}" if samples > 1 else ""
        return f"identification@{self.judge.identity}/{self.n}-way-top-{self.k}-{self.truth}/n{n}{several}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute one probability per trial and their mean.

        Raises:
            DataError: the judge lacks one of the data set's classes.
            ComponentError: the judge's scores are unusable.
        """
        if (trials := len(outcome.truth.label)) == 0:
            run.note("no identification: there are no test trials")
            return {}
        samples = _samples(outcome)
        true = np.repeat(self._true_classes(outcome), samples)
        scores = checked_layer(outcome.generated_views, "logits", self.judge)  # (trials * samples, classes)
        per_trial = hit_probability(scores, true, self.n, self.k).reshape(trials, samples).mean(axis=1)
        return {"identification": Score(float(per_trial.mean()), trials, per_trial, self.k / self.n)}

    def _true_classes(self, outcome: Outcome) -> Ints:
        if self.truth == "judge":
            return np.asarray(checked_layer(outcome.reference_views, "logits", self.judge).argmax(axis=1), np.int64)
        return judge_classes(outcome.classes, outcome.synsets, self.judge)[outcome.truth.label]


def _samples(outcome: Outcome) -> int:
    return 1 if outcome.generated is None else outcome.generated.shape[1]
