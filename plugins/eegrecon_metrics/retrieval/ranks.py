"""Ranks of candidates and what is computed from them, with ties as random tie-breaking resolves them on average."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eegrecon import Floats
from eegrecon_metrics.judges.layers import distinct_rows, unit_rows
from eegrecon_metrics.trial_metrics.identification import chosen_probability

CHUNK = 512  # queries compared at a time

Counts = NDArray[np.int64]
Array = NDArray[np.float64]


def cosines(queries: Floats, candidates: Floats) -> Array:
    """Return the cosine of each query with each candidate, (n, candidates); equal candidates have equal ones.

    Args:
        queries: (n, …), flattened for the comparison.
        candidates: (candidates, …).
    """
    flat = _flat(candidates)
    first, which = distinct_rows(flat)
    across = unit_rows(flat[first]).T
    parts = [unit_rows(_flat(queries[start : start + CHUNK])) @ across for start in range(0, len(queries), CHUNK)]
    return np.concatenate(parts)[:, which]


def _flat(values: Floats) -> Array:
    return np.asarray(values, np.float64).reshape(len(values), -1)


def before_and_tied(likeness: Array) -> tuple[Counts, Counts]:
    """Return how many candidates are ranked before each one, and how many are tied with it, itself included.

    Args:
        likeness: (n, candidates), higher is nearer.

    Returns:
        Two arrays (n, candidates).
    """
    before, tied = np.empty((2, *likeness.shape), np.int64)
    for query, row in enumerate(likeness):
        _, rank, count = np.unique(-row, return_inverse=True, return_counts=True)  # rank 0 for the nearest
        before[query], tied[query] = (np.cumsum(count) - count)[rank], count[rank]
    return before, tied


def among_first(before: Counts, tied: Counts, k: int) -> Array:
    """Return the probability of being among the first k."""
    return np.clip((k - before) / tied, 0.0, 1.0)


def rank_of(before: Counts, tied: Counts) -> Array:
    """Return the rank, 1 for the first; the mean of the tied ones, so that each tied candidate counts half."""
    return np.asarray(before + (tied + 1) / 2)


def reciprocal_rank(before: Counts, tied: Counts, candidates: int) -> Array:
    """Return the expectation of one over the rank."""
    harmonic = np.concatenate([[0.0], np.cumsum(1 / np.arange(1, candidates + 1))])  # of 0 to candidates
    return np.asarray((harmonic[before + tied] - harmonic[before]) / tied)


def n_way(before: Counts, tied: Counts, candidates: int, n: int) -> Array:
    """Return the probability of being the first among itself and n - 1 others, drawn without replacement."""
    return chosen_probability(before, tied - 1, candidates, n, 1)


def hubness(before: Counts, tied: Counts, k: int) -> tuple[float, float]:
    """Return the skewness of the k-occurrence, and the share of candidates that are among nobody's first k.

    The k-occurrence of a candidate is the number of queries that have it among their k nearest. A few hubs that are
    near to everything make it skewed to the right (Radovanović et al., JMLR 11, 2010).
    """
    occurrence = among_first(before, tied, k).sum(axis=0)  # (candidates,)
    deviation = occurrence - occurrence.mean()
    spread = float(np.mean(deviation**2)) ** 0.5
    skewness = float(np.mean(deviation**3)) / spread**3 if spread > 1e-12 * len(before) else 0.0
    return skewness, float(np.mean(occurrence == 0))
