"""Pictures from the embedding of a picture, which an aligner predicts from the EEG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    ComponentError,
    Conditioner,
    Conditions,
    Count,
    Encoder,
    Fitted,
    Fraction,
    NonNegative,
    Pixels,
    Positive,
    Run,
    Targets,
    Training,
    part,
)
from eegrecon_metrics.retrieval.image_space import ImageSpace
from eegrecon_peers.components.diffusion_model import SHAPES, SteeredGenerator


@dataclass(frozen=True)
class UnClip(SteeredGenerator):
    """Stable Diffusion steered by an image prompt: the aligned embedding of a picture, with an empty text.

    The image prompt (IP-Adapter) is trained on the embeddings of the training pictures themselves, so that it does not
    depend on the EEG. In a share of the pictures of a step there is none, so that guidance can extrapolate. Without it
    the name of the predicted class is the prompt.

    A denoiser that a text steers by its time embedding, as that of the embedded world, is hardly steered by attention
    alone; ``timed`` adds the picture's embedding to that of the time step as well, as unCLIP's decoder has it.

    Differs from the source: ATM generates with SDXL-Turbo in 4 steps and an image prompt that was trained on pictures
    of the web; here the model is any Stable Diffusion, and the image prompt is trained on the training pictures alone.

    Source: Li et al., arXiv:2403.07721, section 2.3 (Ramesh et al., arXiv:2204.06125, for the two stages; Ye et al.,
    arXiv:2308.06721, for the image prompt, its 4 tokens, rate, decay and dropped prompts). Epochs and batch are ours.

    Weights: ``branch.*``, ``width``.
    """

    image: bool = part("image prompt")
    space: Conditioner = field(default=ImageSpace())  # of the embeddings: a conditioner with one token per picture
    tokens: Count = 4
    timed: bool = False  # the embedding also in the time embedding
    dropped: Fraction = 0.1  # pictures of a step without image prompt
    epochs: Count = 100
    batch: Count = 16
    rate: Positive = 1e-4
    decay: NonNegative = 0.01

    @classmethod
    def small(cls) -> UnClip:
        """Return one on the model of the embedded world."""
        return cls(
            model=SHAPES, height=32, width=32, guidance=1.0, scheduler="dpm", steps=2, space=ImageSpace.small(),
            epochs=2, batch=24, rate=1e-3,
        )  # fmt: skip

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """The embedding, or the class where the image prompt is removed."""
        return frozenset({"tokens" if self.image else "label"})

    def conditioner(self) -> Conditioner:
        """The space of the embeddings."""
        return self.space

    def fit(
        self, encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, data: Training, targets: Targets, run: Run
    ) -> Arrays:
        """Return the trained image prompt; nothing where it is removed."""
        import torch

        from eegrecon.training import Schedule, arrays_of, with_prefix
        from eegrecon_brainvis.diffusion.loading import text_tower
        from eegrecon_peers.networks.image_prompt import ImagePrompt
        from eegrecon_peers.networks.steered import Steered
        from eegrecon_peers.training.denoising import Denoising, train_through

        if not self.image:
            return {}
        if targets.fine is None:
            raise ComponentError(f"{type(self.space).__name__} embeds no pictures; set generator.space to image-space")
        denoising = Denoising(self.model, self.size, run)
        embedded = torch.from_numpy(np.array(targets.fine, np.float32)).to(run.device)  # (pictures, 1, width)
        empty = torch.from_numpy(text_tower(self.model, run).embed(("",), 1, run)).to(run.device)
        latents, width = denoising.latents(data.pictures), embedded.shape[2]
        branch = ImagePrompt(denoising.unet, width, self.tokens, timed=self.timed).to(run.device)
        steered = Steered(branch.attached(denoising.unet), branch)

        def loss_of(trials: Any, rows: Any, draws: torch.Generator) -> torch.Tensor:
            shown = trials.image[rows]
            kept = torch.rand(len(rows), 1, 1, generator=draws) >= self.dropped
            steered.condition = embedded[shown] * kept.to(run.device)
            return denoising.loss(steered, latents[shown], empty.expand(len(rows), -1, -1), draws)

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_through(branch, loss_of, data, schedule, run, "image prompt")
        return {**with_prefix("branch", arrays_of(branch)), "width": np.array(width)}

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3)."""
        import torch

        from eegrecon.training import load_arrays, without_prefix
        from eegrecon_brainvis.diffusion.loading import diffusion
        from eegrecon_brainvis.diffusion.sampling import Sampler
        from eegrecon_peers.networks.image_prompt import ImagePrompt
        from eegrecon_peers.networks.steered import Steered

        settings, embedded = self.cascade(tokens=False).settings(), conditions.tokens
        if not self.image or embedded is None:
            return Sampler(settings, classes, run).pictures(conditions, samples)
        unet = diffusion(self.model, run).from_noise.unet
        branch = load_arrays(
            ImagePrompt(unet, int(weights["width"]), self.tokens, timed=self.timed), without_prefix(weights, "branch")
        ).to(run.device, unet.dtype)
        steered = Steered(branch.attached(unet), branch.eval())

        def before(rows: Any) -> None:
            batch = np.require(embedded[rows], np.float32, ["C", "W"])
            steered.condition = torch.from_numpy(batch).to(run.device, unet.dtype)

        empty = replace(conditions, label=np.zeros(len(conditions.trial), np.int64))
        return Sampler(settings, ("",), run, steered, before).pictures(empty, samples)
