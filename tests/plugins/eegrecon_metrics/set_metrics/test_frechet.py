from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric

from eegrecon import Judge, Outcome
from eegrecon_metrics.set_metrics.frechet import FrechetDistance, frechet_distance


def of_torch_fidelity(generated: Any, reference: Any) -> Any:
    statistics = [fid_features_to_statistics(torch.from_numpy(features)) for features in (generated, reference)]
    return fid_statistics_to_metric(*statistics, verbose=False)["frechet_inception_distance"]


@pytest.mark.parametrize(("n", "v", "width"), [(400, 300, 16), (64, 500, 32), (40, 30, 64), (20, 200, 64), (2, 2, 5)])
def test_it_agrees_with_torch_fidelity(n: int, v: int, width: int) -> None:
    rng = np.random.default_rng(n)
    mix = rng.normal(size=(width, width))
    generated, reference = rng.normal(size=(n, width)), 0.3 + rng.normal(size=(v, width)) @ mix
    assert frechet_distance(generated, reference) == pytest.approx(of_torch_fidelity(generated, reference), rel=1e-6)


def test_between_gaussians_of_known_moments_it_is_the_closed_form() -> None:
    # Columns with exact means and variances; diagonal covariances: sum of (m1 - m2)^2 + (s1 - s2)^2.
    corners = np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]) * np.sqrt(3 / 4)  # unit covariance
    generated, reference = corners * [2.0, 5.0] + [1.0, 0.0], corners * [3.0, 1.0]
    assert frechet_distance(generated, reference) == pytest.approx(1.0 + (2 - 3) ** 2 + (5 - 1) ** 2)


def test_the_same_pictures_are_at_distance_zero() -> None:
    features = np.random.default_rng(0).normal(size=(30, 2048)) * 100
    assert frechet_distance(features, features[::-1]) == pytest.approx(0.0, abs=1e-6)


def test_every_sample_counts_and_the_identity_contains_their_number(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    rng = np.random.default_rng(1)
    generated, reference = rng.normal(size=(6, 8)), rng.normal(size=(3, 8))
    outcome = outcome_of(
        [0, 1, 2],
        tuple("abc"),
        generated_views={"features": generated},
        reference_views={"features": reference},
        samples=2,
    )
    metric = FrechetDistance(judge=judge_of("a"))
    score = metric.score(outcome, run)["FID"]
    assert (score.value, score.n) == (frechet_distance(generated, reference), 6)
    assert metric.identity(outcome) == "fid@named-judge-8/n6v3"


def test_a_single_picture_leaves_a_note(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    outcome = outcome_of([0], ("a",), generated_views={"features": [[1.0]]}, reference_views={"features": [[1.0]]})
    assert FrechetDistance(judge=judge_of("a")).score(outcome, run) == {}
    assert "1 generated and 1 reference" in run.notes[0]
