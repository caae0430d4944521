from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import skew
from sklearn.metrics import label_ranking_average_precision_score
from sklearn.metrics.pairwise import cosine_similarity
from sklearn.neighbors import NearestNeighbors

from eegrecon_metrics.retrieval import ranks


def broken(likeness: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Whole numbers with their ties broken at random."""
    return likeness + rng.random(likeness.shape) / 2


def test_cosines_are_scikit_learns_and_equal_candidates_have_equal_ones() -> None:
    rng = np.random.default_rng(0)
    queries, candidates = rng.normal(size=(1100, 3, 7)), rng.normal(size=(30, 3, 7))
    candidates[[11, 29]] = candidates[4]
    found = ranks.cosines(queries, candidates)
    assert found == pytest.approx(cosine_similarity(queries.reshape(1100, -1), candidates.reshape(30, -1)), abs=1e-12)
    assert (found[:, [11, 29]] == found[:, [4]]).all()


def test_everything_is_the_expectation_under_random_tie_breaking() -> None:
    rng = np.random.default_rng(1)
    likeness = rng.integers(4, size=(5, 9)).astype(float)  # many ties
    before, tied = ranks.before_and_tied(likeness)
    draws = 8000
    rank = np.stack([1 + (b[:, :, None] < b[:, None, :]).sum(axis=2) for b in
                     (broken(likeness, rng) for _ in range(draws))])  # fmt: skip
    for found, drawn in (
        (ranks.among_first(before, tied, 3), rank <= 3),
        (ranks.rank_of(before, tied), rank),
        (ranks.reciprocal_rank(before, tied, 9), 1 / rank),
    ):
        assert found == pytest.approx(drawn.mean(axis=0), abs=4.5 * drawn.std() / draws**0.5)
    others = np.stack([[rng.permutation(8)[:3] for _ in range(5 * 9)] for _ in range(2000)]).reshape(2000, 5, 9, 3)
    rows, columns = np.mgrid[:5, :9]
    chosen = others + (others >= columns[..., None])  # three other candidates
    first = np.stack([
        (b[rows[..., None], pick] < b[:, :, None]).all(axis=2)
        for b, pick in zip((broken(likeness, rng) for _ in range(2000)), chosen, strict=True)
    ])  # fmt: skip
    assert ranks.n_way(before, tied, 9, 4) == pytest.approx(first.mean(axis=0), abs=4.5 * 0.5 / 2000**0.5)


def test_a_tie_with_one_other_counts_half() -> None:
    before, tied = ranks.before_and_tied(np.array([[1.0, 1.0]]))
    assert ranks.n_way(before, tied, 2, 2).tolist() == [[0.5, 0.5]]
    assert ranks.among_first(before, tied, 1).tolist() == [[0.5, 0.5]]
    assert ranks.rank_of(before, tied).tolist() == [[1.5, 1.5]]
    assert ranks.reciprocal_rank(before, tied, 2).tolist() == [[0.75, 0.75]]


def test_the_mean_reciprocal_rank_is_scikit_learns_precision_of_one_true_label() -> None:
    rng = np.random.default_rng(2)
    likeness, true = rng.normal(size=(60, 25)), rng.integers(25, size=60)
    before, tied = ranks.before_and_tied(likeness)
    found = ranks.reciprocal_rank(before, tied, 25)[np.arange(60), true].mean()
    assert found == pytest.approx(label_ranking_average_precision_score(np.eye(25, dtype=int)[true], likeness))


def test_hubness_is_the_skewness_of_how_often_each_candidate_is_a_neighbour() -> None:
    rng = np.random.default_rng(3)
    candidates, queries = rng.normal(size=(80, 40)), rng.normal(size=(200, 40))
    candidates[0] = 0.05 * rng.normal(size=40) + queries.mean(axis=0)  # a hub
    neighbours = NearestNeighbors(n_neighbors=10, metric="cosine").fit(candidates).kneighbors(queries)[1]
    occurrence = np.bincount(neighbours.ravel(), minlength=80)
    hubs, never = ranks.hubness(*ranks.before_and_tied(ranks.cosines(queries, candidates)), 10)
    assert hubs == pytest.approx(skew(occurrence))
    assert never == pytest.approx(np.mean(occurrence == 0))


def test_candidates_that_are_all_equally_often_neighbours_have_no_hub() -> None:
    assert ranks.hubness(*ranks.before_and_tied(np.ones((6, 20))), 10) == (0.0, 0.0)
