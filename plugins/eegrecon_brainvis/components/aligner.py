"""Semantic interpolation: the aligner as a component.

Source: BrainVis, arXiv:2312.14871, Eq. 4; schedule of the published code (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Count,
    Differentiable,
    Encoder,
    Fitted,
    Floats,
    InvalidConfiguration,
    NonNegative,
    Positive,
    Run,
    Signals,
    Targets,
    Training,
    Whole,
    part,
)

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Interpolation(Aligner):
    """Tokens between the class name's embedding (coarse) and the caption's (fine): loss 2 - cos(fine) - cos(coarse).

    An encoder that provides a trainable network is trained together with the aligner; the tuned encoder is part of this
    aligner's weights and used by ``align`` alone: the class scores of the encoder stage do not change. The epoch with
    the least validation loss is kept.

    The cosine does not determine the length of the tokens, to which a diffusion model's attention is sensitive: the
    published code adds a squared error (``squared`` 1 here), which the paper's equation lacks. With the paper's loss
    the tokens are scaled to the mean length of the training targets, which is our choice.

    Weights: ``alignment.*``; ``encoder.*`` if trained with it; ``shape`` (tokens, width); ``length`` without
    ``squared``.

    Raises:
        InvalidConfiguration: both targets are removed.
    """

    coarse: bool = part("coarse target")
    fine: bool = part("fine target")
    widths: tuple[Count, Count] = (4096, 1024)
    squared: NonNegative = 0.0  # weight of a mean squared error to the same targets; published code 1
    epochs: Count = 500
    batch: Count = 128
    microbatch: Whole = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: Positive = 5e-4
    decay: NonNegative = 0.01

    def __post_init__(self) -> None:
        if not (self.coarse or self.fine):
            raise InvalidConfiguration("an aligner needs a target; keep one of coarse and fine")

    @classmethod
    def small(cls) -> Interpolation:
        """Return one with narrow layers."""
        return cls(widths=(16, 8), epochs=2, batch=16)

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Return the weights of the alignment network, and of the encoder if it is trained with it.

        Raises:
            InvalidConfiguration: the coarse target is removed and the data set has no fine one.
        """
        from eegrecon.training import Schedule, arrays_of, with_prefix
        from eegrecon_brainvis.training.alignment import AlignmentTargets, train_alignment

        aligned_to = AlignmentTargets(targets.coarse if self.coarse else None, self._fine(targets, run), self.squared)
        network = self._trainable(encoder, run)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        alignment = train_alignment(encoder, network, data, aligned_to, self.widths, schedule, run)
        weights: dict[str, Any] = with_prefix("alignment", arrays_of(alignment))
        weights["shape"] = np.array(targets.coarse.shape[1:])
        if not self.squared:
            weights["length"] = np.array(aligned_to.length(data.train), np.float32)
        return weights if network is None else {**weights, **with_prefix("encoder", arrays_of(network))}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return conditioning tokens (n, tokens, width), from the tuned encoder where there is one."""
        from eegrecon.training import predict, without_prefix
        from eegrecon_brainvis.training.alignment import features_of, tokens_of

        if (tuned := without_prefix(weights, "encoder")) and isinstance(encoder.component, Differentiable):
            network = encoder.component.network(tuned).to(run.device)
            embedding, scores = predict(network, signals, self.batch, run)
        else:
            embedding, scores = features_of(encoder, signals, run)
        flat = tokens_of(
            without_prefix(weights, "alignment"), embedding, scores, self.batch, run
        )  # (n, tokens * width)
        if "length" in weights:
            flat *= weights["length"] / np.linalg.norm(flat, axis=1, keepdims=True)
        return flat.reshape(len(flat), *weights["shape"])

    def imported(self, path: str) -> Arrays:
        """Return the weights of a published checkpoint for this aligner; empty if it has none."""
        from eegrecon_brainvis.published.checkpoint import matching_weights, read_checkpoint

        wide, narrow = self.widths
        return matching_weights(
            read_checkpoint(path).aligner, self, path, {"alignment.layers.1.weight": (narrow, wide)}
        )

    def _fine(self, targets: Targets, run: Run) -> Floats | None:
        if self.fine and targets.fine is None:
            if not self.coarse:
                raise InvalidConfiguration(
                    "the aligner's coarse target is removed and the data set has no captions for a fine one; "
                    "keep coarse, or add captions to the data set"
                )
            run.note("no captions: the aligner is trained without its fine target")
        return targets.fine if self.fine else None

    def _trainable(self, encoder: Fitted[Encoder], run: Run) -> nn.Module | None:
        """Return the encoder's network if it is trainable; otherwise None, with a note."""
        reason = "it provides no network"
        if isinstance(encoder.component, Differentiable):
            network: nn.Module = encoder.component.network(encoder.weights).to(run.device)
            if any(parameter.requires_grad for parameter in network.parameters()):
                return network
            reason = "none of its parameters is trainable"
        run.note(f"the encoder was not trained with the aligner: {reason}")
        return None
