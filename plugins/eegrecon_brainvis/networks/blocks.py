"""Transformer blocks with scaled residuals, of which the time branch is built.

A block starts as nearly the identity (post-norm, each sublayer multiplied by a learned scalar that begins at 1e-8), so
that depth is taken into use gradually. Source: BrainVis, arXiv:2312.14871; formula as in the published checkpoints.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

START = 1e-8  # the residual scale before training; published code (RomGai/BrainVis at 129b8c2)


class Attention(nn.Module):
    """Multi-head attention of query positions over memory positions."""

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

    def forward(self, queries: Tensor, memory: Tensor) -> Tensor:
        """(n, a, width), (n, b, width) -> (n, a, width)."""
        query, key, value = (
            self._split(self.query(queries)),
            self._split(self.key(memory)),
            self._split(self.value(memory)),
        )
        mixed = functional.scaled_dot_product_attention(query, key, value)
        output: Tensor = self.output(mixed.transpose(1, 2).flatten(2))
        return output


class FeedForward(nn.Module):
    """Two linear layers with GELU and four times the width between them."""

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
    """Attention and feed-forward, each behind a scaled residual. Self-attention without ``memory``."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads)
        self.attended = ScaledResidual(width, dropout)
        self.feedforward = FeedForward(width)
        self.fed = ScaledResidual(width, dropout)

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """(n, positions, width), other positions to attend to -> (n, positions, width)."""
        x = self.attended(x, self.attention(x, x if memory is None else memory))
        fed: Tensor = self.fed(x, self.feedforward(x))
        return fed


class Stack(nn.ModuleList):
    """A sequence of blocks."""

    def __init__(self, blocks: int, width: int, heads: int, dropout: float) -> None:
        super().__init__(Block(width, heads, dropout) for _ in range(blocks))

    def forward(self, x: Tensor, memory: Tensor | None = None) -> Tensor:
        """(n, positions, width) -> the same shape; every block attends to ``memory``, if given."""
        for block in self:
            x = block(x, memory)
        return x
