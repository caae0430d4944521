from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from torch_fidelity.metric_kid import kernel_mmd

from eegrecon import Judge, Outcome
from eegrecon_metrics.set_metrics.kernel_distance import KernelDistance, kernel_distance


@pytest.mark.parametrize(("n", "width"), [(2, 3), (40, 16), (120, 64)])
def test_it_agrees_with_torch_fidelity_on_one_subset_of_all(n: int, width: int) -> None:
    rng = np.random.default_rng(n)
    generated, reference = rng.normal(size=(n, width)), 0.3 + 2 * rng.normal(size=(n, width))
    expected = kernel_mmd(generated, reference, kid_kernel="poly", kid_kernel_poly_degree=3, kid_kernel_poly_coef0=1)
    assert kernel_distance(generated, reference) == pytest.approx(expected, rel=1e-9)
    assert kernel_distance(generated, reference, block=7) == pytest.approx(expected, rel=1e-9)  # several blocks


def test_a_case_worked_by_hand() -> None:
    # width 1: k(x, y) = (xy + 1)^3. Within {0, 1}: k = 1; within {1, 2}: 27; between: 1, 1, 8, 27.
    assert kernel_distance(np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])) == pytest.approx(1 + 27 - 2 * 37 / 4)


def test_over_many_draws_from_one_distribution_its_mean_is_zero() -> None:
    rng = np.random.default_rng(0)
    values = [kernel_distance(rng.normal(size=(12, 4)), rng.normal(size=(9, 4))) for _ in range(4000)]
    assert abs(np.mean(values)) < 4 * np.std(values) / np.sqrt(len(values))


def test_a_picture_seen_twice_counts_once(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    rng = np.random.default_rng(1)
    generated, reference = rng.normal(size=(4, 8)), rng.normal(size=(3, 8))
    outcome = outcome_of(
        [0, 0, 0, 0],
        ("a",),
        generated_views={"features": generated},
        reference_views={"features": reference[[0, 1, 1, 2]]},
        image=[5, 7, 7, 9],
    )
    metric = KernelDistance(judge=judge_of("a"))
    score = metric.score(outcome, run)["KID"]
    assert (score.value, score.n) == (pytest.approx(kernel_distance(generated, reference)), 4)
    assert metric.identity(outcome) == "kid@named-judge-8/n4v3"


def test_a_single_picture_leaves_a_note(
    outcome_of: Callable[..., Outcome], judge_of: Callable[..., Judge], run: Any
) -> None:
    outcome = outcome_of([0], ("a",), generated_views={"features": [[1.0]]}, reference_views={"features": [[1.0]]})
    assert KernelDistance(judge=judge_of("a")).score(outcome, run) == {}
    assert "1 generated and 1 reference" in run.notes[0]
