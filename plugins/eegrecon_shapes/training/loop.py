"""What every training script here does alike: steps on a one-cycle schedule that survive an interruption.

Checkpoints go below ``$EEGRECON_SHAPES_SCRATCH`` (or the temporary folder), never into the package.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from eegrecon_shapes.world.pictures import CLASSES, Attributes, chosen, draw

WEIGHTS = Path(__file__).resolve().parents[1] / "weights"
CHECKPOINT_EVERY = 120.0  # s


@dataclass(frozen=True)
class Pace:
    """How long and how fast: `steps` of AdamW on one cycle up to `rate`, the first share `half` of them in bfloat16."""

    steps: int
    rate: float
    decay: float = 0.01
    half: float = 0.0
    smoothing: float = 0.0  # of the exponential average of the weights; 0: none


def sample(n: int, seed: int) -> tuple[Tensor, Attributes]:
    """Fresh pictures as (n, 3, 32, 32) in -1..1, classes in equal shares, and what they show."""
    rng = np.random.default_rng(seed)
    attributes = chosen(rng.permutation(np.arange(n) % len(CLASSES)), rng)
    pixels = np.concatenate(
        [draw(attributes[start : start + 1000], rng) for start in range(0, n, 1000)]
    )  # (n, 32, 32, 3)
    return scaled(pixels), attributes


def scaled(pixels: np.ndarray) -> Tensor:
    """uint8 (n, h, w, 3) to float32 (n, 3, h, w) in -1..1."""
    return torch.from_numpy(np.ascontiguousarray(pixels)).permute(0, 3, 1, 2).float() / 127.5 - 1


def batches(n: int, size: int, rng: np.random.Generator) -> Iterator[Tensor]:
    """Row indices, (size,) each, epoch after epoch without end."""
    while True:
        order = torch.from_numpy(rng.permutation(n))
        yield from order[: n - n % size].view(-1, size)


def average(modules: nn.Module, into: nn.Module, smoothing: float, step: int) -> None:
    """Move the averaged weights `into` towards those of `modules`, faster while the average is young."""
    keep = min(smoothing, (1 + step) / (10 + step))
    with torch.no_grad():
        for mean, now in zip(into.parameters(), modules.parameters(), strict=True):
            mean.lerp_(now, 1 - keep)


def train(
    name: str,
    modules: nn.Module,
    pace: Pace,
    loss: Callable[[int], Tensor],
    *,
    mean: nn.Module | None = None,
    publish: Callable[[], None] = lambda: None,
) -> float:
    """Take all steps, resuming from a checkpoint of this name; `mean` collects averaged weights. Returns seconds.

    `publish` is called at every checkpoint.
    """
    optimizer = torch.optim.AdamW(modules.parameters(), lr=pace.rate, weight_decay=pace.decay, betas=(0.9, 0.98))
    cycle = torch.optim.lr_scheduler.OneCycleLR(optimizer, pace.rate, total_steps=pace.steps + 1, pct_start=0.08)
    parts: dict[str, Any] = {"modules": modules, "optimizer": optimizer, "cycle": cycle}
    parts |= {"mean": mean} if mean else {}
    path = scratch() / f"{name}.pt"
    first, spent = _resume(path, parts)
    started = saved = time.monotonic()
    for step in range(first, pace.steps):
        with torch.autocast("cpu", torch.bfloat16, enabled=step < pace.half * pace.steps):
            value = loss(step)
        optimizer.zero_grad(set_to_none=True)
        torch.autograd.backward(value)
        nn.utils.clip_grad_norm_(modules.parameters(), 1.0)
        optimizer.step()
        cycle.step()
        if mean is not None:
            average(modules, mean, pace.smoothing, step)
        now = time.monotonic()
        if step % 100 == 0 or step == pace.steps - 1:
            print(f"{name} step {step} loss {value.item():.4f} {spent + now - started:.0f} s", flush=True)
        if now - saved > CHECKPOINT_EVERY or step == pace.steps - 1:
            state = {part: thing.state_dict() for part, thing in parts.items()}
            torch.save({"step": step + 1, "spent": spent + now - started, **state}, path.with_suffix(".part"))
            path.with_suffix(".part").replace(path)
            publish()
            saved = now
    return spent + time.monotonic() - started


def _resume(path: Path, parts: dict[str, Any]) -> tuple[int, float]:
    if not path.exists():
        return 0, 0.0
    state = torch.load(path, weights_only=True)
    for part, thing in parts.items():
        thing.load_state_dict(state[part])
    return int(state["step"]), float(state["spent"])


def scratch() -> Path:
    """Where checkpoints and precomputed latents lie."""
    folder = Path(os.environ.get("EEGRECON_SHAPES_SCRATCH", Path(tempfile.gettempdir()) / "eegrecon-shapes"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder
