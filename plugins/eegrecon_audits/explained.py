"""Whether identification of the generated pictures says more than that the class was decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from eegrecon import (
    Arrays,
    Audit,
    Circumstances,
    Evidence,
    Opinion,
    Outcome,
    Run,
    Sample,
    Scored,
    over_pictures,
    paired_p,
)

COLUMN = "identification"


@dataclass(frozen=True)
class Explained(Audit):
    """Identification against what a generator would get that draws a perfect picture of the predicted class.

    That is, trial by trial, the judge's score on the true picture where the class was decoded, and chance where it was
    not: accuracy times the judge's ceiling, and what is left to luck. In BrainVis's tables identification is .954 of
    accuracy (arXiv:2312.14871, tables 2 and 4). What does not exceed it is no evidence that anything beyond the class
    was reconstructed.
    """

    question = "Does identification say more than accuracy does?"
    looks_at = frozenset({"features", "scores"})
    concerns = frozenset({"generated"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Identification, hits and the judge's ceiling, trial by trial."""
        features = evidence.outcome.features
        found = next((one for one in evidence.scored.values() if _identifies(one)), None)
        if found is None or features is None or features.logits is None:
            return {}
        own = found.metric.score(found.outcome, run)[COLUMN]
        made, chance = own.per_trial, own.chance
        best = found.metric.score(true_pictures(found.outcome), run)[COLUMN].per_trial
        if made is None or best is None:
            return {}
        hit = features.logits.argmax(axis=1) == evidence.recordings.test.label
        return {
            "made": np.asarray(made, np.float64),
            "ceiling": np.asarray(best, np.float64),
            "hit": hit.astype(np.float64),
            "chance": np.asarray(0.0 if chance is None else chance),
            "picture": evidence.picture,
            "subject": evidence.recordings.test.subject,
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """PASS where identification exceeds what accuracy explains."""
        if any("made" not in one for one in measured):
            return Opinion("inconclusive", "there is no identification, or the encoder gives no class scores")
        made, ceiling, hit, picture, subject = (
            np.concatenate([one[name] for one in measured]) for name in ("made", "ceiling", "hit", "picture", "subject")
        )
        explained = hit * ceiling + (1 - hit) * float(measured[0]["chance"])
        more = Sample(made - explained, picture, subject)
        interval, p = over_pictures(more), paired_p(more)
        if interval is None or p is None:
            return Opinion("inconclusive", "there are too few test pictures to compare")
        said = (
            f"identification {made.mean():.3f}; accuracy {hit.mean():.3f} x judge's score on true pictures "
            f"{ceiling.mean():.3f}, and chance for the misses, explain {explained.mean():.3f}; beyond that "
            f"{more.mean():+.3f} [{interval.low:+.3f}, {interval.high:+.3f}], p {p:.2g}"
        )
        if p < 0.05 and more.mean() > 0:
            return Opinion("PASS", said)
        return Opinion("WARN", f"no evidence of anything beyond the class: {said}")


def _identifies(scored: Scored) -> bool:
    return any(column.name == COLUMN for column in scored.metric.columns) and scored.outcome.generated_views is not None


def true_pictures(outcome: Outcome) -> Outcome:
    """Return the outcome of a generator that draws exactly what each trial saw."""
    return replace(outcome, generated=outcome.reference[:, None], generated_views=outcome.reference_views)
