"""What aligners learn from: the embedding of trials without their labels, and the tokens of their pictures."""

from __future__ import annotations

import numpy as np

from eegrecon import Encoder, Fitted, Run, Signals, Targets, Trials
from eegrecon_baselines.linear.spatial import Array


def embedding_of(encoder: Fitted[Encoder], signals: Signals, run: Run) -> Array:
    """Return the embedding of trials, float64 (n, numbers)."""
    features = encoder.component.encode(encoder.weights, Signals(signals.eeg, signals.subject, signals.trial), run)
    return np.asarray(features.embedding, np.float64)


def targets_of(targets: Targets, trials: Trials) -> Array:
    """Return the tokens of each trial's caption, or of its class name without captions, float64 (n, tokens * width)."""
    source, rows = (targets.coarse, trials.label) if targets.fine is None else (targets.fine, trials.image)
    return np.asarray(source[rows], np.float64).reshape(len(rows), -1)
