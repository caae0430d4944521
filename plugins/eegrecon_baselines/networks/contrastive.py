"""Contrastive learning: the symmetric InfoNCE loss, and classes by their nearest prototype."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

TEMPERATURE, COLDEST = 0.07, 0.01  # at the start, and the least that is learned: openai/CLIP


def info_nce(one: Tensor, other: Tensor, scale: Tensor) -> Tensor:
    """Return the mean of the cross entropies of rows and columns of ``scale * one @ other.T``, whose diagonal is true.

    Args:
        one: (n, width) of unit length.
        other: (n, width) of unit length.
        scale: one over the temperature.
    """
    likeness = scale * one @ other.T
    truth = torch.arange(len(one), device=one.device)
    return (functional.cross_entropy(likeness, truth) + functional.cross_entropy(likeness.T, truth)) / 2


class Contrastive(nn.Module):
    """A network with a learned temperature, whose class scores are cosines to the prototype of each class."""

    prototypes: Tensor

    def __init__(self, body: nn.Module, classes: int, width: int) -> None:
        super().__init__()
        self.body = body
        self.log_scale = nn.Parameter(torch.tensor(math.log(1 / TEMPERATURE)))
        self.register_buffer("prototypes", torch.zeros(classes, width))

    @property
    def scale(self) -> Tensor:
        """One over the temperature."""
        return self.log_scale.exp().clamp(max=1 / COLDEST)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> embedding (n, width), class scores (n, classes)."""
        embedding = self.body(eeg)
        scores = functional.normalize(embedding, dim=1) @ functional.normalize(self.prototypes, dim=1).T
        without = ~self.prototypes.any(dim=1)  # classes without a training trial
        return embedding, self.scale * scores.masked_fill(without, -1.0)
