"""A straight line from an encoder's embedding to conditioning tokens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eegrecon import Aligner, Arrays, Encoder, Fitted, Floats, Run, Signals, Targets, Training
from eegrecon_baselines.aligners.targets import embedding_of, targets_of
from eegrecon_baselines.linear.held_out import split
from eegrecon_baselines.linear.lines import Lines

PENALTIES = tuple(10.0**power for power in range(4, -4, -1))  # times the number of trials, strongest first


@dataclass(frozen=True)
class Ridge(Aligner):
    """Ridge regression from the embedding to the caption's tokens (fine targets), all tokens with one penalty.

    The penalty with the least squared error on the validation trials is kept. Where the data set has no captions the
    line predicts the tokens of the class name. With the embedding of a linear reader the tokens hold what a line reads
    of the picture from the EEG. Predictions of a line are shorter than its targets, the more so the less it reads.

    Source: Hoerl and Kennard, "Ridge regression", Technometrics 12, 1970.

    Weights: ``mean`` and ``deviation`` of the embedding (numbers,), ``slope`` (numbers, tokens * width), ``intercept``
    (tokens * width,), ``shape`` (tokens, width), and the ``penalty``.
    """

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Return the line of the best penalty."""
        if targets.fine is None:
            run.note("no captions: the line predicts the tokens of the class name")
        (view, aim), (held, held_aim) = (
            (embedding_of(encoder, trials, run), targets_of(targets, trials)) for trials in split(data)
        )
        mean, deviation = view.mean(axis=0), view.std(axis=0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        lines = Lines((view - mean) / deviation, aim)
        errors = [lines.error(penalty, (held - mean) / deviation, held_aim) for penalty in PENALTIES]
        penalty = PENALTIES[int(np.argmin(errors))]
        run.log("ridge", penalty=penalty, validation=min(errors))
        return {
            "mean": mean,
            "deviation": deviation,
            "slope": lines.slope(penalty),
            "intercept": lines.intercept,
            "shape": np.array(targets.coarse.shape[1:]),
            "penalty": np.array(penalty),
        }

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return the predicted tokens (n, tokens, width)."""
        view = (embedding_of(encoder, signals, run) - weights["mean"]) / weights["deviation"]
        flat = (view @ weights["slope"] + weights["intercept"]).astype(np.float32)
        return flat.reshape(len(flat), *weights["shape"])
