"""The audit against linear baselines: four readers of the class, the best of which is chosen on validation trials."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from eegrecon import Arrays, Audit, Circumstances, Evidence, Features, Floats, Ints, Opinion, Run
from eegrecon.statistics import Interval, Sample, mean_over_pictures, over_trainings, pictures_error
from eegrecon_audits.outcome.unseen import is_unseen, not_applicable, unseen
from eegrecon_baselines.encoders.linear_reader import READERS, LinearReader
from eegrecon_baselines.linear.views import UNAVAILABLE

_OF_READER = "reader/"  # prefix of a reader's hits


@dataclass(frozen=True)
class LinearBaseline(Audit):
    """Top-1 accuracy of *Full* against that of the best of four linear readers, trained on the same trials.

    The readers are those of the encoder ``linear-reader``: band power, the spatially whitened evoked response, the
    covariance on the tangent space, and evoked response with power. The best one is chosen for each subject on the
    validation trials, as in the row of the linear reader, with which its training is shared.

    Attributes:
        reader: the readers.
    """

    question = "Does the method decode more than the best of four linear readers?"
    looks_at = frozenset({"features"})
    concerns = frozenset({"features"})

    reader: LinearReader = field(default_factory=LinearReader)

    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        """Return evidence of an encoder that always scores the same class best."""
        first = np.zeros(len(evidence.picture), np.int64)
        features = Features(first[:, None] * 1.0, np.eye(len(evidence.outcome.classes))[first])
        return replace(evidence, outcome=replace(evidence.outcome, features=features)), Circumstances()

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return hits of the method, of the chosen reader and of every reader, trial by trial."""
        features, test = evidence.outcome.features, evidence.recordings.test
        if evidence.outcome.zero_shot:
            return unseen()
        if features is None or features.logits is None:
            return {}
        weights = run.fitted(self.reader)
        hits = {
            name: _hits(self.reader.read(weights, name, test.signals()).logits, test.label)
            for name in self.reader.fitted(weights)
        }
        return {
            "method": _hits(features.logits, test.label),
            "baseline": hits[self.reader.chosen(weights)],
            **{f"{_OF_READER}{name}": hit for name, hit in hits.items()},
            "picture": evidence.picture,
            "subject": test.subject,
            "seed": np.full(len(test.label), run.seed),
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the chosen reader is better, WARN where there is no evidence or where another reader is better."""
        if is_unseen(measured):
            return not_applicable()
        if any("method" not in arrays for arrays in measured):
            return Opinion("inconclusive", "the encoder gives no class scores")
        joined = {name: np.concatenate([arrays[name] for arrays in measured]) for name in measured[0]}
        method, baseline = joined["method"], joined["baseline"]
        trainings = len(np.unique(joined["seed"]))
        compared = _difference(joined)
        if compared is None:
            return Opinion("inconclusive", "there are too few test pictures to compare")
        gain, (interval, p) = float(np.mean(method - baseline)), compared
        test = "paired permutation test" if trainings == 1 else f"t over {trainings} trainings and over pictures"
        message = (
            f"top-1 {method.mean():.3f}, best linear reader {baseline.mean():.3f}, difference "
            f"{gain:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}], p = {p:.2g} ({test}); the "
            f"readers, of which the best is chosen on validation: {_readers(joined)}"
        )
        trained = "as trained here" if trainings == 1 else f"trained {trainings} times"
        if p >= 0.05:
            return Opinion("WARN", f"no evidence that the method, {trained}, decodes more or less: {message}")
        if gain <= 0:
            return Opinion("FAIL", f"{trained}, the method decodes less than the best linear reader: {message}")
        if max(hit.mean() for name, hit in joined.items() if name.startswith(_OF_READER)) > method.mean():
            return Opinion("WARN", f"a reader that validation did not choose decodes more than the method: {message}")
        return Opinion("PASS", message)


def _difference(joined: Arrays) -> tuple[Interval, float] | None:
    """Return the interval of the difference of accuracies, and its p value; None for fewer than two pictures.

    Several seeds are several trainings, whose spread counts as that of the pictures does.
    """
    gain, picture = joined["method"] - joined["baseline"], joined["picture"]
    seeds, seed = np.unique(joined["seed"], return_inverse=True)
    if len(seeds) == 1:
        interval, p = mean_over_pictures(Sample(gain, picture, joined["subject"]))
        return None if interval is None or p is None else (interval, p)
    cell = joined["subject"] * len(seeds) + seed
    error = pictures_error(*(Sample(joined[name], picture, cell) for name in ("method", "baseline")))
    by_seed = [Sample(gain[seed == one], picture[seed == one], cell[seed == one]).mean() for one in range(len(seeds))]
    return None if error is None else over_trainings(np.array(by_seed), *error)


def _hits(logits: Floats | None, label: Ints) -> Floats:
    assert logits is not None
    return np.asarray(logits.argmax(axis=1) == label, np.float64)


def _readers(joined: Arrays) -> str:
    """Return the accuracy of every reader, or why there is none."""
    hits = {name: joined.get(f"{_OF_READER}{name}") for name in READERS}
    return ", ".join(f"{name} {UNAVAILABLE if hit is None else f'{hit.mean():.3f}'}" for name, hit in hits.items())
