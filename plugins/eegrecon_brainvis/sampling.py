"""Run the cascade over trials and samples in micro-batches, with noise that belongs to a trial and sample."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from eegrecon import ComponentError, Conditions, Floats, Ints, Pieces, Pixels, Run
from eegrecon_brainvis.models import diffusion, text_tower

if TYPE_CHECKING:
    from eegrecon_brainvis.generator import Cascade

_SCHEDULERS = {
    "pndm": "PNDMScheduler",
    "ddim": "DDIMScheduler",
    "dpm": "DPMSolverMultistepScheduler",
    "euler": "EulerDiscreteScheduler",
}
_REFINEMENT = 1  # tells the noise of stage 2 from that of stage 1


@dataclass(frozen=True, eq=False)
class _Piece:
    """One micro-batch: as many pictures as are made at a time."""

    tokens: Floats | None  # (b, tokens, width), of the aligner
    prompts: Floats | None  # (b, tokens, width), of the names of the predicted classes
    noise: tuple[tuple[int, int, int], ...]  # (seed, trial, sample) of each picture


class Sampler:
    """A cascade's pipelines, scheduler and texts, ready for trials."""

    def __init__(self, cascade: Cascade, classes: Sequence[str], run: Run) -> None:
        self.cascade = cascade
        self.run = run
        self.pipelines = diffusion(cascade.model, run)
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
            ComponentError: the tokens are of another form than the model's texts.
        """
        form = self.empty.shape[1:]
        if self.cascade.semantic and conditions.tokens is not None and conditions.tokens.shape[1:] != form:
            given = " x ".join(map(str, conditions.tokens.shape[1:]))
            raise ComponentError(
                f"the aligner makes tokens of {given}, the diffusion model {self.cascade.model} is steered by tokens "
                f"of {' x '.join(map(str, form))}; align to the texts of the same model, or name the model that was "
                "aligned to"
            )
        size, batch = self.cascade.size, self.cascade.batch
        made = np.empty((len(conditions.trial) * samples, *size, 3), np.uint8)

        def fill(places: Ints) -> None:
            rows, sample = np.divmod(places, samples)
            made[places] = self._made(self._piece(conditions, rows, sample))

        Pieces(batch, "cascade", self.run).each(np.arange(len(made)), fill)
        return made.reshape(len(conditions.trial), samples, *size, 3)

    def _piece(self, conditions: Conditions, rows: Ints, sample: Ints) -> _Piece:
        noise = tuple((self.run.seed, int(conditions.trial[row]), int(k)) for row, k in zip(rows, sample, strict=True))
        tokens = conditions.tokens[rows] if self.cascade.semantic and conditions.tokens is not None else None
        label = conditions.label[rows] if self.cascade.refine and conditions.label is not None else None
        return _Piece(tokens, None if label is None else self.names[label], noise)

    def _made(self, piece: _Piece) -> Pixels:
        """Return uint8 (b, height, width, 3)."""
        cascade = self.cascade
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # diffusers on numpy 2
            if piece.tokens is None:
                picture = self._from_noise(piece.prompts, piece.noise, cascade.refine_steps, cascade.refine_guidance)
            else:
                picture = self._from_noise(piece.tokens, piece.noise, cascade.steps, cascade.guidance)
                if piece.prompts is not None:
                    picture = self._refined(picture, piece.prompts, piece.noise)
        pixels = (picture.float().clamp(0, 1) * 255).round().to(torch.uint8)
        return pixels.permute(0, 2, 3, 1).cpu().numpy()

    def _from_noise(self, tokens: Floats | None, noise: Sequence[Sequence[int]], steps: int, guidance: float) -> Tensor:
        """Stage 1, or text to image: pictures (b, 3, height, width) between 0 and 1."""
        pipeline, (height, width) = self.pipelines.from_noise, self.cascade.size
        factor = pipeline.vae_scale_factor
        shape = (pipeline.unet.config.in_channels, height // factor, width // factor)
        drawn = np.stack([np.random.default_rng(key).standard_normal(shape, np.float32) for key in noise])
        latents = torch.from_numpy(drawn).to(self.run.device, pipeline.unet.dtype)
        steering = self._steering(tokens, guidance)
        made: Tensor = pipeline(
            **steering, latents=latents, num_inference_steps=steps, height=height, width=width, output_type="pt"
        ).images
        return made

    def _refined(self, picture: Tensor, prompts: Floats, noise: Sequence[Sequence[int]]) -> Tensor:
        """Stage 2: pictures (b, 3, height, width) between 0 and 1, from pictures of the same form."""
        cascade = self.cascade
        made: Tensor = self.pipelines.from_picture(
            **self._steering(prompts, cascade.refine_guidance),
            image=picture,
            strength=cascade.strength,
            num_inference_steps=cascade.refine_steps,
            generator=[_torch_generator((*key, _REFINEMENT)) for key in noise],
            output_type="pt",
        ).images
        return made

    def _steering(self, tokens: Floats | None, guidance: float) -> dict[str, Any]:
        """Return what a pipeline is told: tokens (b, tokens, width), and the empty text where guidance needs it."""
        if tokens is None:
            raise ValueError("a stage of the cascade has nothing to steer it")
        free = guidance > 1
        return {
            "prompt_embeds": torch.from_numpy(np.require(tokens, np.float32, ["C", "W"])),
            "negative_prompt_embeds": torch.from_numpy(self.empty.repeat(len(tokens), axis=0)) if free else None,
            "guidance_scale": guidance,
        }


def _torch_generator(key: tuple[int, ...]) -> torch.Generator:
    """Return a generator on the CPU (so that devices agree) whose stream belongs to ``key``."""
    seed = int(np.random.SeedSequence(key).generate_state(1, np.uint64)[0] >> 1)
    return torch.Generator().manual_seed(seed)
