from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import Judge, Outcome
from eegrecon_metrics.trial_metrics.similarity import ClipSimilarity, FeatureDistance, TwoWay, two_way


def test_two_way_is_what_counting_pairs_gives() -> None:
    rng = np.random.default_rng(0)
    views = rng.normal(size=(5, 9))
    picture = np.array([3, 1, 4, 1, 0, 3])
    reference = views[picture]
    generated = reference + 2 * rng.normal(size=reference.shape)
    expected = []
    for i, shown in enumerate(picture):
        others = [other for other in np.unique(picture) if other != shown]
        true = np.corrcoef(generated[i], views[shown])[0, 1]
        expected.append(np.mean([np.corrcoef(generated[i], views[other])[0, 1] < true for other in others]))
    candidates, true_column = np.unique(picture, return_inverse=True)
    assert two_way(generated, views[candidates])[np.arange(6), true_column] == pytest.approx(expected)


def test_ties_count_half_and_noise_is_at_chance() -> None:
    flat = np.ones((4, 6))
    assert two_way(flat, flat) == pytest.approx(np.full((4, 4), 0.5))
    rng = np.random.default_rng(1)
    values = np.diagonal(two_way(rng.normal(size=(3000, 5)), rng.normal(size=(3000, 5))))
    assert values.mean() == pytest.approx(0.5, abs=4 * values.std() / np.sqrt(3000))


def test_perfect_pictures_score_exactly_1(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    views = {"features": np.random.default_rng(4).normal(size=(200, 30))}
    outcome = outcome_of([0] * 200, ("a",), generated_views=views, reference_views=views)
    score = TwoWay(judge=judge_of("a")).score(outcome, run)["two-way"]
    assert (score.value, score.per_trial.min()) == (1.0, 1.0)


def test_pictures_with_equal_views_are_tied() -> None:
    rng = np.random.default_rng(5)
    views = rng.normal(size=(40, 600))
    views[[7, 23, 39]] = views[0]
    shares = two_way(rng.normal(size=(50, 600)), views)
    assert (shares[:, [7, 23, 39]] == shares[:, [0]]).all()
    assert two_way(views, views)[0, 0] == pytest.approx((36 + 3 / 2) / 39)  # 36 below, tied with three


def test_its_samples_are_averaged_within_the_trial(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    rng = np.random.default_rng(2)
    reference, generated = rng.normal(size=(4, 7)), rng.normal(size=(8, 7))  # samples fastest
    outcome = outcome_of(
        [0] * 4, ("a",), generated_views={"deep": generated}, reference_views={"deep": reference}, samples=2
    )
    metric = TwoWay(judge=judge_of("a"), layer="deep")
    score = metric.score(outcome, run)["two-way"]
    expected = (two_way(generated[0::2], reference) + two_way(generated[1::2], reference)) / 2
    assert score.per_trial == pytest.approx(np.diagonal(expected))
    assert (score.n, score.chance) == (4, 0.5)
    assert metric.identity(outcome) == "two-way@named-judge-8/deep/n4p4"


def test_permuted_scores_equal_the_scores_of_permuted_outcomes(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    rng = np.random.default_rng(3)
    reference = rng.normal(size=(6, 7))[[0, 1, 2, 3, 4, 5, 0, 1]]
    views = {"generated_views": {"features": rng.normal(size=(16, 7))}, "reference_views": {"features": reference}}
    outcome = outcome_of([0] * 8, ("a",), **views, samples=2, image=[0, 1, 2, 3, 4, 5, 0, 1])
    metric, orders = TwoWay(judge=judge_of("a")), [rng.permutation(8) for _ in range(10)]
    expected = [metric.score(outcome.permuted(order), run)["two-way"].value for order in orders]
    assert metric.permuted_scores(outcome, orders, run)["two-way"] == pytest.approx(expected)


def test_one_picture_alone_leaves_a_reason(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    views = {"features": np.ones((2, 3))}
    outcome = outcome_of([0, 0], ("a",), generated_views=views, reference_views=views, image=[4, 4])
    assert TwoWay(judge=judge_of("a")).score(outcome, run) == {}
    assert "two different" in run.notes[0]


def test_clip_similarity_is_the_cosine_of_a_case_worked_by_hand(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    generated = [[2.0, 0.0], [1.0, 1.0], [0.0, 3.0], [0.0, 0.0]]  # two samples of two trials
    outcome = outcome_of(
        [0, 0],
        ("a",),
        generated_views={"features": generated},
        reference_views={"features": [[1.0, 0], [0, 1]]},
        samples=2,
    )
    metric = ClipSimilarity(judge=judge_of("a"))
    score = metric.score(outcome, run)["CLIP similarity"]
    assert score.per_trial == pytest.approx([(1 + np.sqrt(0.5)) / 2, (1 + 0) / 2])
    assert metric.identity(outcome) == "clip-similarity@named-judge-8/n2"


def test_feature_distance_is_scipys_correlation_distance(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    from scipy.spatial.distance import correlation

    rng = np.random.default_rng(6)
    reference, generated = rng.normal(2, 1, size=(5, 12)), rng.normal(-1, 3, size=(10, 12))  # two samples of a trial
    views = {"generated_views": {"features": generated}, "reference_views": {"features": reference}}
    metric, outcome = FeatureDistance(judge=judge_of("a")), outcome_of([0] * 5, ("a",), **views, samples=2)
    score = metric.score(outcome, run)["feature distance"]
    expected = [np.mean([correlation(generated[2 * i + s], reference[i]) for s in (0, 1)]) for i in range(5)]
    assert score.per_trial == pytest.approx(expected)
    assert score.value == pytest.approx(np.mean(expected))
    assert metric.identity(outcome) == "feature-distance@named-judge-8/1-r/n5"
