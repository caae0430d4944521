"""The time branch as torch modules: units, encoder, and latent masked modelling around it.

Source: BrainVis, arXiv:2312.14871, and the published checkpoints (RomGai/BrainVis at 129b8c2), whose outputs these
modules reproduce (tests/golden).
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon_brainvis.networks.blocks import Stack

REGRESSOR_DROPOUT = 0.1  # published code
START = 0.02  # initial deviation of position embedding and mask token; ours, so that positions do not dominate the EEG


@dataclass(frozen=True)
class TimeSize:
    """Sizes of a trunk; a trial has ``units`` units of ``unit`` samples."""

    channels: int
    units: int
    unit: int
    width: int
    blocks: int
    heads: int
    dropout: float


class Trunk(nn.Module):
    """EEG cut into units, embedded with their positions and encoded by transformer blocks."""

    def __init__(self, size: TimeSize) -> None:
        super().__init__()
        self.units = nn.Conv1d(size.channels, size.width, size.unit, stride=size.unit)
        self.position = nn.Parameter(START * torch.randn(size.units, size.width))
        self.encoder = Stack(size.blocks, size.width, size.heads, size.dropout)

    def cut(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> units without place (n, units, width).

        The convolution of the checkpoints, whose pieces do not overlap, written as a matrix product.
        """
        (size,) = self.units.kernel_size
        n, channels, samples = eeg.shape
        pieces = eeg[..., : samples // size * size].reshape(n, channels, -1, size)  # (n, channels, units, unit)
        return functional.linear(pieces.transpose(1, 2).flatten(2), self.units.weight.flatten(1), self.units.bias)

    def forward(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> encoded units (n, units, width)."""
        encoded: Tensor = self.encoder(self.cut(eeg) + self.position)
        return encoded


class TimeNetwork(nn.Module):
    """The time branch: the mean encoded unit, and class scores from it."""

    def __init__(self, size: TimeSize, classes: int) -> None:
        super().__init__()
        self.trunk = Trunk(size)
        self.head = nn.Linear(size.width, classes)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> feature (n, width), class scores (n, classes)."""
        feature = self.trunk(eeg).mean(dim=1)
        return feature, self.head(feature)


@dataclass(frozen=True, eq=False)
class Guess:
    """The predicted and the true masked units; ``m`` is the number of masked units per trial."""

    prediction: Tensor  # (n, m, width), from the visible units
    target: Tensor  # (n, m, width), the momentum encoder's, without gradient
    scores: Tensor | None  # (n, m, codewords), the prediction read by the tokenizer; None without codebook
    tokens: Tensor | None  # (n, m), the codeword of each masked unit itself


class MaskedModel(nn.Module):
    """Latent masked modelling: prediction of the output of a momentum copy of the encoder on the masked units.

    With ``gumbel``, training draws the codeword of a masked unit by its scores instead of taking the best.
    """

    def __init__(self, size: TimeSize, regressor_blocks: int, codewords: int, *, gumbel: bool = False) -> None:
        super().__init__()
        self.gumbel = gumbel
        self.trunk = Trunk(size)
        self.momentum = deepcopy(self.trunk.encoder).requires_grad_(False)
        self.regressor = Stack(regressor_blocks, size.width, size.heads, REGRESSOR_DROPOUT)
        self.mask_token = nn.Parameter(START * torch.randn(size.width))
        self.tokenizer = nn.Linear(size.width, codewords) if codewords else None

    def train(self, mode: bool = True) -> MaskedModel:
        """Set the mode, but keep the momentum encoder, whose output is a target, in evaluation mode."""
        super().train(mode)
        self.momentum.eval()
        return self

    @torch.no_grad()
    def tokens(self, units: Tensor) -> Tensor:
        """Units without place (n, u, width) -> the codeword of each (n, u)."""
        if self.tokenizer is None:
            raise ValueError("this model has no codebook; build it with codewords above 0")
        scores: Tensor = self.tokenizer(units)
        if self.gumbel and self.training:  # the best after this noise is a draw from the softmax of the scores
            scores = scores - torch.empty_like(scores).exponential_().log()
        return scores.argmax(dim=-1)

    def forward(self, eeg: Tensor, visible: Tensor, masked: Tensor) -> Guess:
        """EEG (n, channels, samples), visible units (n, v) and masked units (n, m) of each trial -> Guess."""
        units = self.trunk.cut(eeg)
        placed = units + self.trunk.position
        with torch.no_grad():
            target = self.momentum(pick(placed, masked))
        queries = self.mask_token + self.trunk.position[masked]  # (n, m, width)
        prediction = self.regressor(queries, self.trunk.encoder(pick(placed, visible)))
        if self.tokenizer is None:
            return Guess(prediction, target, None, None)
        return Guess(prediction, target, self.tokenizer(prediction), self.tokens(pick(units, masked)))

    @torch.no_grad()
    def follow(self, momentum: float) -> None:
        """Update the momentum encoder: ``momentum`` times its weights plus the rest times the encoder's."""
        for slow, fast in zip(self.momentum.parameters(), self.trunk.encoder.parameters(), strict=True):
            slow.lerp_(fast, 1 - momentum)


def pick(units: Tensor, rows: Tensor) -> Tensor:
    """Return some units of each trial: (n, u, width), (n, k) -> (n, k, width)."""
    return units.gather(1, rows.unsqueeze(-1).expand(-1, -1, units.shape[-1]))


def hide(trials: int, units: int, share: float, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Return a random mask for each trial: visible (trials, v), masked (trials, m), m = floor(share * units)."""
    order = torch.rand(trials, units, generator=generator).argsort(dim=1)
    masked = int(share * units)
    return order[:, masked:], order[:, :masked]


def regression_loss(guess: Guess) -> Tensor:
    """Return the mean squared error between predicted and true latent units."""
    return functional.mse_loss(guess.prediction, guess.target)


def token_loss(guess: Guess, smoothing: float) -> Tensor:
    """Return the cross entropy between the prediction's token scores and the codewords of the masked units."""
    if guess.scores is None or guess.tokens is None:
        raise ValueError("there is no token loss without a codebook")
    return functional.cross_entropy(guess.scores.flatten(0, 1), guess.tokens.flatten(), label_smoothing=smoothing)
