"""Concatenated branches with one head, as a torch module."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


class JointNetwork(nn.Module):
    """The features of all branches concatenated, and class scores from them.

    A branch is any module whose ``forward`` gives (feature, class scores) for EEG; its own scores are not used here.
    Frozen branches take no gradient and stay in evaluation mode, so that their dropout is off.
    """

    def __init__(self, branches: Mapping[str, nn.Module], width: int, classes: int, *, frozen: bool) -> None:
        super().__init__()
        self.names = tuple(branches)
        self.frozen = frozen
        for name, branch in branches.items():
            self.add_module(name, branch.requires_grad_(not frozen))
        self.head = nn.Linear(width, classes)

    def train(self, mode: bool = True) -> JointNetwork:
        """Set the mode, but keep frozen branches in evaluation mode."""
        super().train(mode)
        if self.frozen:
            for name in self.names:
                self.get_submodule(name).eval()
        return self

    def features(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> (n, width)."""
        return torch.cat([self.get_submodule(name)(eeg)[0] for name in self.names], dim=1)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> embedding (n, width), class scores (n, classes)."""
        feature = self.features(eeg)
        return feature, self.head(feature)
