"""Train the denoiser of the tiny Stable Diffusion on latents of drawn pictures, steered by the frozen text encoder.

Velocity prediction on a cosine schedule. Captions are whole, the bare class name (the benchmark's coarse prompt),
partial or empty, newly drawn in every step. What is written is the exponential average of the weights.

The caption steers twice: through cross-attention at the lower resolution, and pooled into the time embedding, where it
scales and shifts every block.

Seven stages; each starts from the average of the one before. From the second on, the latents of the shape and round it
weigh more than those of the plain ground, which are most of a picture, soon learnt, and drown the outline's gradient in
their noise. From the third on, more captions are the class name alone.

The sixth learns two things more. For the class name alone it predicts what the fifth stage predicts with guidance, so
that no second forward is needed (guidance distillation, arXiv:2210.03142). And it *corrects*: where the noisy latents
are of a picture of another class than the name, it aims at the picture of the named class with the same colours, place,
size and tilt, so that refinement changes the class and keeps the rest.

The seventh predicts what the sixth predicts with guidance for every caption but the empty one, also where it corrects;
for a class name alone only early, before anything of the picture is seen. Part of the corrections start from a *blend*
of two pictures, as first stages draw from uncertain conditions.

``python -m eegrecon_shapes.training.unet first`` (then ``second`` to ``seventh``) writes ``weights/stable-diffusion``
(all but the VAE and the text encoder, which must be there), also at every checkpoint.
"""

from __future__ import annotations

import copy
import json
import shutil
import sys
from dataclasses import dataclass, replace

import numpy as np
import torch
from diffusers import AutoencoderKL, DDIMScheduler, UNet2DConditionModel
from torch import Tensor
from transformers import CLIPTextModel

from eegrecon_shapes.training.clip import ids, said_captions, told
from eegrecon_shapes.training.loop import WEIGHTS, Pace, batches, scaled, scratch, train
from eegrecon_shapes.world.pictures import CLASSES, COLOURS, Attributes, chosen, draw

PICTURES = 40_000


@dataclass(frozen=True)
class Stage:
    """One stage of the training.

    `emphasis` is the additional weight of the latents on and next to the shape. `shares` are those of the captions:
    whole, class name alone, partial, empty. `guidance` is that of the predictions of the stage before, which class
    names are trained on; 0: none. With `all_guided` all captions and corrections are, and corrections are also made of
    blends.
    """

    pace: Pace
    batch: int
    emphasis: float
    shares: tuple[float, float, float, float]
    seed: int
    guidance: float = 0.0
    all_guided: bool = False


_EVERYDAY, _NAMES = (0.68, 0.14, 0.08, 0.10), (0.42, 0.38, 0.10, 0.10)
STAGES = {
    "first": Stage(Pace(steps=7_000, rate=2.0e-3, decay=0.01, smoothing=0.999), 64, 0.0, _EVERYDAY, 41),
    "second": Stage(Pace(steps=5_000, rate=1.2e-3, decay=0.01, smoothing=0.999), 64, 4.0, _EVERYDAY, 41),
    "third": Stage(Pace(steps=6_000, rate=1.2e-3, decay=0.01, smoothing=0.999), 48, 4.0, _NAMES, 42),
    "fourth": Stage(Pace(steps=5_000, rate=1.0e-3, decay=0.01, smoothing=0.999), 48, 4.0, _NAMES, 43),
    "fifth": Stage(Pace(steps=5_000, rate=1.0e-3, decay=0.01, smoothing=0.999), 48, 4.0, _NAMES, 44),
    "sixth": Stage(Pace(4_500, 1.0e-3, decay=0.01, smoothing=0.999), 48, 4.0, _NAMES, 45, guidance=5.0),
    "seventh": Stage(Pace(2_600, 8.0e-4, decay=0.01, smoothing=0.998), 48, 4.0, _NAMES, 46, 2.0, all_guided=True),
}
EARLY = 700  # time step from which on a class name alone needs guidance, where nothing of the picture is seen yet
WRONG = (350, 850)  # time steps at which the noisy picture may be of another class than the name
FOLDER = WEIGHTS / "stable-diffusion"


