"""The temporal-spatial convolution of NICE, and its projection."""

from __future__ import annotations

from torch import Tensor, nn

SFREQ = 250.0  # Hz, of the published networks: their kernels are in samples at this rate
FILTERS, KERNEL, POOL, STRIDE = 40, 25, 51, 5  # eeyhsong/NICE-EEG, nice_stand.py


class Downsampling(nn.Module):
    """Means of consecutive samples, so that kernels cover the time that they cover at 250 Hz."""

    def __init__(self, sfreq: float, samples: int) -> None:
        super().__init__()
        self.factor = max(1, min(round(sfreq / SFREQ), samples))
        self.samples = samples // self.factor  # left over

    def forward(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> (n, channels, fewer samples)."""
        return nn.functional.avg_pool1d(eeg, self.factor)


class TemporalSpatial(nn.Sequential):
    """Convolution over time, pooling, and convolution over all channels; kernels are shortened to short trials."""

    def __init__(self, channels: int, samples: int) -> None:
        kernel = min(KERNEL, samples)
        pool = min(POOL, samples - kernel + 1)
        super().__init__(
            nn.Unflatten(1, (1, channels)),  # (n, 1, channels, samples)
            nn.Conv2d(1, FILTERS, (1, kernel)),
            nn.AvgPool2d((1, pool), (1, STRIDE)),
            nn.BatchNorm2d(FILTERS),
            nn.ELU(),
            nn.Conv2d(FILTERS, FILTERS, (channels, 1)),
            nn.BatchNorm2d(FILTERS),
            nn.ELU(),
            nn.Dropout(0.5),
            nn.Conv2d(FILTERS, FILTERS, 1),  # (n, 40, 1, times)
            nn.Flatten(),
        )
        self.width = FILTERS * ((samples - kernel + 1 - pool) // STRIDE + 1)


class Projection(nn.Module):
    """A linear layer, a residual one with GELU and dropout, and layer normalisation."""

    def __init__(self, numbers: int, width: int) -> None:
        super().__init__()
        self.first = nn.Linear(numbers, width)
        self.second = nn.Linear(width, width)
        self.dropout, self.norm = nn.Dropout(0.5), nn.LayerNorm(width)

    def forward(self, features: Tensor) -> Tensor:
        """(n, numbers) -> (n, width)."""
        first = self.first(features)
        residual = self.dropout(self.second(nn.functional.gelu(first)))
        projected: Tensor = self.norm(first + residual)
        return projected
