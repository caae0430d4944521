from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import InvalidConfiguration, Judge, Outcome
from eegrecon_metrics.trial_metrics.identification import Identification, hit_probability


def hit_rate(scores: Any, truth: Any, n: int, k: int, draws: int, rng: np.random.Generator) -> Any:
    """The field's estimate: draw n - 1 other classes, break ties at random, count hits; integer scores, (pictures,)."""
    hits = np.zeros(len(truth))
    for row, (picture_scores, true) in enumerate(zip(scores, truth, strict=True)):
        broken = (
            picture_scores + rng.random((draws, len(picture_scores))) / 2
        )  # breaks ties, keeps the order of integers
        others = np.delete(broken, true, axis=1)
        chosen = rng.random(others.shape).argsort(axis=1)[:, : n - 1]  # (draws, n - 1) without replacement
        above = np.take_along_axis(others, chosen, axis=1) > broken[:, [true]]
        hits[row] = (above.sum(axis=1) < k).mean()
    return hits


@pytest.mark.parametrize(("n", "k"), [(2, 1), (5, 1), (5, 3), (12, 1), (12, 11)])
@pytest.mark.parametrize("levels", [3, 10_000])  # few levels give many ties
def test_the_closed_form_is_the_expectation_of_the_draws(n: int, k: int, levels: int) -> None:
    rng = np.random.default_rng(n * 100 + k)
    scores = rng.integers(levels, size=(6, 12)).astype(float)
    truth = rng.integers(12, size=6)
    draws = 20_000
    assert hit_probability(scores, truth, n, k) == pytest.approx(
        hit_rate(scores, truth, n, k, draws, rng), abs=4.5 * 0.5 / draws**0.5
    )


def test_a_case_worked_by_hand() -> None:
    scores, truth = np.array([[9.0, 8.0, 7.0, 6.0]]), np.array([1])  # one class of four above the true one
    assert hit_probability(scores, truth, 2, 1) == pytest.approx([2 / 3])  # one other drawn of three, one beats it
    assert hit_probability(scores, truth, 3, 1) == pytest.approx([1 / 3])  # both others drawn below it
    assert hit_probability(scores, truth, 3, 2) == pytest.approx([1.0])
    tied = np.array([[9.0, 9.0, 7.0, 6.0]])
    assert hit_probability(tied, truth, 2, 1) == pytest.approx([(1 + 2 / 3) / 2])  # half above, half below


def test_with_every_class_to_choose_from_it_is_top_k_accuracy() -> None:
    rng = np.random.default_rng(0)
    scores, truth = rng.normal(size=(50, 9)), rng.integers(9, size=50)
    rank = (scores > scores[np.arange(50), truth][:, None]).sum(1)
    assert hit_probability(scores, truth, 9, 2).tolist() == (rank < 2).tolist()


def test_a_judge_with_equal_scores_for_all_classes_is_exactly_at_chance() -> None:
    assert hit_probability(np.zeros((1, 1000)), np.array([7]), 50, 3) == pytest.approx([3 / 50], rel=1e-12)


def test_large_class_counts_neither_overflow_nor_lose_precision() -> None:
    for m in (0, 1, 500, 999):
        scores = -np.arange(1000.0)[None]
        expected = np.prod([(999 - m - i) / (999 - i) for i in range(49)])  # no draw is above, one after another
        assert hit_probability(scores, np.array([m]), 50, 1) == pytest.approx([expected], rel=1e-10, abs=1e-300)


def test_samples_are_averaged_within_their_trial(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    judge = judge_of("star", "heart", "cross")
    views = {"logits": [[2, 1, 0], [0, 1, 2], [0, 2, 1], [0, 2, 1]]}  # two samples of each of two trials
    outcome = outcome_of([0, 1], ("star", "heart", "cross"), generated_views=views, samples=2)
    metric = Identification(n=3, k=1, judge=judge)
    score = metric.score(outcome, run)["identification"]
    assert score.per_trial.tolist() == [0.5, 1.0]
    assert (score.value, score.n, score.chance) == (0.75, 2, 1 / 3)
    assert metric.identity(outcome) == "identification@named-judge-8/3-way-top-1-label/n2s2"


def test_truth_is_the_label_or_the_judges_own_guess(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    judge = judge_of("cross", "star", "heart")  # another order than the data set's
    views = {"generated_views": {"logits": [[0, 5, 1]]}, "reference_views": {"logits": [[9, 0, 0]]}}
    outcome = outcome_of([0], ("star", "heart", "cross"), **views)
    by_label = Identification(n=3, judge=judge)
    by_guess = Identification(n=3, judge=judge, truth="judge")
    assert by_label.score(outcome, run)["identification"].value == 1.0
    assert by_guess.score(outcome, run)["identification"].value == 0.0
    assert by_guess.identity(outcome) == "identification@named-judge-8/3-way-top-1-judge/n1"


def test_more_ways_than_the_judge_has_classes_names_both_numbers(judge_of: Callable[..., Judge]) -> None:
    with pytest.raises(InvalidConfiguration, match=r"n = 50.*named-judge-8\D*\b3\b"):
        Identification(judge=judge_of("a", "b", "c"))


@pytest.mark.parametrize("wrong", [{"n": 1}, {"n": 3, "k": 3}, {"n": 3, "k": 0}, {"n": 2, "truth": "guess"}])
def test_contradictory_settings_are_refused(judge_of: Callable[..., Judge], wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidConfiguration):
        Identification(judge=judge_of("a", "b", "c"), **wrong)
