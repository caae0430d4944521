"""The audit of identification: whether it shows more than that the class was decoded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Outcome, Run, Scored
from eegrecon.statistics import Sample, mean_over_pictures, null_p
from eegrecon_audits.outcome.unseen import is_unseen, not_applicable, unseen

COLUMN = "identification"


@dataclass(frozen=True)
class Explained(Audit):
    """Identification compared with that of a generator that draws a perfect picture of the predicted class.

    That is, trial by trial, the judge's score on the true picture where the class was decoded, and chance where it was
    not: accuracy times the judge's ceiling, plus chance. In BrainVis's tables identification is .954 of accuracy
    (arXiv:2312.14871, tables 2 and 4). Identification up to this level is no evidence that anything beyond the class
    was reconstructed.
    """

    question = "Does identification exceed what accuracy explains?"
    looks_at = frozenset({"features", "scores"})
    concerns = frozenset({"generated"})

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence of pictures that show the true one where the class was decoded, and else nothing."""
        features = evidence.outcome.features
        if features is None or features.logits is None:
            return None
        hit = features.logits.argmax(axis=1) == evidence.outcome.truth.label
        scored = {
            name: replace(scored, outcome=_where(hit, true_pictures(scored.outcome)), permuted={})
            for name, scored in evidence.scored.items()
        }
        return replace(evidence, scored=scored), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return identification, hits and the judge's ceiling by trial, and identification under permutations."""
        features = evidence.outcome.features
        if evidence.outcome.zero_shot:
            return unseen()
        scored = next((scored for scored in evidence.scored.values() if _identifies(scored)), None)
        if scored is None or features is None or features.logits is None:
            return {}
        score = scored.metric.score(scored.outcome, run)[COLUMN]
        ceiling = scored.metric.score(true_pictures(scored.outcome), run)[COLUMN].per_trial
        if score.per_trial is None or ceiling is None:
            return {}
        hit = features.logits.argmax(axis=1) == evidence.recordings.test.label
        return {
            "identification": np.asarray(score.per_trial, np.float64),
            "ceiling": np.asarray(ceiling, np.float64),
            "hit": hit.astype(np.float64),
            "chance": np.asarray(0.0 if score.chance is None else score.chance),
            "picture": evidence.picture,
            "subject": evidence.recordings.test.subject,
            **({"permuted": scored.permuted[COLUMN]} if COLUMN in scored.permuted else {}),
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """PASS where identification exceeds what accuracy explains, and what the same outputs give on other trials."""
        if is_unseen(measured):
            return not_applicable()
        if any("identification" not in arrays for arrays in measured):
            return Opinion("inconclusive", "there is no identification, or the encoder gives no class scores")
        names = ("identification", "ceiling", "hit", "picture", "subject")
        identification, ceiling, hit, picture, subject = (
            np.concatenate([arrays[name] for arrays in measured]) for name in names
        )
        explained = hit * ceiling + (1 - hit) * float(measured[0]["chance"])
        excess = Sample(identification - explained, picture, subject)
        interval, p = mean_over_pictures(excess)
        if interval is None or p is None:
            return Opinion("inconclusive", "there are too few test pictures to compare")
        message = (
            f"identification {identification.mean():.3f}; accuracy {hit.mean():.3f} x the judge's score on true "
            f"pictures {ceiling.mean():.3f}, plus chance for the misses, explains {explained.mean():.3f}; difference "
            f"{excess.mean():+.3f} [{interval.low:+.3f}, {interval.high:+.3f}], p = {p:.2g}"
        )
        if p >= 0.05 or excess.mean() <= 0:
            return Opinion("WARN", f"identification is no evidence of information beyond the class: {message}")
        if (chance_p := _chance_p(measured)) >= 0.05:
            return Opinion(
                "inconclusive",
                "there is no evidence that identification comes from the EEG: permuted among the trials, the same "
                f"outputs identify as well (p = {chance_p:.2g}), so the difference is not information about what was "
                f"seen: {message}",
            )
        return Opinion("PASS", message)


def _chance_p(measured: Sequence[Arrays]) -> float:
    """Return the p value that mean identification is no better than under permutations; 0 if these are not known."""
    if any("permuted" not in arrays for arrays in measured):
        return 0.0
    value = float(np.mean([arrays["identification"].mean() for arrays in measured]))
    return null_p(value, np.mean([arrays["permuted"] for arrays in measured], axis=0), higher=True)


def _identifies(scored: Scored) -> bool:
    return any(column.name == COLUMN for column in scored.metric.columns) and scored.outcome.generated_views is not None


def true_pictures(outcome: Outcome) -> Outcome:
    """Return the outcome of a generator that draws exactly the picture that each trial saw."""
    return replace(outcome, generated=outcome.reference[:, None], generated_views=outcome.reference_views)


def _where(hit: NDArray[np.bool_], outcome: Outcome) -> Outcome:
    """Return an outcome of one picture a trial, whose views are zero where the class was not decoded."""
    views = {layer: np.where(hit[:, None], view, 0.0) for layer, view in (outcome.generated_views or {}).items()}
    return replace(outcome, generated_views=views)
