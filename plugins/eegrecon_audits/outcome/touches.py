"""The audit of multiple comparisons: how many configurations have been scored on these test trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run

NODES = 400  # of the integral over half of the numbers, which ends at FARTHEST
FARTHEST = 12.0
HALF_WIDTH = 1.96  # standard errors, of a 95 % interval


@dataclass(frozen=True)
class Touches(Audit):
    """Number of configurations that have been scored on these test trials, according to the ledger of this store.

    The best of many equally good configurations looks better than it is. From about two dozen on, the expected gain by
    chance exceeds the half-width of a 95 % interval, which results in a WARN.
    """

    question = "How many configurations have been scored on these test trials?"

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return a ledger of a thousand configurations."""
        return evidence, Circumstances(configurations=1000)

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return nothing: the core keeps the ledger."""
        return {}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where the best of so many is expected beyond the interval by chance."""
        if known.configurations is None:
            return Opinion("inconclusive", "nothing was scored")
        gain = expected_maximum(known.configurations)
        message = (
            f"{known.configurations} in this store's ledger; the best of as many equally good ones is expected "
            f"{gain:.2f} standard errors above their common score by chance"
        )
        return Opinion("WARN" if gain > HALF_WIDTH else "PASS", message)


def expected_maximum(count: int) -> float:
    """Return the expected largest of ``count`` independent standard normal numbers."""
    from scipy.special import ndtr

    if count == 1:
        return 0.0
    place, weight = np.polynomial.legendre.leggauss(NODES)  # of Gauss and Legendre, on -1 to 1
    x = FARTHEST / 2 * (1 + place)
    return float(FARTHEST / 2 * np.sum(weight * (1 - ndtr(x) ** count - ndtr(-x) ** count)))
