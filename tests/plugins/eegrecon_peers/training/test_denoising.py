"""The loss of a denoiser on latents, against the closed form of the embedded world's noise schedule."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from eegrecon.testing import PlainRun
from eegrecon_peers.training.denoising import Denoising

MODEL = "eegrecon_shapes:weights/stable-diffusion"
N = 64


class Knowing:
    """A denoiser that knows the clean latents, and returns a multiple of the true velocity."""

    def __init__(self, clean: Tensor, share: float) -> None:
        self.clean, self.share = clean, share
        self.when = torch.zeros(0)

    def __call__(self, noisy: Tensor, when: Tensor, **given: Any) -> tuple[Tensor]:
        self.when = when
        signal = torch.cos(((when + 1) / 1000 + 0.008) / 1.008 * torch.pi / 2)[:, None, None, None]  # squared cosine
        spread = (1 - signal.square()).sqrt()
        return (self.share * (signal * (noisy - signal * self.clean) / spread - spread * self.clean),)


def test_the_loss_is_the_squared_error_of_the_velocity_at_all_strengths_of_noise(run: PlainRun) -> None:
    denoising = Denoising(MODEL, (32, 32), run)
    clean = torch.randn(N, *denoising.shape, generator=torch.Generator().manual_seed(1))

    def loss(share: float) -> tuple[float, Tensor]:
        denoiser = Knowing(clean, share)
        draws = torch.Generator().manual_seed(2)
        return float(denoising.loss(denoiser, clean, torch.zeros(N, 1, 64), draws)), denoiser.when

    right, when = loss(1.0)
    assert right < 1e-2
    assert abs(loss(0.0)[0] - 1) < 0.1  # the velocity has variance 1 where clean latents and noise have
    quarters = torch.bincount(when // 250, minlength=4)
    assert len(quarters) == 4
    assert quarters.min() > N / 16