@dataclass(frozen=True, eq=False)
class Material:
    """What the denoiser is trained on: latents (n, 8, 8, 8), token ids (n, 4, 16) of four ways to caption each.

    `shape` (n, 1, 8, 8) is 1 on and next to the shape, else 0. `other` holds the latents of the same pictures with a
    shape of another class.
    """

    latents: Tensor
    tokens: Tensor
    shape: Tensor
    other: Tensor


def unet() -> UNet2DConditionModel:
    """The untrained denoiser."""
    return UNet2DConditionModel(
        sample_size=8,
        in_channels=8,
        out_channels=8,
        block_out_channels=(96, 128),
        layers_per_block=1,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        cross_attention_dim=64,
        attention_head_dim=4,
        norm_num_groups=16,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
        resnet_time_scale_shift="scale_shift",
    )


def scheduler() -> DDIMScheduler:
    """The noise schedule that the pipeline is shipped with."""
    return DDIMScheduler(
        beta_schedule="squaredcos_cap_v2", prediction_type="v_prediction", timestep_spacing="trailing",
        clip_sample=False, set_alpha_to_one=True, steps_offset=1,
    )  # fmt: skip


def material(n: int, seed: int) -> Material:
    """Draw, encode and caption n pictures."""
    rng = np.random.default_rng(seed)
    attributes = chosen(rng.permutation(np.arange(n) % len(CLASSES)), rng)
    apart = np.random.default_rng([seed, 1]).integers(1, len(CLASSES), size=n)
    different = replace(attributes, shape=(attributes.shape + apart) % len(CLASSES))
    vae = AutoencoderKL.from_pretrained(FOLDER / "vae").float().eval()
    latents, near = [], []
    for start in range(0, n, 500):
        part = slice(start, start + 500)
        both = [scaled(draw(said[part], np.random.default_rng([seed, 2, start]))) for said in (attributes, different)]
        with torch.no_grad():
            latents.append(torch.stack([vae.encode(one).latent_dist.mode() for one in both]))
        near.append(torch.stack([_near_shape(one, attributes[part]) for one in both]).amax(dim=0))
    own, other = torch.cat(latents, dim=1) * vae.config.scaling_factor
    tokens = torch.stack([_tokens(attributes, way, seed) for way in range(4)], dim=1)
    return Material(own, tokens, torch.cat(near), other)


def _near_shape(pictures: Tensor, attributes: Attributes) -> Tensor:
    """Where a picture is not its ground, or next to it, per latent: (n, 1, 8, 8) of 0 and 1."""
    palette = torch.tensor(tuple(COLOURS.values())) / 127.5 - 1  # (8, 3)
    ground = palette[torch.from_numpy(attributes.background)][:, :, None, None]
    differs = ((pictures - ground).abs().amax(dim=1, keepdim=True) > 0.25).float()  # (n, 1, 32, 32)
    there = torch.nn.functional.max_pool2d(differs, 4)
    return torch.nn.functional.max_pool2d(there, 3, stride=1, padding=1)


def _tokens(attributes: Attributes, way: int, seed: int) -> Tensor:
    if way == 3:
        return ids([""]).expand(len(attributes), -1)
    whole, alone = ((1, 0), (0, 1), (0, 0))[way]
    return ids(said_captions(attributes, told(attributes, whole, alone, np.random.default_rng(seed + way))))


def times(n: int, generator: torch.Generator) -> Tensor:
    """Time steps (n,): 0..999, most of them drawn towards the middle, where shape and place are decided."""
    spread = torch.rand(n, generator=generator)
    middle = torch.sigmoid(torch.randn(n, generator=generator) + 0.6)
    return (torch.where(torch.rand(n, generator=generator) < 0.25, spread, middle) * 1000).long().clamp(max=999)


