"""DreamDiffusion's EEG encoder, its masked autoencoder, and what turns its output into tokens.

Source: DreamDiffusion, Bai et al., arXiv:2306.16934, sections 3.1 and 3.2; sizes of the published code
(bbaaii/DreamDiffusion, code/sc_mbm/mae_for_eeg.py and code/dc_ldm/ldm_for_eeg.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from timm.models.vision_transformer import Block
from torch import Tensor, nn
from torch.nn import functional

from eegrecon_brainvis.networks.time import hide, pick


@dataclass(frozen=True)
class SignalSize:
    """Sizes of an encoder; a trial has ``units`` units of ``unit`` samples."""

    channels: int
    units: int
    unit: int
    width: int
    blocks: int
    heads: int
    ratio: float  # of a block's hidden layer to its width


class SignalEncoder(nn.Module):
    """A vision transformer over units of EEG in time, with fixed positions.

    The published class also has a class token, which its fine-tuning does not use, and a mask token; here neither.
    """

    positions: Tensor

    def __init__(self, size: SignalSize) -> None:
        super().__init__()
        self.embed = nn.Conv1d(size.channels, size.width, size.unit, stride=size.unit)
        self.register_buffer("positions", sines(size.units, size.width))
        self.blocks = nn.ModuleList(
            Block(size.width, size.heads, size.ratio, qkv_bias=True) for _ in range(size.blocks)
        )
        self.norm = nn.LayerNorm(size.width)

    def forward(self, eeg: Tensor, visible: Tensor | None = None) -> Tensor:
        """EEG (n, channels, samples), visible units (n, v) or None for all -> (n, units or v, width)."""
        x = self.embed(eeg[..., : self.positions.shape[0] * self.embed.stride[0]]).transpose(1, 2) + self.positions
        if visible is not None:
            x = pick(x, visible)
        for block in self.blocks:
            x = block(x)
        encoded: Tensor = self.norm(x)
        return encoded


class MaskedAutoencoder(nn.Module):
    """Masked signal modelling: the samples of masked units, predicted from the encoded visible ones."""

    positions: Tensor

    def __init__(self, size: SignalSize, width: int, blocks: int) -> None:
        super().__init__()
        self.encoder, self.unit = SignalEncoder(size), size.unit
        self.narrow = nn.Linear(size.width, width)
        self.mask_token = nn.Parameter(0.02 * torch.randn(width))
        self.register_buffer("positions", sines(size.units, width))
        self.blocks = nn.ModuleList(Block(width, size.heads, 4.0, qkv_bias=True) for _ in range(blocks))
        self.norm, self.predict = nn.LayerNorm(width), nn.Linear(width, size.channels * size.unit)

    def loss(self, eeg: Tensor, share: float, draws: torch.Generator) -> Tensor:
        """Return the mean squared error on the masked units of EEG (n, channels, samples), a ``share`` of all."""
        n, units = len(eeg), len(self.positions)
        visible, masked = (rows.to(eeg.device) for rows in hide(n, units, share, draws))
        seen = self.narrow(self.encoder(eeg, visible)) + self.positions[visible]
        x = torch.cat([seen, self.mask_token + self.positions[masked]], dim=1)  # (n, units, width), masked last
        for block in self.blocks:
            x = block(x)
        guess = self.predict(self.norm(x[:, visible.shape[1] :]))
        return functional.mse_loss(guess, pick(pieces(eeg, units, self.unit), masked))


class AlignedEncoder(nn.Module):
    """The encoder under a layer that maps its units to the embedding of the picture, with a direction per class."""

    prototypes: Tensor

    def __init__(self, size: SignalSize, width: int, classes: int) -> None:
        super().__init__()
        self.encoder = SignalEncoder(size)
        self.pool, self.clip = nn.Conv1d(size.units, 1, 1), nn.Linear(size.width, width)
        self.register_buffer("prototypes", torch.zeros(classes, width))

    def units(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> encoded units (n, units, width)."""
        units: Tensor = self.encoder(eeg)
        return units

    def embedded(self, units: Tensor) -> Tensor:
        """Encoded units (n, units, width) -> the predicted embedding of the picture (n, width of it)."""
        embedding: Tensor = self.clip(self.pool(units)[:, 0])
        return embedding

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> predicted embedding, and its cosine to the direction of each class (n, classes)."""
        embedding = self.embedded(self.units(eeg))
        unit = functional.normalize(embedding, dim=1)
        return embedding, SHARPNESS * unit @ functional.normalize(self.prototypes, dim=1).T


SHARPNESS = 10.0  # of class scores, ours: cosines from -1 to 1 would make every softmax nearly flat


class TokenMapper(nn.Module):
    """Encoded units to conditioning tokens: linear from units to tokens, then from width to width."""

    def __init__(self, units: int, width: int, tokens: tuple[int, int]) -> None:
        super().__init__()
        between = max(1, units // 2)
        self.positions = nn.Sequential(nn.Conv1d(units, between, 1), nn.Conv1d(between, tokens[0], 1))
        self.widths = nn.Linear(width, tokens[1])

    def forward(self, units: Tensor) -> Tensor:
        """(n, units, width) -> (n, tokens, width of a token)."""
        mapped: Tensor = self.widths(self.positions(units))
        return mapped


def pieces(eeg: Tensor, units: int, unit: int) -> Tensor:
    """Return the samples of each unit: (n, channels, samples) -> (n, units, channels * unit)."""
    n, channels = eeg.shape[:2]
    return eeg[..., : units * unit].reshape(n, channels, units, unit).transpose(1, 2).flatten(2)


def sines(positions: int, width: int) -> Tensor:
    """Return fixed embeddings of positions (Vaswani et al., arXiv:1706.03762, section 3.5), (positions, width)."""
    rates = 10_000.0 ** (-torch.arange(width // 2) / (width / 2))
    angles = torch.arange(positions)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class MeanUnit(nn.Module):
    """The mean encoded unit of an encoder, without class scores."""

    def __init__(self, network: AlignedEncoder) -> None:
        super().__init__()
        self.network = network

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> (n, width), (n, 0)."""
        mean = self.network.units(eeg).mean(dim=1)
        return mean, mean[:, :0]
