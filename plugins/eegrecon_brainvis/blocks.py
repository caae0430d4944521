"""Transformer blocks with scaled residuals, the building stone of the time branch.

A block starts as nearly the identity (post-norm, each sublayer multiplied by a learned scalar that begins at 1e-8), so
that depth is taken into use gradually. Source: BrainVis, arXiv:2312.14871; formula as in the published checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

START = 1e-8  # the residual scale before training; published code (RomGai/BrainVis at 129b8c2)


class Attention(nn.Module):
    """Multi-head attention of ``asking`` positions over ``asked`` ones."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width)
        self.value = nn.Linear(width, width)
        self.output = nn.Linear(width, width)

    def _split(self, x: Tensor) -> Tensor:
        n, positions, width = x.shape
        return x.view(n, positions, self.heads, width // self.heads).transpose(1, 2)  # (n, heads, positions, …)

    def forward(self, asking: Tensor, asked: Tensor) -> Tensor:
        """(n, a, width), (n, b, width) -> (n, a, width)."""
        query, key, value = (
            self._split(self.query(asking)),
            self._split(self.key(asked)),
            self._split(self.value(asked)),
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        output: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return output


class FeedForward(nn.Module):
    """Two linear layers, four times as wide between, with GELU."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.widen = nn.Linear(width, 4 * width)
        self.narrow = nn.Linear(4 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(n, positions, width) -> the same shape."""
        narrow: Tensor = self.narrow(functional.gelu(self.widen(x)))
        return narrow


class ScaledResidual(nn.Module):
    """``LayerNorm(x + dropout(scale * change))`` with a learned scalar."""

    def __init__(self, width: int, dropout: float) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.tensor(START))
        self.norm = nn.LayerNorm(width)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, change: Tensor) -> Tensor:
        """(n, positions, width) twice -> the same shape."""
        normed: Tensor = self.norm(x + self.dropout(self.scale * change))
        return normed


class Block(nn.Module):
    """Attention and feed-forward, each behind a scaled residual. Self-attention if nothing else is asked."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.attended = ScaledResidual(width, dropout)
        self.feedforward = FeedForward(width)
        self.fed = ScaledResidual(width, dropout)

    def forward(self, x: Tensor, asked: Tensor | None = None) -> Tensor:
        """(n, positions, width), other positions to read from -> (n, positions, width)."""
        x = self.attended(x, self.attention(x, x if asked is None else asked))
        fed: Tensor = self.fed(x, self.feedforward(x))
        return fed


class Stack(nn.ModuleList):
    """Blocks one after the other."""

    def __init__(self, blocks: int, width: int, heads: int, dropout: float) -> None:
        super().__init__(Block(width, heads, dropout) for _ in range(blocks))

    def forward(self, x: Tensor, asked: Tensor | None = None) -> Tensor:
        """(n, positions, width) -> the same shape; every block reads from ``asked``, if given."""
        for block in self:
            x = block(x, asked)
        return x
