"""The audit of reproducibility: whether a second computation gives the same results."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run


@dataclass(frozen=True)
class Determinism(Audit):
    """Differences between two computations of the first row, subject and seed: training, decoding, pictures, scores.

    ``eegrecon audit RUN --twice`` computes it a second time; otherwise the audit is inconclusive. A FAIL means that the
    table's numbers are one random draw, although the seed is fixed.
    """

    question = "Does a second computation give the same results?"
    concerns = frozenset({"features", "tokens", "generated"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return a repetition with another score."""
        return evidence, Circumstances(repeat_differences={"score.accuracy": 0.1})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return nothing: the core repeats the computation."""
        return {}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """PASS where every stage is identical to the last bit, FAIL where a score differs."""
        if known.repeat_differences is None:
            return Opinion("inconclusive", "the run was computed once; eegrecon audit RUN --twice computes it again")
        stages = len(known.repeat_differences)
        differing = {name: largest for name, largest in known.repeat_differences.items() if largest > 0}
        if not differing:
            return Opinion("PASS", f"all {stages} stages of the first subject and seed agree bit for bit")
        differences = ", ".join(f"{name} by {largest:.2g}" for name, largest in differing.items())
        score_differs = any(name.startswith("score.") for name in differing)
        return Opinion(
            "FAIL" if score_differs else "WARN", f"{len(differing)} of {stages} stages differ: {differences}"
        )
