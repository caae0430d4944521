"""Whether the same comes out when the same is made twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run


@dataclass(frozen=True)
class Determinism(Audit):
    """Differences between two makings of the first row, subject and seed: training, decoding, pictures, scores.

    ``eegrecon audit RUN --twice`` makes it a second time; without that nothing is told. A FAIL means that the table's
    numbers are one draw of many, whatever the seed says.
    """

    question = "Does the same come out twice?"
    concerns = frozenset({"features", "tokens", "generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Nothing: a second making is the runner's work."""
        return {}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """PASS where every stage's product is the same to the last bit, FAIL where a score differs."""
        if known.repeat_differences is None:
            return Opinion("inconclusive", "it was made once; eegrecon audit RUN --twice makes it again")
        differing = {name: largest for name, largest in known.repeat_differences.items() if largest > 0}
        if not differing:
            many = len(known.repeat_differences)
            return Opinion("PASS", f"all {many} stages of the first subject and seed came out alike, bit by bit")
        said = ", ".join(f"{name} by {largest:.2g}" for name, largest in differing.items())
        scores = any(name.startswith("score.") for name in differing)
        return Opinion("FAIL" if scores else "WARN", f"{len(differing)} of {len(known.repeat_differences)} stages differ: {said}")
