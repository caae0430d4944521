"""A step of latent masked modelling at the paper's size, compared with a plain PyTorch version of the published step.

The plain version follows the paper's description with basic torch operations: explicit attention, unfused AdamW,
float32, one mask per batch and Gumbel token labels, as published.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
from machine import flags, interleaved, spread
from torch import Tensor, nn
from torch.nn import functional

from eegrecon.testing import PlainRun
from eegrecon.training import Optimizer, Schedule
from eegrecon_brainvis.components.pretraining import LatentMaskedModel
from eegrecon_brainvis.networks.time import MaskedModel, TimeSize

CHANNELS, SAMPLES, BATCH, REPEATS, STEPS = 128, 440, 16, 5, 2
UNIT, WIDTH, HEADS, BLOCKS, REGRESSOR, CODEWORDS, MASK = 4, 1024, 16, 8, 4, 660, 0.75


class PlainBlock(nn.Module):
    """Transformer block as published: explicit softmax attention to a context, scaled residuals, feed-forward."""

    def __init__(self, dropout: float) -> None:
        super().__init__()
        self.query, self.key, self.value, self.output = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.feed = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.norms = nn.ModuleList(nn.LayerNorm(WIDTH) for _ in range(2))
        self.scales = nn.ParameterList(torch.tensor([1e-8]) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, context: Tensor) -> Tensor:
        """Attend from x (n, a, width) to a context (n, b, width); return (n, a, width)."""
        n = len(x)
        query, key, value = (
            layer(units).view(n, -1, HEADS, WIDTH // HEADS).transpose(1, 2)  # (n, heads, units, width // heads)
            for layer, units in ((self.query, x), (self.key, context), (self.value, context))
        )
        weights = torch.softmax(query @ key.transpose(-2, -1) / (WIDTH // HEADS) ** 0.5, dim=-1)
        mixed = self.output((weights @ value).transpose(1, 2).reshape(n, -1, WIDTH))
        x = self.norms[0](x + self.dropout(self.scales[0] * mixed))
        output: Tensor = self.norms[1](x + self.dropout(self.scales[1] * self.feed(x)))
        return output


class Plain(nn.Module):
    """Latent masked model: encoder, momentum encoder, regressor and tokenizer."""

    def __init__(self) -> None:
        super().__init__()
        units = SAMPLES // UNIT
        self.cut = nn.Conv1d(CHANNELS, WIDTH, UNIT, stride=UNIT)
        self.position = nn.Parameter(torch.randn(1, units, WIDTH) * 0.02)
        self.mask_token = nn.Parameter(torch.randn(WIDTH) * 0.02)
        self.encoder = nn.ModuleList(PlainBlock(0.2) for _ in range(BLOCKS))
        self.momentum = copy.deepcopy(self.encoder).requires_grad_(False).eval()
        self.regressor = nn.ModuleList(PlainBlock(0.1) for _ in range(REGRESSOR))
        self.tokenizer = nn.Linear(WIDTH, CODEWORDS)

    def forward(self, eeg: Tensor) -> Tensor:
        """Return the loss on EEG (n, channels, samples), with one mask for the batch."""
        units = self.cut(eeg).transpose(1, 2)
        order = torch.randperm(units.shape[1])
        masked, visible = order[: int(MASK * len(order))], order[int(MASK * len(order)) :]
        positioned = units + self.position
        encoded, latent = positioned[:, visible], positioned[:, masked]
        for block in self.encoder:
            encoded = block(encoded, encoded)
        with torch.no_grad():
            for block in self.momentum:
                latent = block(latent, latent)
            tokens = functional.gumbel_softmax(self.tokenizer(units[:, masked]), hard=True).argmax(dim=-1)
        predicted = (self.mask_token + self.position[:, masked]).expand(len(eeg), -1, -1)
        for block in self.regressor:
            predicted = block(predicted, encoded)
        scores = self.tokenizer(predicted).flatten(0, 1)
        return 4 * functional.mse_loss(predicted, latent) + 2 * functional.cross_entropy(
            scores, tokens.flatten(), label_smoothing=0.2
        )


def plain(eeg: Tensor) -> Callable[[], object]:
    """Return a function that runs ``STEPS`` plain training steps."""
    model = Plain().train()
    model.momentum.eval()
    optimizer = torch.optim.AdamW([p for p in model.parameters() if p.requires_grad], lr=5e-4)

    def work() -> None:
        for _ in range(STEPS):
            optimizer.zero_grad()
            loss = model(eeg)
            loss.backward()
            optimizer.step()
            with torch.no_grad():
                for slow, fast in zip(model.momentum.parameters(), model.encoder.parameters(), strict=True):
                    slow.mul_(0.99).add_(fast, alpha=0.01)
            loss.item()

    return work


def ours(eeg: np.ndarray, precision: Any, run: PlainRun) -> Callable[[], object]:
    """Return a function that runs ``STEPS`` training steps of the component at a precision."""
    run.precision = precision
    learner = LatentMaskedModel(regression_weight=4.0, token_weight=2.0, smoothing=0.2, gumbel=True, shared_mask=True)
    size = TimeSize(CHANNELS, SAMPLES // UNIT, UNIT, WIDTH, BLOCKS, HEADS, 0.2)
    network = MaskedModel(size, REGRESSOR, CODEWORDS, gumbel=True).train()
    optimizer = Optimizer(network, Schedule(1, BATCH, 5e-4, 0.01), run, "latent masked model")
    loss = learner.loss(network, eeg, torch.Generator().manual_seed(0), run)

    def work() -> None:
        for _ in range(STEPS):
            float(optimizer.step(np.arange(BATCH), loss))
            network.follow(0.99)

    return work


def raw(precision: torch.dtype) -> Callable[[], object]:
    """Return a function that computes the products of a feed-forward layer, which bound the gain of a precision."""
    x, weight = torch.randn(BATCH * 82, WIDTH, dtype=precision), torch.randn(4 * WIDTH, WIDTH, dtype=precision)
    wide = torch.randn(BATCH * 82, 4 * WIDTH, dtype=precision)
    return lambda: [(functional.linear(x, weight), wide @ weight, wide.T @ x) for _ in range(5)]


def main() -> None:
    """Run the measurements and print them."""
    torch.set_num_threads(2)
    products = {"fp32": raw(torch.float32), "bf16": raw(torch.bfloat16)}
    for work in products.values():
        work()  # warm-up
    times = interleaved(products, REPEATS)
    gain = [fp32 / bf16 for fp32, bf16 in zip(times["fp32"], times["bf16"], strict=True)]
    print(f"matrix products alone, bf16: {spread(gain, 'times the fp32 rate')}")
    eeg = np.random.default_rng(0).standard_normal((BATCH, CHANNELS, SAMPLES)).astype(np.float32)
    works = {"plain PyTorch, fp32": plain(torch.from_numpy(eeg))}
    works |= {f"eegrecon, {precision}": ours(eeg, precision, PlainRun(Path())) for precision in ("fp32", "bf16")}
    for work in works.values():
        work()  # warm-up
    seconds = interleaved(works, REPEATS)
    print(f"step of latent masked modelling, width {WIDTH}, {BLOCKS} + {REGRESSOR} blocks, batch {BATCH}, 2 threads")
    print(f"  CPU flags: {flags()}")
    reference = seconds["plain PyTorch, fp32"]
    for name, durations in seconds.items():
        ratio = [plain_time / time for plain_time, time in zip(reference, durations, strict=True)]
        print(f"  {name:20} {spread([time / STEPS for time in durations]):36} {spread(ratio, 'times the plain rate')}")


if __name__ == "__main__":
    main()
