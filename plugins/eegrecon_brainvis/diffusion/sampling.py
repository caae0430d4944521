"""Sampling of the cascade in batches of pictures, with noise drawn per trial and sample."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from eegrecon import ComponentError, Conditions, Floats, Ints, Pixels, Run
from eegrecon.training import AdaptiveBatches
from eegrecon_brainvis.diffusion.loading import diffusion, text_tower

_SCHEDULERS = {
    "pndm": "PNDMScheduler",
    "ddim": "DDIMScheduler",
    "dpm": "DPMSolverMultistepScheduler",
    "euler": "EulerDiscreteScheduler",
}
_REFINEMENT = 1  # distinguishes the noise of stage 2 from that of stage 1


class CascadeSettings(NamedTuple):
    """What sampling needs of a cascade's fields."""

    model: str
    size: tuple[int, int]  # height and width
    scheduler: str  # a key of _SCHEDULERS, or "model"
    semantic: bool
    refine: bool
    steps: int
    guidance: float
    strength: float
    refine_steps: int
    refine_guidance: float
    batch: int  # pictures


@dataclass(frozen=True, eq=False)
class _Batch:
    """Pictures that are generated together."""

    tokens: Floats | None  # (b, tokens, width), of the aligner
    prompts: Floats | None  # (b, tokens, width), of the names of the predicted classes
    noise: tuple[tuple[int, int, int], ...]  # (seed, trial, sample) of each picture


class Sampler:
    """The pipelines, scheduler and embedded texts of a cascade.

    Another method's sampling may replace the ``denoiser`` of the model, and is told by ``before`` of which trials the
    pictures of a batch are, (b,).
    """

    def __init__(
        self,
        cascade: CascadeSettings,
        classes: Sequence[str],
        run: Run,
        denoiser: Any = None,
        before: Callable[[Ints], object] = lambda rows: None,
    ) -> None:
        self.cascade, self.run, self.before = cascade, run, before
        pipelines = diffusion(cascade.model, run)
        self.pipelines = pipelines if denoiser is None else pipelines.with_denoiser(denoiser)
        self._set_scheduler()
        names = ("", *classes) if cascade.refine else ("",)

        def embed() -> Floats:
            return text_tower(cascade.model, run).embed(names, len(names), run)

        texts = run.shared(f"texts of {cascade.model} on {run.device}: {'; '.join(names)}", embed)
        self.empty, self.names = texts[:1], texts[1:]  # (1, tokens, width), (classes, tokens, width)

    def _set_scheduler(self) -> None:
        import diffusers

        scheduler = self.pipelines.scheduler
        if self.cascade.scheduler != "model":
            scheduler = getattr(diffusers, _SCHEDULERS[self.cascade.scheduler]).from_config(scheduler.config)
        self.pipelines.from_noise.scheduler = self.pipelines.from_picture.scheduler = scheduler

    def pictures(self, conditions: Conditions, samples: int) -> Pixels:
        """Return uint8 (n, samples, height, width, 3).

        Raises:
            ComponentError: the tokens have another shape than the model's texts.
        """
        shape = self.empty.shape[1:]
        if self.cascade.semantic and conditions.tokens is not None and conditions.tokens.shape[1:] != shape:
            aligned = " x ".join(map(str, conditions.tokens.shape[1:]))
            raise ComponentError(
                f"the aligner returns tokens of {aligned}, the diffusion model {self.cascade.model} takes tokens of "
                f"{' x '.join(map(str, shape))}; align to the texts of the same model, or set generator.model to the "
                "model that the aligner was trained for"
            )
        size, batch = self.cascade.size, self.cascade.batch
        pictures = np.empty((len(conditions.trial) * samples, *size, 3), np.uint8)

        def fill(places: Ints) -> None:
            rows, sample = np.divmod(places, samples)
            self.before(rows)
            pictures[places] = self._generated(self._batch(conditions, rows, sample))

        AdaptiveBatches(batch, "cascade", self.run).each(np.arange(len(pictures)), fill)
        return pictures.reshape(len(conditions.trial), samples, *size, 3)

    def _batch(self, conditions: Conditions, rows: Ints, sample: Ints) -> _Batch:
        noise = tuple((self.run.seed, int(conditions.trial[row]), int(k)) for row, k in zip(rows, sample, strict=True))
        tokens = conditions.tokens[rows] if self.cascade.semantic and conditions.tokens is not None else None
        label = conditions.label[rows] if self.cascade.refine and conditions.label is not None else None
        return _Batch(tokens, None if label is None else self.names[label], noise)

    def _generated(self, batch: _Batch) -> Pixels:
        """Return uint8 (b, height, width, 3)."""
        cascade = self.cascade
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # diffusers on numpy 2
            if batch.tokens is None:
                picture = self._from_noise(batch.prompts, batch.noise, cascade.refine_steps, cascade.refine_guidance)
            else:
                picture = self._from_noise(batch.tokens, batch.noise, cascade.steps, cascade.guidance)
                if batch.prompts is not None:
                    picture = self._refined(picture, batch.prompts, batch.noise)
        pixels = (picture.float().clamp(0, 1) * 255).round().to(torch.uint8)
        return pixels.permute(0, 2, 3, 1).cpu().numpy()

    def _from_noise(self, tokens: Floats | None, noise: Sequence[Sequence[int]], steps: int, guidance: float) -> Tensor:
        """Stage 1, or text to image: pictures (b, 3, height, width) between 0 and 1."""
        pipeline, (height, width) = self.pipelines.from_noise, self.cascade.size
        factor = pipeline.vae_scale_factor
        shape = (pipeline.unet.config.in_channels, height // factor, width // factor)
        noises = np.stack([np.random.default_rng(key).standard_normal(shape, np.float32) for key in noise])
        latents = torch.from_numpy(noises).to(self.run.device, pipeline.unet.dtype)
        conditioning = self._conditioning(tokens, guidance)
        pictures: Tensor = pipeline(
            **conditioning, latents=latents, num_inference_steps=steps, height=height, width=width, output_type="pt"
        ).images
        return pictures

    def _refined(self, picture: Tensor, prompts: Floats, noise: Sequence[Sequence[int]]) -> Tensor:
        """Stage 2: pictures (b, 3, height, width) between 0 and 1, from pictures of the same shape."""
        cascade = self.cascade
        pictures: Tensor = self.pipelines.from_picture(
            **self._conditioning(prompts, cascade.refine_guidance),
            image=picture,
            strength=cascade.strength,
            num_inference_steps=cascade.refine_steps,
            generator=[_torch_generator((*key, _REFINEMENT)) for key in noise],
            output_type="pt",
        ).images
        return pictures

    def _conditioning(self, tokens: Floats | None, guidance: float) -> dict[str, Any]:
        """Return a pipeline's arguments: tokens (b, tokens, width), and the empty text where guidance needs it."""
        if tokens is None:
            raise ValueError("a stage of the cascade has neither tokens nor prompts")
        guided = guidance > 1
        return {
            "prompt_embeds": torch.from_numpy(np.require(tokens, np.float32, ["C", "W"])),
            "negative_prompt_embeds": torch.from_numpy(self.empty.repeat(len(tokens), axis=0)) if guided else None,
            "guidance_scale": guidance,
        }


def _torch_generator(key: tuple[int, ...]) -> torch.Generator:
    """Return a generator on the CPU (so that devices agree) seeded by ``key``."""
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1)
    return torch.Generator().manual_seed(seed)
