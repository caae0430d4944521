"""The frequency branch as a torch module: amplitude spectra read as a sequence of frequencies.

Source: BrainVis, arXiv:2312.14871, and the published checkpoints (RomGai/BrainVis at 129b8c2).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional


def amplitude(eeg: Tensor, bins: int | None = None) -> Tensor:
    """(n, channels, samples) -> amplitude of bins 1 to samples // 2 (n, bins, channels), or the lowest; no DC.

    Computed in float32 at every precision, because half precision transforms are not supported everywhere.
    """
    with torch.autocast(eeg.device.type, enabled=False):
        spectrum: Tensor = torch.fft.rfft(eeg.float(), dim=2)  # (n, channels, 1 + samples // 2), complex
    return spectrum[:, :, 1 : None if bins is None else 1 + bins].abs().transpose(1, 2)


class Standard(nn.Module):
    """Standardisation of spectra by mean and standard deviation of the training trials."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, bins: int, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(bins, channels))
        self.register_buffer("deviation", torch.ones(bins, channels))

    def forward(self, spectrum: Tensor) -> Tensor:
        """(n, bins, channels) -> the same shape, without unit."""
        return (spectrum - self.mean) / self.deviation


def spectrum_of(eeg: Tensor, standard: Standard | None) -> Tensor:
    """(n, channels, samples) -> amplitude (n, bins, channels), standardised if there is a standard."""
    if standard is None:
        return amplitude(eeg)
    standardised: Tensor = standard(amplitude(eeg, len(standard.mean)))
    return standardised


class FrequencyNetwork(nn.Module):
    """An LSTM over the spectrum, from low to high; the feature is computed from its last state."""

    def __init__(self, channels: int, hidden: int, width: int, classes: int) -> None:
        super().__init__()
        self.standard: Standard | None = None
        self.lstm = nn.LSTM(channels, hidden, batch_first=True)
        self.output = nn.Linear(hidden, width)
        self.head = nn.Linear(width, classes)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> feature (n, width), class scores (n, classes)."""
        _, (last, _) = self.lstm(spectrum_of(eeg, self.standard))
        feature = torch.relu(self.output(last[-1]))
        return feature, self.head(feature)


class ConvolutionalNetwork(nn.Module):
    """Convolutions along the spectrum; the feature is computed from the mean over the remaining frequencies."""

    def __init__(self, channels: int, widths: Sequence[int], kernel: int, width: int, classes: int) -> None:
        super().__init__()
        self.standard: Standard | None = None
        sizes = pairwise((channels, *widths))
        self.layers = nn.ModuleList(nn.Conv1d(before, after, kernel, padding="same") for before, after in sizes)
        self.output = nn.Linear(widths[-1], width)
        self.head = nn.Linear(width, classes)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> feature (n, width), class scores (n, classes)."""
        x = spectrum_of(eeg, self.standard).transpose(1, 2)  # (n, channels, bins)
        for layer in self.layers:
            x = functional.max_pool1d(torch.relu(layer(x)), 2, ceil_mode=True)
        feature = torch.relu(self.output(x.mean(dim=2)))
        return feature, self.head(feature)


@torch.no_grad()
def remember(lstm: nn.LSTM, steps: int) -> None:
    """Set an LSTM's gate biases so that it forgets over 1 to ``steps`` steps, before training.

    Source: Tallec and Ollivier, Can recurrent neural networks warp time?, arXiv:1804.11188, Eq. 16.
    """
    hidden = lstm.hidden_size
    biases = dict(lstm.named_parameters())
    keep = torch.log(1 + torch.rand(hidden) * max(steps - 2, 0))
    biases["bias_hh_l0"][: 2 * hidden] = 0.0
    biases["bias_ih_l0"][hidden : 2 * hidden] = keep  # forget gates
    biases["bias_ih_l0"][:hidden] = -keep  # input gates
