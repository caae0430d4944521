"""The encoder that does not look at the EEG."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eegrecon import Arrays, Encoder, Features, Run, Signals, Training


@dataclass(frozen=True)
class Chance(Encoder):
    """The prior: every class scores the logarithm of its share of the training trials, whatever the EEG.

    What it reaches is what can be had without EEG, from the frequencies of the classes alone; a row beside which any
    other one should be better. Its embedding is a single zero, from which an aligner can only predict the mean.

    Source: scikit-learn's ``DummyClassifier(strategy="prior")``.
    """

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the share of each class among the training trials, (classes,)."""
        return {"share": np.bincount(data.train.label, minlength=len(data.classes)) / len(data.train.label)}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return zeros (n, 1) and the same class scores (n, classes) for every trial."""
        n = len(signals.trial)
        scores = np.log(np.maximum(weights["share"], np.finfo(float).tiny))  # a class without trials scores -708
        return Features(np.zeros((n, 1)), np.tile(scores, (n, 1)))
