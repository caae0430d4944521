from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from torch_fidelity.metric_isc import isc_features_to_metric

from eegrecon import ComponentError, InvalidConfiguration, Judge, Outcome
from eegrecon_metrics.set_metrics.inception_score import InceptionScore, inception_score


@pytest.mark.parametrize("splits", [1, 3, 10])
@pytest.mark.parametrize("spread", [0.1, 3.0, 30.0])
def test_it_agrees_with_torch_fidelity(splits: int, spread: float) -> None:
    logits = np.random.default_rng(0).normal(size=(101, 40)) * spread
    of_torch_fidelity = isc_features_to_metric(torch.from_numpy(logits), splits=splits, shuffle=False)[
        "inception_score_mean"
    ]
    assert inception_score(logits, splits) == pytest.approx(of_torch_fidelity, rel=1e-6)


def test_worked_by_hand() -> None:
    assert inception_score(np.eye(4) * 1000) == pytest.approx(4.0)  # four certain, different pictures
    assert inception_score(np.repeat(np.eye(4)[:1], 5, axis=0) * 1000) == pytest.approx(1.0)  # always the same
    assert inception_score(np.zeros((6, 4))) == pytest.approx(1.0)  # nothing recognised


def test_a_class_that_is_impossible_everywhere_keeps_the_score_finite() -> None:
    logits = np.array([[0.0, 0.0, -1e6], [0.0, 0.0, -1e6]])
    assert inception_score(logits) == pytest.approx(1.0)


def test_every_sample_counts_and_the_identity_contains_their_number(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    logits = np.random.default_rng(1).normal(size=(6, 8))
    outcome = outcome_of([0, 1, 2], tuple("abc"), generated_views={"logits": logits}, samples=2)
    metric = InceptionScore(judge=judge_of(*"abcdefgh"), splits=2)
    score = metric.score(outcome, run)["IS"]
    assert (score.value, score.n) == (inception_score(logits, 2), 6)
    assert metric.identity(outcome) == "is@named-judge-8/s2n6"


def test_too_few_pictures_for_the_splits_leave_a_note(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    outcome = outcome_of([0], ("a",), generated_views={"logits": [[1.0, 2.0]]})
    assert InceptionScore(judge=judge_of("a", "b"), splits=2).score(outcome, run) == {}
    assert "2 splits" in run.notes[0]


def test_no_splits_are_refused(judge_of: Callable[..., Judge]) -> None:
    with pytest.raises(InvalidConfiguration, match="splits = 0"):
        InceptionScore(judge=judge_of("a"), splits=0)


@pytest.mark.parametrize("views", [{"features": [[1.0]]}, {"logits": [[np.nan]]}, {"logits": [1.0]}])
def test_unusable_logits_name_the_judge(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any, views: Any
) -> None:
    with pytest.raises(ComponentError, match="named-judge-8"):
        InceptionScore(judge=judge_of("a")).score(outcome_of([0], ("a",), generated_views=views), run)
