"""Training through a diffusion model whose own weights do not change, on the pictures of the trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon import Ints, Pictures, Run, Training, Trials, fitted_to
from eegrecon.training import Schedule, autocast, chunks, fit, validation_risk
from eegrecon_brainvis.diffusion.loading import diffusion

_ENCODED = 16  # pictures encoded at a time

LossOf = Callable[[Trials, Ints, torch.Generator], Tensor]  # trials, rows of them (b,), draws -> scalar


class Denoising:
    """Latents of pictures, and the loss of a denoiser on them.

    Source: Rombach et al., "High-resolution image synthesis with latent diffusion models", CVPR 2022, Eq. 2; with the
    model's own noise schedule and target.

    Attributes:
        unet: the model's denoiser, at the run's precision; shared, so it is not to be changed.
        shape: of the latents, (channels, height, width).
    """

    def __init__(self, model: str, size: tuple[int, int], run: Run) -> None:
        from diffusers import DDPMScheduler

        self.pipelines, self.size, self.run = diffusion(model, run), size, run
        self.unet = self.pipelines.from_noise.unet.requires_grad_(False)
        factor = self.pipelines.from_noise.vae_scale_factor
        self.shape = (self.unet.config.in_channels, size[0] // factor, size[1] // factor)
        self.noise = DDPMScheduler.from_config(self.pipelines.scheduler.config)

    def latents(self, pictures: Pictures) -> Tensor:
        """Return the latents of all pictures, float32 (pictures, channels, height, width)."""
        parts: list[Tensor] = []
        vae = self.pipelines.from_noise.vae
        with torch.no_grad():
            for rows in chunks(len(pictures), _ENCODED):
                pixels = np.stack([fitted_to(pictures[int(row)], self.size) for row in rows])
                scaled = torch.from_numpy(pixels).permute(0, 3, 1, 2).to(self.run.device, vae.dtype) / 127.5 - 1
                parts.append(vae.encode(scaled).latent_dist.mode().float() * vae.config.scaling_factor)
        return torch.cat(parts)

    def loss(self, denoiser: Any, clean: Tensor, tokens: Tensor, draws: torch.Generator) -> Tensor:
        """Return the mean squared error of a denoiser on latents (n, …) with noise of random strength."""
        noise = torch.randn(clean.shape, generator=draws).to(clean.device)
        when = torch.randint(self.noise.config.num_train_timesteps, (len(clean),), generator=draws).to(clean.device)
        velocity = self.noise.config.prediction_type == "v_prediction"
        wanted = self.noise.get_velocity(clean, noise, when) if velocity else noise
        noisy, dtype = self.noise.add_noise(clean, noise, when), self.unet.dtype
        guess = denoiser(noisy.to(dtype), when, encoder_hidden_states=tokens.to(dtype), return_dict=False)[0]
        return functional.mse_loss(guess.float(), wanted)


def train_through(
    network: nn.Module, loss_of: LossOf, data: Training, schedule: Schedule, run: Run, about: str
) -> None:
    """Train a network in place and keep the epoch of the least loss on the validation trials, whose noise is fixed.

    Args:
        network: what is trained.
        loss_of: the mean loss of some trials.
        data: training and validation trials.
        schedule: epochs, batch, rate and decay.
        run: seed, device, precision, progress.
        about: what is trained, for messages.
    """
    draws = torch.Generator().manual_seed(run.seed)

    def risk() -> tuple[float, ...]:
        network.eval()
        same = torch.Generator().manual_seed(run.seed)
        with torch.inference_mode(), autocast(run):
            parts = [loss_of(data.val, rows, same) * len(rows) for rows in chunks(len(data.val.label), schedule.batch)]
        return (float(torch.stack(parts).sum()) / len(data.val.label),)

    fit(
        network,
        lambda rows: loss_of(data.train, rows, draws),
        len(data.train.label),
        schedule,
        run,
        about,
        risk=validation_risk(data, run, about, risk),
        generators=[draws],
    )
