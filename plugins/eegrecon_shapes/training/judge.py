"""Train the judge, apart from the pipeline that it judges, on pictures as drawn, blurred, noisy and through JPEG.

``python -m eegrecon_shapes.training.judge`` writes ``weights/judge/judge.safetensors``.
"""

from __future__ import annotations

import io

import numpy as np
import torch
from PIL import Image
from safetensors.torch import save_file
from torch import Tensor, nn

from eegrecon_shapes.reader import WEIGHTS, Reader
from eegrecon_shapes.training.loop import Pace, batches, sample, scaled, train
from eegrecon_shapes.world.pictures import ATTRIBUTES, SIDE

SEED = 31
PICTURES = 36_000
BATCH = 128
PACE = Pace(steps=1_500, rate=3e-3, decay=0.05)


def through_jpeg(pictures: Tensor) -> Tensor:
    """The same pictures (n, 3, 32, 32) after JPEG at quality 95 without colour subsampling."""
    pixels = ((pictures.permute(0, 2, 3, 1) + 1) * 127.5).round().to(torch.uint8).numpy()
    out = np.empty_like(pixels)
    for row, picture in enumerate(pixels):
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=95, subsampling=0)
        out[row] = np.asarray(Image.open(file))
    return scaled(out)


def worn(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A third blurred, a third with smooth stains, all with noise of a strength drawn per picture."""
    n = len(pictures)
    third = n // 3
    blurred = nn.functional.avg_pool2d(nn.functional.pad(pictures[:third], (1, 1, 1, 1), mode="replicate"), 3, 1)
    mix = torch.rand(third, 1, 1, 1, generator=generator)
    soft = mix * blurred + (1 - mix) * pictures[:third]
    coarse = 0.15 * torch.randn(third, 3, 4, 4, generator=generator)
    stained = pictures[third : 2 * third] + nn.functional.interpolate(coarse, (SIDE, SIDE), mode="bilinear")
    all_ = torch.cat([soft, stained, pictures[2 * third :]])
    strength = 0.12 * torch.rand(n, 1, 1, 1, generator=generator)
    return (all_ + strength * torch.randn(all_.shape, generator=generator)).clamp(-1, 1)


def errors(reader: Reader, seed: int, n: int = 6_000) -> dict[str, float]:
    """Share of fresh pictures, as drawn, whose attribute is read wrongly, by attribute."""
    pictures, attributes = sample(n, seed)
    with torch.no_grad():
        read = [reader(part) for part in torch.split(pictures, 500)]
    found = {name: torch.cat([part[name] for part in read]).argmax(1).numpy() for name in ATTRIBUTES}
    return {name: float(np.mean(found[name] != getattr(attributes, name))) for name in ATTRIBUTES}


def main() -> None:
    """Train, measure on fresh pictures, write float16 weights."""
    torch.set_num_threads(2)
    torch.manual_seed(SEED)
    pictures, attributes = sample(PICTURES, SEED)
    every_other = slice(0, None, 2)
    pictures[every_other] = through_jpeg(pictures[every_other])
    answers = {name: torch.from_numpy(getattr(attributes, name)) for name in ATTRIBUTES}
    reader = Reader()
    rows = batches(PICTURES, BATCH, np.random.default_rng(SEED))
    generator = torch.Generator().manual_seed(SEED)

    def loss(step: int) -> Tensor:
        chosen = next(rows)
        read = reader(worn(pictures[chosen], generator))
        return sum(
            (nn.functional.cross_entropy(read[name], answer[chosen]) for name, answer in answers.items()),
            start=torch.zeros(()),
        )

    seconds = train("judge", reader, PACE, loss)
    reader.eval().half().float()
    WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    state = {name: value.half() if value.is_floating_point() else value for name, value in reader.state_dict().items()}
    save_file(state, WEIGHTS)
    print({name: round(share, 4) for name, share in errors(reader, SEED + 1).items()}, f"{seconds:.0f} s")


if __name__ == "__main__":
    main()
