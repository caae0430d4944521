"""How often these test trials have been used to compare configurations: the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run

REACH = 1.96  # standard errors to each side of an interval of 95 %


@dataclass(frozen=True)
class Touches(Audit):
    """How many configurations were ever scored on these test trials, as far as this store remembers.

    The best of many equal configurations looks better than it is. From some two dozen on, that alone is worth as
    much as the interval is wide: then a WARN.
    """

    question = "How many configurations were ever scored on these test trials?"

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Nothing: the store keeps the ledger."""
        return {}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """WARN where the best of so many is expected beyond the interval by luck."""
        if known.configurations is None:
            return Opinion("inconclusive", "nothing was scored")
        luck = best_of(known.configurations)
        said = f"{known.configurations} in this store's ledger; the best of as many equal ones would stand {luck:.2f} "
        said += "standard errors above their common score by luck"
        return Opinion("WARN" if luck > REACH else "PASS", said)


def best_of(count: int) -> float:
    """Expected largest of ``count`` independent standard normal numbers."""
    from scipy.integrate import quad
    from scipy.special import ndtr

    if count == 1:
        return 0.0
    value, _ = quad(lambda x: 1 - ndtr(x) ** count - ndtr(-x) ** count, 0, 12)
    return float(value)
