"""Text to image from the name of the predicted class."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eegrecon import Arrays, Conditions, Count, Ints, MissingFiles, NonNegative, Pixels, Run
from eegrecon.resources import locate
from eegrecon.training import AdaptiveBatches
from eegrecon_baselines.generators.sized import SizedGenerator

PRECISION = {"fp32": "float32", "bf16": "bfloat16", "fp16": "float16"}


@dataclass(frozen=True)
class LabelPrompt(SizedGenerator):
    """Stable Diffusion prompted with the name of the predicted class: pictures that hold nothing else of the EEG.

    Source: Rombach et al., "High-resolution image synthesis with latent diffusion models", CVPR 2022, arXiv:2112.10752.
    """

    model: str = "stable-diffusion-v1-5/stable-diffusion-v1-5"  # or a folder in diffusers' format
    height: Count = 512
    width: Count = 512
    steps: Count = 50
    guidance: NonNegative = 7.5
    batch: Count = 4  # pictures in memory at a time

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """The class only."""
        return frozenset({"label"})

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3)."""
        import torch

        trial, label = (np.repeat(np.asarray(each), samples) for each in (conditions.trial, conditions.label))
        pipe = run.shared(f"{self.model} for labels in {run.precision} on {run.device}", lambda: self._load(run))
        shape = (pipe.unet.config.in_channels, *(side // pipe.vae_scale_factor for side in self.size))
        form = {"height": self.height, "width": self.width, "num_inference_steps": self.steps, "output_type": "np"}
        form["guidance_scale"] = self.guidance
        pictures = np.empty((len(trial), *self.size, 3), np.uint8)

        def draw(rows: Ints) -> None:
            seeds = [(run.seed, int(trial[row]), int(row % samples)) for row in rows]
            noise = [np.random.default_rng(seed).standard_normal(shape, np.float32) for seed in seeds]
            latents = torch.from_numpy(np.stack(noise)).to(run.device, pipe.unet.dtype)
            prompts = [classes[one] for one in label[rows]]
            pictures[rows] = (pipe(prompts, latents=latents, **form).images * 255).round()

        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)  # diffusers on numpy 2
            AdaptiveBatches(self.batch, "label prompt", run).each(np.arange(len(pictures)), draw)
        return pictures.reshape(-1, samples, *self.size, 3)

    def _load(self, run: Run) -> Any:
        import diffusers
        import torch
        import transformers

        for library in (diffusers.utils.logging, transformers.utils.logging):
            library.disable_progress_bar()
            library.set_verbosity_error()
        form = {"safety_checker": None, "requires_safety_checker": False, "local_files_only": True}
        try:
            pipe = diffusers.StableDiffusionPipeline.from_pretrained(str(locate(self.model) or self.model), **form)
        except OSError as error:
            remedy = f"run `hf download {self.model}`, or set generator.model to a folder in diffusers' format"
            raise MissingFiles(f"label-prompt cannot load the model {self.model!r} ({error}); {remedy}") from error
        pipe.set_progress_bar_config(disable=True)
        return pipe.to(run.device, getattr(torch, PRECISION[run.precision]))
