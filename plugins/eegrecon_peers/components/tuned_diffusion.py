"""DreamDiffusion's generator: a diffusion model whose cross-attention is fine-tuned on the tokens of the EEG."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    ComponentError,
    Conditions,
    Count,
    Encoder,
    Fitted,
    Floats,
    NonNegative,
    Pixels,
    Positive,
    Run,
    Targets,
    Training,
    Trials,
    part,
)
from eegrecon_peers.components.diffusion_model import SHAPES, SteeredGenerator


@dataclass(frozen=True)
class TunedDiffusion(SteeredGenerator):
    """Stable Diffusion from aligned tokens, its cross-attention fine-tuned on those of the training trials.

    Works with any aligner to the same text space. The fine-tuning learns what a picture looks like whose tokens an
    aligner predicts; of training trials these are closer to the caption's than of test trials.

    Differs from the source: fine-tuned after the aligner, whose weights no longer change, and not at the same time; the
    epoch of least loss on the validation trials is kept. Sampling is PLMS in 250 steps without guidance, as published.

    Source: Bai et al., arXiv:2306.16934, section 3.2; rate and batch of the published code, epochs ours.

    Weights: ``attention.*``, of each cross-attention in the order of the denoiser's modules.
    """

    attention: bool = part("fine-tuned cross-attention")
    steps: Count = 250
    guidance: NonNegative = 1.0
    epochs: Count = 100
    batch: Count = 16
    rate: Positive = 5.3e-5
    decay: NonNegative = 0.01

    @classmethod
    def small(cls) -> TunedDiffusion:
        """Return one on the model of the embedded world."""
        return cls(model=SHAPES, height=32, width=32, scheduler="dpm", steps=2, epochs=2, batch=24)

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """Tokens only."""
        return frozenset({"tokens"})

    def fit(
        self, encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, data: Training, targets: Targets, run: Run
    ) -> Arrays:
        """Return the fine-tuned attention; nothing where that is removed."""
        import torch

        from eegrecon.training import Schedule, arrays_of, with_prefix
        from eegrecon_peers.training.denoising import Denoising, train_through

        if not self.attention:
            return {}
        denoising = Denoising(self.model, self.size, run)
        unet = deepcopy(denoising.unet).float()
        attention = _attention(unet).requires_grad_(True)
        latents = denoising.latents(data.pictures)
        tokens = {id(one): _tokens(encoder, aligner, targets, one, run) for one in (data.train, data.val)}

        def loss_of(trials: Any, rows: Any, draws: torch.Generator) -> torch.Tensor:
            given = torch.from_numpy(tokens[id(trials)][rows]).to(run.device)
            return denoising.loss(unet, latents[trials.image[rows]], given, draws)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_through(attention, loss_of, data, schedule, run, "cross-attention")
        return with_prefix("attention", arrays_of(attention))

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3).

        Raises:
            ComponentError: there are no tokens.
        """
        from eegrecon.training import load_arrays, without_prefix
        from eegrecon_brainvis.diffusion.loading import diffusion
        from eegrecon_brainvis.diffusion.sampling import Sampler

        if conditions.tokens is None:
            raise ComponentError(
                f"the generator received no tokens for {len(conditions.trial)} trials; name an aligner"
            )
        settings = self.cascade(tokens=True).settings()
        if not self.attention:
            return Sampler(settings, classes, run).pictures(conditions, samples)
        unet = deepcopy(diffusion(self.model, run).from_noise.unet)
        load_arrays(_attention(unet), without_prefix(weights, "attention"))
        return Sampler(settings, classes, run, unet).pictures(conditions, samples)


def _attention(unet: Any) -> Any:
    """Return the cross-attentions of a denoiser, in order."""
    from torch import nn

    return nn.ModuleList(module for name, module in unet.named_modules() if name.endswith(".attn2"))


def _tokens(
    encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, targets: Targets, trials: Trials, run: Run
) -> Floats:
    """Return the aligned tokens of trials, or those of their class names without an aligner, (n, tokens, width)."""
    if aligner is None or not len(trials.label):
        return np.require(targets.coarse[trials.label], np.float32, ["C", "W"])
    aligned = aligner.component.align(aligner.weights, encoder, trials.signals(), run)
    return np.require(aligned, np.float32, ["C", "W"])
