"""Inception Score: is each picture recognised with confidence, and are all together diverse?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Count, InvalidConfiguration, Judge, Metric, Outcome, Run, Score
from eegrecon_metrics.judges.inception import Inception2015
from eegrecon_metrics.judges.layers import checked_layer


def inception_score(logits: NDArray[np.float64], splits: int = 1) -> float:
    """Return exp of the mean divergence KL(p(y|x) || p(y)), averaged over consecutive splits (Salimans et al., 2016).

    Args:
        logits: (pictures, classes) log-odds of a judge.
        splits: number of parts, cut at i·n // splits as in torch-fidelity.
    """
    n = len(logits)
    scores = []
    for part in range(splits):
        log_p = _log_softmax(logits[part * n // splits : (part + 1) * n // splits])  # (pictures, classes)
        log_q = _log_mean_exp(log_p)  # (classes,)
        divergence = (np.exp(log_p) * (log_p - log_q)).sum(axis=1)  # (pictures,) nats
        scores.append(np.exp(divergence.mean()))
    return float(np.mean(scores))


@dataclass(frozen=True)
class InceptionScore(Metric):
    """Inception Score of all generated pictures, every sample of every trial; the true pictures are not used.

    It is nearly blind to decoding: pictures of the wrong class score as well as pictures of the right one. It grows
    with the number of pictures and falls with the number of splits, so both are part of its identity.
    """

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("IS", "higher"),)
    judge: Judge = field(default=Inception2015())
    splits: Count = 1  # the field's test sets are small; more splits lower the score

    def __post_init__(self) -> None:
        if self.splits < 1:
            raise InvalidConfiguration(f"inception-score: splits = {self.splits}; at least 1 is needed")

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return class scores that are undecided, decided alike, decided and diverse, and three to one."""
        from eegrecon.testing import hand_outcome

        def case(logits: NDArray[np.float64]) -> Outcome:
            return hand_outcome(range(4), generated_views={"logits": logits})

        sure, likely = 100 * np.eye(4), np.log(3) * np.eye(2)[[0, 1, 0, 1]]
        return [
            (case(np.zeros((4, 4))), {"IS": 1.0}),
            (case(sure[[0, 0, 0, 0]]), {"IS": 1.0}),
            (case(sure), {"IS": 4.0}),
            (case(likely), {"IS": (3 / 2) ** (3 / 4) * (1 / 2) ** (1 / 4)}),
        ]

    def identity(self, outcome: Outcome) -> str:
        """Judge, splits and number of generated pictures."""
        logits = checked_layer(outcome.generated_views, "logits", self.judge)
        return f"is@{self.judge.identity}/s{self.splits}n{len(logits)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the score, or note why that is impossible."""
        logits = checked_layer(outcome.generated_views, "logits", self.judge)
        if len(logits) < self.splits:
            run.note(f"no IS: {len(logits)} generated pictures cannot be cut into {self.splits} splits")
            return {}
        return {"IS": Score(inception_score(logits, self.splits), len(logits))}


def _log_softmax(logits: NDArray[np.float64]) -> NDArray[np.float64]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _log_mean_exp(log_p: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logarithm of the mean of exp over rows; finite for a class that is improbable everywhere."""
    peak = log_p.max(axis=0)
    return np.asarray(peak + np.log(np.exp(log_p - peak).mean(axis=0)))
