"""A long short-term memory over the samples of a trial."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Recurrent(nn.Module):
    """One LSTM over time, a linear layer with ReLU on its last step (the embedding), and a linear layer."""

    def __init__(self, channels: int, hidden: int, width: int, classes: int) -> None:
        super().__init__()
        self.lstm = nn.LSTM(channels, hidden, batch_first=True)
        self.output = nn.Linear(hidden, width)
        self.classifier = nn.Linear(width, classes)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> embedding (n, width), class scores (n, classes)."""
        steps, _ = self.lstm(eeg.transpose(1, 2))  # (n, samples, hidden)
        embedding = torch.relu(self.output(steps[:, -1]))
        return embedding, self.classifier(embedding)
