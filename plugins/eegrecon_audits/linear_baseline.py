"""The line that a deep method must beat: logistic regression on the power of each channel in the usual bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run, Sample, over_pictures, paired_p
from eegrecon_audits import linear, spectral


@dataclass(frozen=True)
class LinearBaseline(Audit):
    """Whether *Full* names more classes than a logistic regression on band power, trained on the same trials.

    On EEGCVPR40 a logistic regression on mean signal power reaches .3600 (KD-STFT's Table 1), more than some published
    networks. Its strength is chosen on the validation trials.
    """

    question = "Does the method decode more than band power does?"
    looks_at = frozenset({"features"})
    concerns = frozenset({"features"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Hits of the method and of the regression, trial by trial."""
        features, training, test = evidence.outcome.features, evidence.recordings.training, evidence.recordings.test
        if features is None or features.logits is None:
            return {}
        sfreq = training.montage.sfreq
        guessed = linear.predicted(
            spectral.power(training.train.eeg, sfreq), training.train.label,
            spectral.power(training.val.eeg, sfreq), training.val.label, spectral.power(test.eeg, sfreq),
        )  # fmt: skip
        return {
            "method": (features.logits.argmax(axis=1) == test.label).astype(np.float64),
            "band power": (guessed == test.label).astype(np.float64),
            "picture": evidence.picture,
            "subject": test.subject,
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where band power does better, WARN where no difference is seen."""
        if any("method" not in one for one in measured):
            return Opinion("inconclusive", "the encoder gives no class scores")
        method, power = (np.concatenate([one[name] for one in measured]) for name in ("method", "band power"))
        picture, subject = (np.concatenate([one[name] for one in measured]) for name in ("picture", "subject"))
        difference = Sample(method - power, picture, subject)
        interval, p = over_pictures(difference), paired_p(difference)
        if interval is None or p is None:
            return Opinion("inconclusive", "there are too few test pictures to compare")
        gain = difference.mean()
        said = (
            f"top-1 {method.mean():.3f}, logistic regression on band power {power.mean():.3f}, difference {gain:+.3f} "
            f"[{interval.low:+.3f}, {interval.high:+.3f}], p {p:.2g} (paired permutation)"
        )
        if p >= 0.05:
            return Opinion("WARN", f"no difference from a linear baseline is seen: {said}")
        return Opinion("PASS", said) if gain > 0 else Opinion("FAIL", f"a linear baseline does better: {said}")
