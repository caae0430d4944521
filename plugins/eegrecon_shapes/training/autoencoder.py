"""Train the autoencoder of the tiny Stable Diffusion: 32x32 pictures to 8x8 latents of 8 channels and back.

Two stages: with a divergence that keeps the latents in one cloud, then almost without, for sharpness. At the end each
latent channel is brought to mean 0 and spread 1 (folded into the two 1x1 convolutions round the latents), since a
channel of small spread, where much of the outline lives, hardly counts in the denoiser's loss.

``python -m eegrecon_shapes.training.autoencoder first`` (and ``second``) writes ``weights/stable-diffusion/vae``.
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from diffusers import AutoencoderKL
from torch import Tensor, nn

from eegrecon_shapes.training.loop import WEIGHTS, Pace, batches, sample, train

SEED = 11
PICTURES = 24_000
BATCH = 32
PACES = {"first": Pace(steps=4_000, rate=3e-3, half=0.85), "second": Pace(steps=2_000, rate=1.5e-3)}
DIVERGENCE = {"first": 1e-6, "second": 2e-9}  # weight of the divergence, summed over the latents of a picture
FOLDER = WEIGHTS / "stable-diffusion" / "vae"


def autoencoder() -> AutoencoderKL:
    """The untrained network: factor 4, blocks of 16, 32 and 64 channels."""
    return AutoencoderKL(
        down_block_types=("DownEncoderBlock2D",) * 3,
        up_block_types=("UpDecoderBlock2D",) * 3,
        block_out_channels=(16, 32, 64),
        layers_per_block=1,
        latent_channels=8,
        norm_num_groups=8,
        sample_size=32,
        mid_block_add_attention=False,
    )


def normalise(vae: AutoencoderKL, mean: Tensor, spread: Tensor) -> None:
    """Bring latents of this mean and spread (8,) to mean 0 and spread 1 without changing what is decoded."""
    with torch.no_grad():
        there, back = vae.quant_conv, vae.post_quant_conv
        there.weight /= spread.repeat(2)[:, None, None, None]
        there.bias -= torch.cat([mean, torch.zeros_like(mean)])
        there.bias /= torch.cat([spread, torch.ones_like(spread)])
        half = len(mean)  # the second half is the log variance: undo the division, shift instead
        there.weight[half:] *= spread[:, None, None, None]
        there.bias[half:] -= 2 * spread.log()
        back.bias += back.weight[:, :, 0, 0] @ mean
        back.weight *= spread[None, :, None, None]


def main() -> None:
    """Train one stage, measure, write float16 weights."""
    stage = sys.argv[1]
    torch.set_num_threads(2)
    torch.manual_seed(SEED)
    pictures, _ = sample(PICTURES, SEED)
    vae = autoencoder() if stage == "first" else AutoencoderKL.from_pretrained(FOLDER).float()
    rows = batches(PICTURES, BATCH, np.random.default_rng(SEED))

    def loss(step: int) -> Tensor:
        x = pictures[next(rows)]
        posterior = vae.encode(x).latent_dist
        y = vae.decode(posterior.sample()).sample
        error: Tensor = nn.functional.l1_loss(y, x) + 2 * nn.functional.mse_loss(y, x)
        error += DIVERGENCE[stage] * posterior.kl().mean()
        return error

    seconds = train(f"autoencoder-{stage}", vae.train(), PACES[stage], loss)
    vae.eval()
    fresh, _ = sample(2_000, SEED + 1)
    with torch.no_grad():
        latents = vae.encode(fresh).latent_dist
        mean, spread = latents.mode().mean(dim=(0, 2, 3)), latents.mode().std(dim=(0, 2, 3))
        print("noise", latents.std.mean().item(), "spread", [round(value, 3) for value in spread.tolist()])
        error = (vae.decode(latents.mode()).sample - fresh).abs().mean().item()
    normalise(vae, mean, spread)
    vae.register_to_config(scaling_factor=1.0)
    vae.half().save_pretrained(FOLDER)
    print(f"mean absolute error {error:.4f}, {seconds:.0f} s")


if __name__ == "__main__":
    main()
