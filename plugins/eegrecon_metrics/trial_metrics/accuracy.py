"""Accuracy of an encoder's class scores: top-k accuracy and macro F1 by exact counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import UNSEEN_CLASSES, Column, ComponentError, Features, Floats, Ints, Judge, Metric, Outcome, Run, Score

TOP = (1, 3, 5)  # the columns of BrainVis (arXiv:2312.14871), Table 2


def ranks(scores: Floats, truth: Ints) -> Ints:
    """Return the rank of the true class among all classes, 0 for the best.

    Of equal scores the class with the lower number ranks first, as in ``argmax``: top-1 therefore scores the same class
    that the core passes to a generator.

    Args:
        scores: (n, classes).
        truth: (n,) class numbers.
    """
    true_score = np.take_along_axis(scores, truth[:, None], axis=1)  # (n, 1)
    lower_number = np.arange(scores.shape[1]) < truth[:, None]  # (n, classes)
    return np.asarray(((scores > true_score) | ((scores == true_score) & lower_number)).sum(axis=1), np.int64)


def macro_f1(predicted: Ints, truth: Ints) -> float:
    """Return the mean of F1 = 2·hits / (predicted + true) over the classes in either array (as in scikit-learn)."""
    size = int(max(predicted.max(), truth.max())) + 1
    predictions, occurrences = np.bincount(predicted, minlength=size), np.bincount(truth, minlength=size)
    hits = np.bincount(truth[predicted == truth], minlength=size)
    counted = predictions + occurrences > 0
    return float(np.mean(2.0 * hits[counted] / (predictions + occurrences)[counted]))


def chance_f1(truth: Ints, occurring: Ints) -> float:
    """Return the limit of macro F1 under uniform guessing among the classes that occur.

    Precision is a class's share of the trials, recall one in the number of classes.
    """
    share = (truth[:, None] == occurring).mean(axis=0)  # (classes,)
    return float(np.mean(2.0 * share / (len(occurring) * share + 1.0)))


@dataclass(frozen=True)
class Accuracy(Metric):
    """Top-1, top-3 and top-5 accuracy and macro F1 of the encoder's class scores.

    Of equal scores the lower class number ranks first. Chance levels count the classes that occur in the data: that of
    a top-k is k / classes, that of macro F1 its limit under uniform guessing (see ``chance_f1``). A top-k with k not
    below that number, which no encoder need miss, is left out.
    """

    needs = frozenset({"features"})
    columns: ClassVar[tuple[Column, ...]] = (
        *(Column(f"top-{k}", "higher") for k in TOP),
        Column("macro F1", "higher"),
    )
    judge: Judge | None = None

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return outcomes of 8 trials of each of four classes: all right, all of one class, all of the next class."""
        from eegrecon.testing import toy_outcome

        def case(predicted: Ints) -> Outcome:
            logits = np.eye(4)[predicted]
            return replace(toy_outcome(), features=Features(logits, logits))

        truth = toy_outcome().truth.label
        return [
            (case(truth), {"top-1": 1.0, "macro F1": 1.0}),
            (case(0 * truth), {"top-1": 0.25, "macro F1": (2 * 8 / (32 + 8) + 0 + 0 + 0) / 4}),
            (case((truth + 1) % 4), {"top-1": 0.0, "macro F1": 0.0}),
        ]

    def identity(self, outcome: Outcome) -> str:
        """Number of trials and of classes that occur."""
        return f"accuracy/n{len(outcome.truth.label)}c{len(outcome.occurring)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Count hits.

        Raises:
            ComponentError: the encoder's class scores are not (trials, classes), or contain NaN.
        """
        truth, classes = outcome.truth.label, len(outcome.classes)
        if len(truth) == 0:
            run.note("no accuracy: there are no test trials")
            return {}
        if outcome.features is None or outcome.features.logits is None:
            run.note("no accuracy: the encoder gives no class scores")
            return {}
        if outcome.zero_shot:
            run.note(f"no accuracy, {UNSEEN_CLASSES}")
            return {}
        logits = _checked(outcome.features.logits, len(truth), classes)
        rank = ranks(logits, truth)
        occurring = np.asarray(outcome.occurring, np.int64)
        scores = {f"top-{k}": _share(rank < k, k / len(occurring)) for k in TOP if k < len(occurring)}
        value = macro_f1(np.asarray(logits.argmax(axis=1), np.int64), truth)
        return scores | {"macro F1": Score(value, len(truth), chance=chance_f1(truth, occurring))}


def _share(hits: NDArray[np.bool_], chance: float) -> Score:
    return Score(np.count_nonzero(hits) / len(hits), len(hits), hits.astype(np.float64), chance)


def _checked(logits: Floats, n: int, classes: int) -> NDArray[np.float64]:
    if logits.shape != (n, classes) or np.isnan(logits).any():
        raise ComponentError(
            f"the encoder's class scores have shape {logits.shape} with {int(np.isnan(logits).sum())} values that are "
            f"not numbers, where ({n}, {classes}) for (test trials, classes) is needed; check its encode()"
        )
    return np.asarray(logits, np.float64)
