from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import Judge, Outcome
from eegrecon_metrics.likeness import ClipSimilarity, TwoWay, two_way


def test_two_way_is_what_counting_pairs_gives() -> None:
    rng = np.random.default_rng(0)
    views = rng.normal(size=(5, 9))
    picture = np.array([3, 1, 4, 1, 0, 3])
    seen = views[picture]
    made = seen + 2 * rng.normal(size=seen.shape)
    expected = []
    for i, own in enumerate(picture):
        others = [other for other in np.unique(picture) if other != own]
        true = np.corrcoef(made[i], views[own])[0, 1]
        expected.append(np.mean([np.corrcoef(made[i], views[other])[0, 1] < true for other in others]))
    shown, own = np.unique(picture, return_inverse=True)
    assert two_way(made, views[shown])[np.arange(6), own] == pytest.approx(expected)


def test_level_pictures_count_half_and_noise_is_at_chance() -> None:
    flat = np.ones((4, 6))
    assert two_way(flat, flat) == pytest.approx(np.full((4, 4), 0.5))
    rng = np.random.default_rng(1)
    values = np.diagonal(two_way(rng.normal(size=(3000, 5)), rng.normal(size=(3000, 5))))
    assert values.mean() == pytest.approx(0.5, abs=4 * values.std() / np.sqrt(3000))


def test_its_samples_are_averaged_within_the_trial(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    rng = np.random.default_rng(2)
    seen, made = rng.normal(size=(4, 7)), rng.normal(size=(8, 7))  # samples fastest
    outcome = outcome_of([0] * 4, ("a",), made={"deep": made}, seen={"deep": seen}, samples=2)
    metric = TwoWay(judge=judge_of("a"), layer="deep")
    score = metric.score(outcome, run)["two-way"]
    expected = (two_way(made[0::2], seen) + two_way(made[1::2], seen)) / 2
    assert score.per_trial == pytest.approx(np.diagonal(expected))
    assert (score.n, score.chance) == (4, 0.5)
    assert metric.identity(outcome) == "two-way@named-judge-8/deep/n4p4"


def test_its_null_is_what_scoring_the_dealt_outcomes_gives(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    rng = np.random.default_rng(3)
    seen = rng.normal(size=(6, 7))[[0, 1, 2, 3, 4, 5, 0, 1]]
    outcome = outcome_of(
        [0] * 8, ("a",), made={"features": rng.normal(size=(16, 7))}, seen={"features": seen}, samples=2,
        image=[0, 1, 2, 3, 4, 5, 0, 1],
    )  # fmt: skip
    metric, orders = TwoWay(judge=judge_of("a")), [rng.permutation(8) for _ in range(10)]
    slow = [metric.score(outcome.permuted(order), run)["two-way"].value for order in orders]
    assert metric.permuted_scores(outcome, orders, run)["two-way"] == pytest.approx(slow)


def test_one_picture_alone_leaves_a_reason(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    views = {"features": np.ones((2, 3))}
    outcome = outcome_of([0, 0], ("a",), made=views, seen=views, image=[4, 4])
    assert TwoWay(judge=judge_of("a")).score(outcome, run) == {}
    assert "two different" in run.notes[0]


def test_clip_similarity_is_the_cosine_of_a_case_worked_by_hand(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    made = [[2.0, 0.0], [1.0, 1.0], [0.0, 3.0], [0.0, 0.0]]  # two samples of two trials
    outcome = outcome_of([0, 0], ("a",), made={"features": made}, seen={"features": [[1.0, 0], [0, 1]]}, samples=2)
    metric = ClipSimilarity(judge=judge_of("a"))
    score = metric.score(outcome, run)["CLIP similarity"]
    assert score.per_trial == pytest.approx([(1 + np.sqrt(0.5)) / 2, (1 + 0) / 2])
    assert metric.identity(outcome) == "clip-similarity@named-judge-8/n2"
