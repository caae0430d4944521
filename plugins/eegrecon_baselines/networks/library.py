"""A model of a library that returns class scores only, with the input of its last layer as embedding."""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn


class WithEmbedding(nn.Module):
    """A model (EEG -> class scores) that also returns what its ``final_layer`` receives, flattened."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.model = model

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> embedding (n, width), class scores (n, classes)."""
        received: list[Tensor] = []

        def keep(module: nn.Module, inputs: tuple[Any, ...]) -> None:
            received.append(inputs[0])

        last = self.model.get_submodule("final_layer").register_forward_pre_hook(keep)
        try:
            scores: Tensor = self.model(eeg)
        finally:
            last.remove()
        return received[0].flatten(1), scores
