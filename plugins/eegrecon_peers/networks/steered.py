"""A denoiser that another network steers, in the place of the denoiser of a diffusion pipeline."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn


class Branch(nn.Module):
    """A network that computes from a condition what a denoiser is given besides noisy latents, time and text."""

    def steering(self, sample: Tensor, time: Any, tokens: Tensor, condition: Tensor) -> dict[str, Any]:
        """Return further arguments of the denoiser for latents (n, c, h, w), tokens (n, k, width) and conditions."""
        raise NotImplementedError

    def unguided(self, condition: Tensor) -> Tensor:
        """Return the condition of the half without prompt where guidance needs one: by default, the same."""
        return condition


class Steered(nn.Module):
    """A denoiser with a branch; the condition of a batch of pictures is set before it is generated."""

    def __init__(self, unet: nn.Module, branch: Branch) -> None:
        super().__init__()
        self.unet, self.branch = unet, branch
        self.condition: Tensor | None = None

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the denoiser (its configuration, device, dtype)."""
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("unet"), name)

    def forward(self, sample: Tensor, timestep: Any, encoder_hidden_states: Tensor, **more: Any) -> Any:
        """Return what the denoiser returns; with guidance the first half of the batch is the one without prompt."""
        condition = self.condition
        if condition is None:
            raise ValueError("a steered denoiser was called before its condition was set")
        if len(sample) == 2 * len(condition):
            condition = torch.cat([self.branch.unguided(condition), condition])
        more |= self.branch.steering(sample, timestep, encoder_hidden_states, condition)
        return self.unet(sample, timestep, encoder_hidden_states, **more)
