"""Joint (transductive) scoring: the likeness of a query depends on all other queries, too.

It raises retrieval by repairing hubs, and needs the whole test set at once: no single recording can be decoded in this
way. Published evaluations that use it are not comparable with those that score each query by itself.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 10  # of CSLS: Conneau et al., "Word translation without parallel data", arXiv:1710.04087
TEMPERATURE, ROUNDS = 0.05, 100  # of Sinkhorn normalisation: Cuturi, arXiv:1306.0895; until sums are equal

Array = NDArray[np.float64]


def csls(likeness: Array) -> Array:
    """Return cross-domain similarity local scaling: 2·likeness minus the mean likeness to neighbours on both sides.

    Args:
        likeness: (n, candidates) cosines.
    """
    n, candidates = likeness.shape
    of_query = np.sort(likeness, axis=1)[:, -min(NEIGHBOURS, candidates) :].mean(axis=1, keepdims=True)
    of_candidate = np.sort(likeness, axis=0)[-min(NEIGHBOURS, n) :].mean(axis=0, keepdims=True)
    return np.asarray(2 * likeness - of_query - of_candidate)


def sinkhorn(likeness: Array) -> Array:
    """Return the logarithm of the transport plan: every query has one share, and every candidate as much of them all.

    Args:
        likeness: (n, candidates) cosines.
    """
    from scipy.special import logsumexp

    plan = likeness / TEMPERATURE
    share = np.log(len(likeness) / likeness.shape[1])
    for _ in range(ROUNDS):
        plan = plan - logsumexp(plan, axis=1, keepdims=True)
        plan = plan - logsumexp(plan, axis=0, keepdims=True) + share
    return np.asarray(plan)
