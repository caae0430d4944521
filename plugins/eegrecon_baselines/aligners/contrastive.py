"""From an encoder's embedding to conditioning tokens, contrastively."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Count,
    Encoder,
    Fitted,
    Floats,
    NonNegative,
    Positive,
    Run,
    Signals,
    Targets,
    Training,
)
from eegrecon_baselines.aligners.targets import embedding_of, targets_of
from eegrecon_baselines.directions import unit
from eegrecon_baselines.linear.held_out import split


@dataclass(frozen=True)
class Contrastive(Aligner):
    """A linear layer trained by InfoNCE: a trial is to be nearest to the tokens of its own picture's caption.

    What is compared are the first principal components of the tokens (of the class name, where there are no captions)
    over the training trials. InfoNCE leaves the length open: tokens are the mean plus the predicted direction, of the
    length with the least squared error on the validation trials, which is 0 for a direction that tells nothing.

    Source: van den Oord et al., arXiv:1807.03748; to a conditioning space as in Radford et al., arXiv:2103.00020.

    Weights: ``mean`` and ``deviation`` of the embedding, ``slope`` (components, numbers), ``intercept``, ``length``,
    ``centre`` (tokens * width,), ``components`` (components, tokens * width), ``shape``.
    """

    components: Count = 128
    epochs: Count = 100
    batch: Count = 128
    rate: Positive = 1e-3
    decay: NonNegative = 0.1

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Return the layer of the epoch with the least loss on the validation trials."""
        from eegrecon.training import Schedule
        from eegrecon_baselines.networks.contrastive import train_line

        (view, aim), (held, held_aim) = (
            (embedding_of(encoder, trials, run), targets_of(targets, trials)) for trials in split(data)
        )
        mean, deviation, centre = view.mean(axis=0), view.std(axis=0), aim.mean(axis=0)
        deviation = np.where(deviation > 0, deviation, 1.0)
        _, _, directions = np.linalg.svd(aim - centre, full_matrices=False)
        components = directions[: self.components]
        (seen, near), (other, far) = (
            ((x - mean) / deviation, (y - centre) @ components.T) for x, y in ((view, aim), (held, held_aim))
        )
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        slope, intercept = train_line((seen, near), (other, far), schedule, run, "contrastive aligner")
        length = np.mean((unit(other @ slope.T + intercept) * far).sum(axis=1))
        fitted = {"slope": slope, "intercept": intercept, "length": np.array(max(float(length), 0.0))}
        space = {"centre": centre, "components": components, "shape": np.array(targets.coarse.shape[1:])}
        return {"mean": mean, "deviation": deviation, **fitted, **space}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return the predicted tokens (n, tokens, width)."""
        view = (embedding_of(encoder, signals, run) - weights["mean"]) / weights["deviation"]
        direction = unit(view @ weights["slope"].T + weights["intercept"])
        flat = weights["centre"] + weights["length"] * direction @ weights["components"]
        return np.asarray(flat, np.float32).reshape(len(flat), *weights["shape"])
