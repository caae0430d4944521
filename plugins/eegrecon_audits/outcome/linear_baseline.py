"""The audit against a baseline: logistic regression on the power of each channel in the conventional bands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from eegrecon import Arrays, Audit, Circumstances, Evidence, Opinion, Run
from eegrecon.statistics import Sample, mean_over_pictures
from eegrecon_audits.decoders.logistic_regression import predicted_classes
from eegrecon_audits.decoders.spectral import band_power


@dataclass(frozen=True)
class LinearBaseline(Audit):
    """Top-1 accuracy of *Full* against that of logistic regression on band power, trained on the same trials.

    On EEGCVPR40 a logistic regression on mean signal power reaches .3600 (KD-STFT's Table 1), more than some published
    networks. Its regularisation is chosen on the validation trials.
    """

    question = "Does the method decode more than logistic regression on band power?"
    looks_at = frozenset({"features"})
    concerns = frozenset({"features"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        """Return hits of the method and of the regression, trial by trial."""
        features, training, test = evidence.outcome.features, evidence.recordings.training, evidence.recordings.test
        if features is None or features.logits is None:
            return {}
        sfreq = training.montage.sfreq
        predicted = predicted_classes(
            band_power(training.train.eeg, sfreq), training.train.label,
            band_power(training.val.eeg, sfreq), training.val.label, band_power(test.eeg, sfreq),
        )  # fmt: skip
        return {
            "method": (features.logits.argmax(axis=1) == test.label).astype(np.float64),
            "baseline": (predicted == test.label).astype(np.float64),
            "picture": evidence.picture,
            "subject": test.subject,
        }

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        """FAIL where the baseline is better, WARN where there is no evidence of a difference."""
        if any("method" not in arrays for arrays in measured):
            return Opinion("inconclusive", "the encoder gives no class scores")
        method, baseline, picture, subject = (
            np.concatenate([arrays[name] for arrays in measured])
            for name in ("method", "baseline", "picture", "subject")
        )
        difference = Sample(method - baseline, picture, subject)
        interval, p = mean_over_pictures(difference)
        if interval is None or p is None:
            return Opinion("inconclusive", "there are too few test pictures to compare")
        gain = difference.mean()
        message = (
            f"top-1 {method.mean():.3f}, logistic regression on band power {baseline.mean():.3f}, difference "
            f"{gain:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}], p = {p:.2g} (paired permutation test)"
        )
        if p >= 0.05:
            return Opinion("WARN", f"no evidence of a difference from the linear baseline: {message}")
        return Opinion("PASS", message) if gain > 0 else Opinion("FAIL", f"the linear baseline is better: {message}")