def publish(net: UNet2DConditionModel) -> None:
    """Write denoiser, schedule and index of the pipeline folder."""
    copy.deepcopy(net).half().save_pretrained(FOLDER / "unet")
    scheduler().save_pretrained(FOLDER / "scheduler")
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.30.0",
        "feature_extractor": [None, None],
        "image_encoder": [None, None],
        "requires_safety_checker": False,
        "safety_checker": [None, None],
        "scheduler": ["diffusers", "DDIMScheduler"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
    }
    (FOLDER / "model_index.json").write_text(json.dumps(index, indent=2) + "\n", encoding="utf-8")


def main() -> None:
    """Train one stage and write."""
    name = sys.argv[1]
    stage = STAGES[name]
    torch.set_num_threads(int(sys.argv[2]) if len(sys.argv) > 2 else 2)
    torch.manual_seed(stage.seed)
    data = material(PICTURES, stage.seed)
    text = CLIPTextModel.from_pretrained(FOLDER / "text_encoder").float().eval()
    net = unet().to(memory_format=torch.channels_last)
    if name != "first":
        before = scratch() / f"before-unet-{name}"  # what is published replaces the weights that the stage begins with
        if not before.exists():
            shutil.copytree(FOLDER / "unet", before)
        net.load_state_dict(UNet2DConditionModel.from_pretrained(before).float().state_dict())
    mean, teacher = (copy.deepcopy(net).requires_grad_(requires_grad=False) for _ in range(2))
    generator = torch.Generator().manual_seed(stage.seed)
    rows = batches(PICTURES, stage.batch, np.random.default_rng(stage.seed))
    noising = scheduler()
    shares = torch.tensor(stage.shares)

    def loss(step: int) -> Tensor:
        picked = next(rows)
        way = torch.multinomial(shares, stage.batch, replacement=True, generator=generator)
        with torch.no_grad(), torch.autocast("cpu", enabled=False):
            context = text(data.tokens[picked, way])[0]  # (batch, 16, 64)
        clean, when = data.latents[picked], times(stage.batch, generator)
        noise = torch.randn(clean.shape, generator=generator)
        wrong = (way == 1) & (when >= WRONG[0]) & (when < WRONG[1]) if stage.guidance else torch.zeros_like(way) > 0
        wrong &= torch.rand(stage.batch, generator=generator) < 0.5
        source = torch.where(wrong[:, None, None, None], data.other[picked], clean)
        blend = torch.zeros_like(wrong)
        if stage.all_guided:  # most of one picture, and some of another one
            blend = wrong & (torch.rand(stage.batch, generator=generator) < 0.5)
            share = (0.3 + 0.5 * torch.rand(stage.batch, generator=generator))[:, None, None, None]
            source = torch.where(blend[:, None, None, None], share * clean + (1 - share) * clean.roll(1, 0), source)
        noisy = noising.add_noise(source, noise, when)
        signal = noising.alphas_cumprod[when].sqrt()[:, None, None, None]
        spread = (1 - signal.square()).sqrt()
        wanted = signal * (noisy - signal * clean) / spread - spread * clean  # the velocity that leads to `clean`
        taught = (way == 1) & ~wrong
        if stage.all_guided:
            taught = (way < 3) & ~blend & ((way != 1) | wrong | (when >= EARLY))
        if stage.guidance and len(named := torch.nonzero(taught)[:, 0]):
            with torch.no_grad():
                blank = text(ids([""]))[0].expand(len(named), -1, -1)
                free, told_so = (teacher(noisy[named], when[named], c).sample for c in (blank, context[named]))
                wanted[named] = torch.lerp(free, told_so, stage.guidance)
        guess = net(noisy, when, context).sample
        error = torch.square(guess.float() - wanted)
        weight = 1 + stage.emphasis * data.shape[picked]
        return (weight * error).mean() / weight.mean()

    seconds = train(f"unet-{name}", net, stage.pace, loss, mean=mean, publish=lambda: publish(mean))
    publish(mean)
    print(f"{sum(p.numel() for p in net.parameters())} parameters, {seconds:.0f} s")


if __name__ == "__main__":
    main()
