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
    Differentiable,
    Encoder,
    Fitted,
    Floats,
    InvalidConfiguration,
    Run,
    Signals,
    Targets,
    Training,
    part,
)

if TYPE_CHECKING:
    from torch import nn


@dataclass(frozen=True)
class Interpolation(Aligner):
    """Tokens between the class name's embedding (coarse) and the caption's (fine): loss 2 - cos(fine) - cos(coarse).

    The encoder is trained along if it offers its network and lets it take a gradient; the tuned encoder is part of this
    aligner's weights and serves ``align`` alone: the class scores of the encoder stage stay as they are. The epoch with
    the least validation loss is kept.

    A cosine leaves the length of the tokens free, but a diffusion model's attention does not: the published code ties
    it by adding a squared error (``squared`` 1 here), which the paper's equation lacks. With the paper's loss the
    tokens are given the mean length of the training targets, which is our choice.

    Weights: ``alignment.*``; ``encoder.*`` if trained along; ``shape`` (tokens, width); ``length`` unless ``squared``.

    Raises:
        InvalidConfiguration: neither target is left.
    """

    coarse: bool = part("coarse target")
    fine: bool = part("fine target")
    widths: tuple[int, int] = (4096, 1024)
    squared: float = 0.0  # weight of a mean squared error to the same targets; published code 1
    epochs: int = 500
    batch: int = 128
    microbatch: int = 0  # rows in memory at a time, their gradients added up; 0: the whole batch
    rate: float = 5e-4
    decay: float = 0.01

    def __post_init__(self) -> None:
        if not (self.coarse or self.fine):
            raise InvalidConfiguration(
                "an aligner without coarse and without fine target has nowhere to go; keep one of coarse and fine"
            )

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Train the alignment network, and the encoder along where it can be.

        Raises:
            InvalidConfiguration: the coarse target is removed and the data set has no fine one.
        """
        from eegrecon_brainvis.alignment_training import Aims, train
        from eegrecon_brainvis.training import Schedule
        from eegrecon_brainvis.weights import arrays, under

        aims = Aims(targets.coarse if self.coarse else None, self._fine(targets, run), self.squared)
        network = self._trainable(encoder, run)
        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay, self.microbatch)
        alignment = train(encoder, network, data, aims, self.widths, schedule, run)
        weights: dict[str, Any] = under("alignment", arrays(alignment))
        weights["shape"] = np.array(targets.coarse.shape[1:])
        if not self.squared:
            weights["length"] = np.array(aims.length(data.train), np.float32)
        return weights if network is None else {**weights, **under("encoder", arrays(network))}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return tokens (n, tokens, width), from the tuned encoder where there is one."""
        from eegrecon_brainvis.alignment_training import features_of, tokens_of
        from eegrecon_brainvis.training import apply
        from eegrecon_brainvis.weights import within

        if (tuned := within(weights, "encoder")) and isinstance(encoder.component, Differentiable):
            network = encoder.component.network(tuned).to(run.device)
            embedding, scores = apply(network, signals, self.batch, run)
        else:
            embedding, scores = features_of(encoder, signals, run)
        flat = tokens_of(within(weights, "alignment"), embedding, scores, self.batch, run)  # (n, tokens * width)
        if "length" in weights:
            flat *= weights["length"] / np.linalg.norm(flat, axis=1, keepdims=True)
        return flat.reshape(len(flat), *weights["shape"])

    def imported(self, path: str) -> Arrays:
        """Return the weights that a published checkpoint holds for this aligner; nothing if it holds none."""
        from eegrecon_brainvis.checkpoint import fitting, read_checkpoint

        wide, narrow = self.widths
        return fitting(read_checkpoint(path).aligner, self, path, {"alignment.layers.1.weight": (narrow, wide)})

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
        """Return the encoder's network if it can be trained along; otherwise say beside the result that it was not."""
        reason = "it offers no network"
        if isinstance(encoder.component, Differentiable):
            network: nn.Module = encoder.component.network(encoder.weights).to(run.device)
            if any(parameter.requires_grad for parameter in network.parameters()):
                return network
            reason = "it lets none of its parameters be trained"
        run.note(f"the encoder was not trained along with the aligner: {reason}")
        return None
