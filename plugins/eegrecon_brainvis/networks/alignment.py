"""The alignment network as a torch module: from the encoder's output to the conditioning tokens of a diffusion model.

Source: BrainVis, arXiv:2312.14871, and the published checkpoints (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


class AlignmentNetwork(nn.Module):
    """Five tanh layers that alternate between two widths, and a linear one; layers of one width are connected.

    The activations of layers 1, 2 and 3 are added to the inputs of the tanh of layers 3, 4 and 5.
    """

    def __init__(self, inputs: int, widths: tuple[int, int], outputs: int) -> None:
        super().__init__()
        wide, narrow = widths
        sizes = (inputs, wide, narrow, wide, narrow, wide)
        self.layers = nn.ModuleList(nn.Linear(before, after) for before, after in pairwise(sizes))
        self.output = nn.Linear(wide, outputs)

    def forward(self, embedding: Tensor, scores: Tensor) -> Tensor:
        """(n, width), (n, classes) -> flattened tokens (n, tokens * width of a token)."""
        x = torch.cat([embedding, scores], dim=1)
        activations: list[Tensor] = []
        for layer in self.layers:
            bridge = activations[-2] if len(activations) >= 2 else 0
            x = torch.tanh(layer(x) + bridge)
            activations.append(x)
        tokens: Tensor = self.output(x)
        return tokens
