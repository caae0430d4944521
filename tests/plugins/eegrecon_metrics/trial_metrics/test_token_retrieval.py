from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import Outcome, Targets
from eegrecon_metrics.trial_metrics.token_retrieval import TokenRetrieval, candidate_ranks


def outcome(outcome_of: Callable[..., Outcome], tokens: Any, fine: Any, image: Any) -> Outcome:
    targets = Targets(np.zeros((1, 1, 1)), None if fine is None else np.asarray(fine))
    return outcome_of([0] * len(tokens), ("a",), image=image, tokens=np.asarray(tokens), targets=targets)


def test_a_case_worked_by_hand(outcome_of: Callable[..., Outcome], run: Any) -> None:
    # Pictures at 0, 90, 180 and 60 degrees. Of trial 0 (at 10 degrees, saw 0) cosines are highest for 0, then 60.
    degrees = np.deg2rad([0, 90, 180, 60])
    fine = np.stack([np.cos(degrees), np.sin(degrees)], axis=1)[:, None]  # (4, 1, 2)
    at = np.deg2rad([10, 80, 10, 100])
    tokens = 3 * np.stack([np.cos(at), np.sin(at)], axis=1)[:, None]
    image = [0, 0, 2, 1]  # ranks: 1; 3 (after 90 and 60); 4; 1
    given = outcome(outcome_of, tokens, fine, image)
    scores = TokenRetrieval().score(given, run)
    # no trial saw picture 3, so it is not a candidate: ranks 1, 2, 3, 1 among three
    assert scores["retrieval top-1"].per_trial == pytest.approx([1, 0, 0, 1])
    assert scores["retrieval top-1"].chance == pytest.approx(1 / 3)
    assert (scores["median rank"].value, scores["median rank"].chance) == (1.5, 2.0)
    assert "retrieval top-5" not in scores  # of three pictures
    assert TokenRetrieval().identity(given) == "token-retrieval/1x2-p3/n4"


def test_pictures_with_the_same_caption_are_tied(outcome_of: Callable[..., Outcome], run: Any) -> None:
    one, other = [1.0, 0.0], [0.0, 1.0]
    fine = np.array([one, one, other, one])[:, None]
    before, tied = candidate_ranks(np.array([one, other])[:, None], fine)
    assert before.tolist() == [[0, 0, 3, 0], [1, 1, 0, 1]]
    assert tied.tolist() == [[3, 3, 1, 3], [3, 3, 1, 3]]
    tokens = np.array([one, other, other, one])[:, None]
    scores = TokenRetrieval().score(outcome(outcome_of, tokens, fine, [0, 1, 2, 3]), run)
    assert scores["retrieval top-1"].per_trial == pytest.approx([1 / 3, 0, 1, 1 / 3])
    assert scores["median rank"].value == 2.0  # mean ranks 2, 3, 1, 2


def test_random_tokens_are_at_chance(outcome_of: Callable[..., Outcome], run: Any) -> None:
    rng = np.random.default_rng(0)
    fine = rng.normal(size=(50, 2, 8))
    fine[25:40] = fine[0]  # captions that repeat
    image = np.tile(np.arange(50), 60)
    scores = TokenRetrieval().score(outcome(outcome_of, rng.normal(size=(3000, 2, 8)), fine, image), run)
    for name in ("retrieval top-1", "retrieval top-5"):
        score = scores[name]
        assert score.value == pytest.approx(score.chance, abs=4 * np.std(score.per_trial) / np.sqrt(score.n))
    assert scores["median rank"].value == pytest.approx(25.5, abs=1.5)
    assert scores["median rank"].chance == 25.5


def test_permuted_scores_equal_the_scores_of_permuted_outcomes(outcome_of: Callable[..., Outcome], run: Any) -> None:
    rng = np.random.default_rng(1)
    fine = rng.normal(size=(9, 2, 4))
    fine[6:] = fine[0]
    given = outcome(outcome_of, rng.normal(size=(18, 2, 4)), fine, list(range(9)) * 2)
    orders = [rng.permutation(18) for _ in range(20)]
    computed = TokenRetrieval().permuted_scores(given, orders, run)
    expected = [TokenRetrieval().score(given.permuted(order), run) for order in orders]
    assert computed.keys() == expected[0].keys()
    for name, values in computed.items():
        assert values == pytest.approx([one[name].value for one in expected])


def test_missing_captions_leave_a_note(outcome_of: Callable[..., Outcome], run: Any) -> None:
    assert TokenRetrieval().score(outcome(outcome_of, np.ones((2, 1, 2)), None, [0, 1]), run) == {}
    assert "no fine targets" in run.notes[0]
