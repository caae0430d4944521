from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, top_k_accuracy_score

from eegrecon import ComponentError, Features, Outcome
from eegrecon_metrics.trial_metrics.accuracy import Accuracy, chance_f1, macro_f1, ranks

NAMES = tuple("abcdefg")


def test_counts_agree_with_scikit_learn(outcome_of: Callable[..., Outcome], run: Any) -> None:
    rng = np.random.default_rng(0)
    label, logits = rng.integers(7, size=200), rng.normal(size=(200, 7))
    scores = Accuracy().score(outcome_of(label, NAMES, logits), run)
    assert scores["top-1"].value == accuracy_score(label, logits.argmax(1))
    for k in (3, 5):
        assert scores[f"top-{k}"].value == top_k_accuracy_score(label, logits, k=k)
    assert scores["macro F1"].value == pytest.approx(f1_score(label, logits.argmax(1), average="macro"), rel=1e-12)
    assert [score.n for score in scores.values()] == [200] * 4
    assert scores["top-3"].per_trial.mean() == scores["top-3"].value


def test_macro_f1_counts_a_class_that_is_predicted_but_never_true_as_scikit_learn_does() -> None:
    predicted, truth = np.array([0, 0, 5, 2]), np.array([0, 2, 2, 2])
    assert macro_f1(predicted, truth) == pytest.approx(f1_score(truth, predicted, average="macro"), rel=1e-12)
    assert macro_f1(predicted, truth) == pytest.approx((2 / 3 + 1 / 2 + 0) / 3)  # by hand: classes 0, 2 and 5


def test_of_equal_scores_the_lower_class_number_ranks_first_as_in_argmax() -> None:
    scores = np.array([[1.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 1.0, 1.0]])
    assert ranks(scores, np.array([0, 1, 0])).tolist() == [0, 1, 2]
    tied = np.random.default_rng(1).integers(3, size=(100, 6)).astype(float)
    truth = np.random.default_rng(2).integers(6, size=100)
    assert np.array_equal(ranks(tied, truth) == 0, tied.argmax(1) == truth)


def test_a_constant_encoder_gains_nothing_from_ties(outcome_of: Callable[..., Outcome], run: Any) -> None:
    label = np.repeat(np.arange(7), 10)
    scores = Accuracy().score(outcome_of(label, NAMES, np.zeros((70, 7))), run)
    assert scores["top-1"].value == pytest.approx(1 / 7)
    assert scores["top-3"].value == pytest.approx(3 / 7)


def test_a_top_k_that_cannot_miss_is_left_out(outcome_of: Callable[..., Outcome], run: Any) -> None:
    scores = Accuracy().score(outcome_of([0, 1], NAMES[:3], np.eye(2, 3)), run)
    assert list(scores) == ["top-1", "macro F1"]


def test_chance_levels_are_those_of_uniform_guessing() -> None:
    rng = np.random.default_rng(3)
    truth = rng.integers(4, size=200_000) ** 2 // 3  # classes 0, 1 and 3 of 5, unequally often
    simulated = macro_f1(rng.integers(5, size=len(truth)), truth)
    assert chance_f1(truth, np.arange(5)) == pytest.approx(simulated, abs=2e-3)
    assert chance_f1(np.repeat(np.arange(12), 3), np.arange(12)) == pytest.approx(1 / 12)


def test_chance_levels_count_the_classes_that_occur(outcome_of: Callable[..., Outcome], run: Any) -> None:
    label = np.tile([0, 2, 3, 6], 5)
    scores = Accuracy().score(outcome_of(label, NAMES, np.eye(7)[label], occurring=(0, 2, 3, 6)), run)
    assert {name: score.chance for name, score in scores.items()} == {"top-1": 0.25, "top-3": 0.75, "macro F1": 0.25}


def test_the_identity_contains_trials_and_classes(outcome_of: Callable[..., Outcome]) -> None:
    assert Accuracy().identity(outcome_of(np.zeros(120), tuple("abcdefghijkl"))) == "accuracy/n120c12"


def test_an_encoder_that_does_not_classify_leaves_a_note(outcome_of: Callable[..., Outcome], run: Any) -> None:
    outcome = outcome_of([0, 1], NAMES)
    object.__setattr__(outcome, "features", Features(np.zeros((2, 4)), None))
    assert Accuracy().score(outcome, run) == {}
    assert "no class scores" in run.notes[0]


@pytest.mark.parametrize("logits", [np.full((2, 7), np.nan), np.zeros((2, 6)), np.zeros((3, 7))])
def test_scores_that_cannot_be_counted_are_refused(outcome_of: Callable[..., Outcome], run: Any, logits: Any) -> None:
    with pytest.raises(ComponentError, match="class scores"):
        Accuracy().score(outcome_of([0, 1], NAMES, logits), run)


def test_where_no_test_class_is_trained_there_is_a_note_instead_of_a_number(
    outcome_of: Callable[..., Outcome], run: Any
) -> None:
    label = np.array([2, 1, 0, 2])
    outcome = outcome_of(label, NAMES, np.eye(7)[label], zero_shot=True)
    assert Accuracy().score(outcome, run) == {}
    assert any("the test classes do not occur in training" in note for note in run.notes)
