"""Measure the shipped weights: what the judge reads on true, encoded and generated pictures, attribute by attribute.

``python -m eegrecon_shapes.training.measure`` prints the figures of ``weights/README.md``: whole captions without
guidance (stage 1), the bare class name (text-to-image), and stage 1 refined by the true and by a wrong class name
(img2img). Captions and noise have seeds that no training used. ``--n``, ``--steps``, ``--refine-steps``,
``--guidance``, ``--strength`` and ``--scheduler`` change the settings; ``--sheet FILE`` saves a picture of some
results.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from PIL import Image
from torch import Tensor

from eegrecon_shapes.reader import NAME, ShapesFeatures
from eegrecon_shapes.training.loop import WEIGHTS, sample
from eegrecon_shapes.world.captions import captions
from eegrecon_shapes.world.pictures import ATTRIBUTES, CLASSES, Attributes

SEED = 9_001
BATCH = 100


def pipeline(scheduler: str) -> StableDiffusionPipeline:
    """The shipped pipeline in float32, silent, with its own scheduler or one of another diffusers class."""
    pipe = StableDiffusionPipeline.from_pretrained(WEIGHTS / "stable-diffusion").to(torch.float32)
    if scheduler != "model":
        pipe.scheduler = getattr(diffusers, scheduler).from_config(pipe.scheduler.config)
    for network in (pipe.unet, pipe.vae):
        network.to(memory_format=torch.channels_last)  # convolutions are faster so on a CPU
    pipe.set_progress_bar_config(disable=True)
    return pipe


def painted(pipe: Any, prompts: list[str], seed: int, **settings: Any) -> Tensor:
    """Pictures (n, 3, 32, 32) uint8 for prompts, noise from `seed`."""
    parts = []
    for start in range(0, len(prompts), BATCH):
        part = {name: value[start : start + BATCH] if name == "image" else value for name, value in settings.items()}
        generator = torch.Generator().manual_seed(seed + start)
        made = pipe(prompts[start : start + BATCH], generator=generator, output_type="np", **part).images
        parts.append(torch.from_numpy(np.rint(made * 255).astype(np.uint8)).permute(0, 3, 1, 2))
    return torch.cat(parts)


def right(pictures: Tensor, attributes: Attributes) -> dict[str, float]:
    """Share of pictures in which the judge reads each attribute as it should be."""
    layers = ["logits", *list(ATTRIBUTES)[1:]]
    with torch.no_grad():
        read = ShapesFeatures(NAME, layers)(pictures)
    return {
        name: float(np.mean(scores.argmax(1).numpy() == getattr(attributes, name)))
        for name, scores in zip(ATTRIBUTES, read, strict=True)
    }


def tell(about: str, shares: dict[str, float], seconds: float = 0.0) -> None:
    """Print one line."""
    print(
        f"{about:34}", " ".join(f"{name} {share:.3f}" for name, share in shares.items()), f"{seconds:.0f} s", flush=True
    )


def sheet(rows: list[Tensor], file: Path, columns: int = 24) -> None:
    """Save pictures (n, 3, 32, 32), one row of the sheet per tensor, three times enlarged."""
    lines = [np.concatenate(list(row[:columns].permute(0, 2, 3, 1).numpy()), axis=1) for row in rows]
    picture = Image.fromarray(np.concatenate(lines))
    picture.resize((picture.width * 3, picture.height * 3), Image.Resampling.NEAREST).save(file)


def options() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--n", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--refine-steps", type=int, default=15)
    parser.add_argument("--guidance", type=float, default=3.0)
    parser.add_argument("--scheduler", default="model")
    parser.add_argument("--strength", type=float, default=0.85)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--sheet", type=Path)
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    chosen = options()
    torch.set_num_threads(chosen.threads)
    pipe = pipeline(chosen.scheduler)
    true, attributes = sample(chosen.n, SEED)
    pixels = ((true + 1) * 127.5).round().to(torch.uint8)
    tell("true pictures", right(pixels, attributes))
    with torch.no_grad():
        back = pipe.vae.decode(pipe.vae.encode(true).latent_dist.mode()).sample
    print(f"autoencoder, mean absolute error {(back - true).abs().mean():.4f} of -1..1")
    tell("encoded and decoded", right(((back.clamp(-1, 1) + 1) * 127.5).round().to(torch.uint8), attributes))
    names = [CLASSES[shape] for shape in attributes.shape]
    begun = time.monotonic()
    first = painted(pipe, list(captions(attributes)), SEED, num_inference_steps=chosen.steps, guidance_scale=1.0)
    tell(f"stage 1, {chosen.steps} steps, guidance 1", right(first, attributes), time.monotonic() - begun)
    begun = time.monotonic()
    guided = {"num_inference_steps": chosen.refine_steps, "guidance_scale": chosen.guidance}
    named = painted(pipe, names, SEED + 1, **guided)
    about = f"{chosen.refine_steps} steps, guidance {chosen.guidance:g}"
    tell(f"class name, {about}", {"shape": right(named, attributes)["shape"]}, time.monotonic() - begun)
    refiner = StableDiffusionImg2ImgPipeline(**pipe.components, requires_safety_checker=False)
    refiner.set_progress_bar_config(disable=True)
    image = first.float() / 255  # 0..1, as the pipeline wants tensors
    begun = time.monotonic()
    refined = painted(refiner, names, SEED + 2, image=image, strength=chosen.strength, **guided)
    tell(f"refined, {about}", right(refined, attributes), time.monotonic() - begun)
    begun = time.monotonic()
    others = (attributes.shape + np.random.default_rng(SEED).integers(1, len(CLASSES), chosen.n)) % len(CLASSES)
    wrong = painted(refiner, [CLASSES[s] for s in others], SEED + 3, image=image, strength=chosen.strength, **guided)
    kept = {
        "old class": right(wrong, attributes)["shape"],
        "new class": right(wrong, dataclasses.replace(attributes, shape=others))["shape"],
    }
    tell("refined by a wrong class name", kept, time.monotonic() - begun)
    if chosen.sheet:
        sheet([pixels, first, named, refined, wrong], chosen.sheet)


if __name__ == "__main__":
    main()
