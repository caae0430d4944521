"""How often an encoder names the right class: top-k accuracy and macro F1 by exact counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, ComponentError, Floats, Ints, Judge, Metric, Outcome, Run, Score

PLACES = (1, 3, 5)  # top-1, -3, -5: the columns of BrainVis (arXiv:2312.14871), Table 2


def ranks(scores: Floats, truth: Ints) -> Ints:
    """Place of the true class among all classes, 0 for the best.

    Among equal scores the class with the lower number comes first, as in ``argmax``: so top-1 scores the very class
    that the core hands to a generator.

    Args:
        scores: (n, classes).
        truth: (n,) class numbers.
    """
    own = np.take_along_axis(scores, truth[:, None], axis=1)  # (n, 1)
    earlier = np.arange(scores.shape[1]) < truth[:, None]  # (n, classes)
    return np.asarray(((scores > own) | ((scores == own) & earlier)).sum(axis=1), np.int64)


def macro_f1(guess: Ints, truth: Ints) -> float:
    """Mean over classes of F1 = 2·hits / (guessed + true), over the classes that occur in either (as scikit-learn)."""
    size = int(max(guess.max(), truth.max())) + 1
    guessed, true = np.bincount(guess, minlength=size), np.bincount(truth, minlength=size)
    hits = np.bincount(truth[guess == truth], minlength=size)
    occurs = guessed + true > 0
    return float(np.mean(2.0 * hits[occurs] / (guessed + true)[occurs]))


def guessing_f1(truth: Ints, classes: int) -> float:
    """Macro F1 that uniform guessing tends to with growing n: precision is a class's share, recall 1 / classes."""
    share = np.bincount(truth, minlength=classes) / len(truth)
    return float(np.mean(2.0 * share / (classes * share + 1.0)))


@dataclass(frozen=True)
class Accuracy(Metric):
    """Top-1, top-3 and top-5 accuracy and macro F1 of the encoder's class scores.

    Equal scores are settled in favour of the lower class number. A top-k with k not below the number of classes is
    always 1 and is left out. The chance level of a top-k is k / classes; that of macro F1 is what uniform guessing
    tends to (see ``guessing_f1``).
    """

    needs = frozenset({"features"})
    columns: ClassVar[tuple[Column, ...]] = (
        *(Column(f"top-{k}", "higher") for k in PLACES),
        Column("macro F1", "higher"),
    )
    judge: Judge | None = None

    def identity(self, outcome: Outcome) -> str:
        """Number of trials and of classes."""
        return f"accuracy/n{len(outcome.truth.label)}c{len(outcome.classes)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Count hits.

        Raises:
            ComponentError: the encoder's class scores are not (trials, classes), or not all of them are numbers.
        """
        truth, classes = outcome.truth.label, len(outcome.classes)
        if len(truth) == 0:
            run.note("no accuracy: there are no test trials")
            return {}
        if outcome.features is None or outcome.features.logits is None:
            run.note("no accuracy: the encoder gives no class scores")
            return {}
        scores = _checked(outcome.features.logits, len(truth), classes)
        places = ranks(scores, truth)
        scored = {f"top-{k}": _share(places < k, k / classes) for k in PLACES if k < classes}
        value = macro_f1(np.asarray(scores.argmax(axis=1), np.int64), truth)
        return scored | {"macro F1": Score(value, len(truth), chance=guessing_f1(truth, classes))}


def _share(hits: NDArray[np.bool_], chance: float) -> Score:
    return Score(np.count_nonzero(hits) / len(hits), len(hits), hits.astype(np.float64), chance)


def _checked(scores: Floats, n: int, classes: int) -> NDArray[np.float64]:
    if scores.shape != (n, classes) or np.isnan(scores).any():
        raise ComponentError(
            f"the encoder's class scores have shape {scores.shape} with {int(np.isnan(scores).sum())} values that are "
            f"not numbers, where ({n}, {classes}) for (test trials, classes) is needed; look at its encode()"
        )
    return np.asarray(scores, np.float64)
