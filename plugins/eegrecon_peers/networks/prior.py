"""The diffusion prior: from an EEG embedding to the embedding of a picture, by removing noise.

Source: ATM, Li et al., arXiv:2403.07721, section 2.3, and its published code (Generation/diffusion_prior.py).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from diffusers import DDPMScheduler
from diffusers.models.embeddings import TimestepEmbedding, Timesteps
from torch import Tensor, nn

TIME = 512  # numbers of a time step's embedding; published code


class PriorNetwork(nn.Module):
    """Linear layers to ever fewer numbers and back, with skip connections; each is given the time and the condition."""

    def __init__(self, width: int, condition: int, widths: tuple[int, ...], dropout: float) -> None:
        super().__init__()
        self.time = Timesteps(TIME, True, 0)
        self.first = nn.Sequential(nn.Linear(width, widths[0]), nn.LayerNorm(widths[0]), nn.SiLU())
        self.down = nn.ModuleList(_Step(a, b, condition, dropout) for a, b in pairwise(widths))
        self.up = nn.ModuleList(_Step(a, b, condition, dropout) for a, b in pairwise(widths[::-1]))
        self.last = nn.Linear(widths[0], width)

    def forward(self, noisy: Tensor, when: Tensor, condition: Tensor, kept: Tensor) -> Tensor:
        """Return the noise in noisy embeddings (n, width).

        Args:
            noisy: (n, width).
            when: (n,) time steps.
            condition: (n, numbers) of the EEG.
            kept: (n,) 1 where the condition is used, else 0.
        """
        skipped: list[Tensor] = []
        time, x = self.time(when), self.first(noisy)
        for step in self.down:
            skipped.append(x)
            x = step(x, time, condition, kept)
        for step in self.up:
            x = step(x, time, condition, kept) + skipped.pop()
        noise: Tensor = self.last(x)
        return noise


class _Step(nn.Module):
    def __init__(self, width: int, after: int, condition: int, dropout: float) -> None:
        super().__init__()
        self.time, self.condition = TimestepEmbedding(TIME, width), nn.Linear(condition, width)
        self.layers = nn.Sequential(nn.Linear(width, after), nn.LayerNorm(after), nn.SiLU(), nn.Dropout(dropout))

    def forward(self, x: Tensor, time: Tensor, condition: Tensor, kept: Tensor) -> Tensor:
        stepped: Tensor = self.layers(x + self.time(time) + kept[:, None] * self.condition(condition))
        return stepped


def schedule() -> DDPMScheduler:
    """Return the noise schedule of the published code, the library's default of 1000 steps.

    The clean embedding that a step predicts is clipped: by default of the library at 1, here, standardised, at 3.
    """
    return DDPMScheduler(clip_sample=True, clip_sample_range=3.0)


def sampled(network: PriorNetwork, condition: Tensor, noise: Tensor, steps: int, guidance: float) -> Tensor:
    """Return embeddings (n, width) from noise (steps + 1, n, width): the start, and what each step adds.

    Guidance extrapolates from the prediction without condition, up to 1 there is none.
    """
    noising, x = schedule(), noise[0]
    noising.set_timesteps(steps)
    one = torch.ones(len(x), device=x.device)
    for number, step in enumerate(noising.timesteps):
        when = step.to(x.device).expand(len(x))
        guess = network(x, when, condition, one)
        if guidance > 1:
            free = network(x, when, condition, 0 * one)
            guess = free + guidance * (guess - free)
        x = _stepped(noising, guess, int(step), x, noise[number + 1])
    return x


def _stepped(noising: DDPMScheduler, guess: Tensor, when: int, x: Tensor, noise: Tensor) -> Tensor:
    """Return the embeddings one step earlier (Ho et al., arXiv:2006.11239, Eq. 7), with given noise."""
    before = noising.previous_timestep(when)
    now, then = noising.alphas_cumprod[when], noising.alphas_cumprod[before] if before >= 0 else torch.tensor(1.0)
    clean = (x - (1 - now).sqrt() * guess) / now.sqrt()
    clean = clean.clamp(-noising.config.clip_sample_range, noising.config.clip_sample_range)
    ratio = now / then
    mean = then.sqrt() * (1 - ratio) / (1 - now) * clean + ratio.sqrt() * (1 - then) / (1 - now) * x
    variance = (1 - then) / (1 - now) * (1 - ratio)
    stepped: Tensor = mean + variance.sqrt() * noise
    return stepped
