"""Trials as tensors on the run's device, their standardisation, and arithmetic at the run's precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor, nn

from eegrecon.interfaces.components import Run
from eegrecon.interfaces.data import Ints, Rows, Signals

_AUTOCAST = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
_PIECE = 128  # trials read at a time
_FLAT = 1e-7  # of the mean: a deviation below it is rounding


def batch_of(trials: Signals, rows: Ints, run: Run) -> Tensor:
    """Return the EEG of some trials: rows (b,) -> float32 (b, channels, samples) on the run's device."""
    return tensor_of(trials.eeg, rows, run)


def tensor_of(eeg: Rows, rows: Ints, run: Run) -> Tensor:
    """Return some rows (b,) of EEG: float32 (b, channels, samples) on the run's device."""
    return torch.from_numpy(np.require(eeg[rows], np.float32, ["C", "W"])).to(run.device)


def chunks(trials: int, size: int) -> Iterator[Ints]:
    """Yield all rows in order, ``size`` at a time."""
    for start in range(0, trials, size):
        yield np.arange(start, min(start + size, trials))


def autocast(run: Run) -> AbstractContextManager[object]:
    """Return the context in which networks compute at the run's precision."""
    half = run.precision != "fp32"
    return torch.autocast(torch.device(run.device).type, _AUTOCAST[run.precision] if half else None, enabled=half)


class Standardisation(nn.Module):
    """Each channel minus its mean, over its standard deviation; both are buffers, not trained."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(channels, 1))
        self.register_buffer("deviation", torch.ones(channels, 1))

    def forward(self, eeg: Tensor) -> Tensor:
        """(n, channels, samples) -> the same."""
        return (eeg - self.mean) / self.deviation


def standardised(network: nn.Module, channels: int, eeg: Rows | None = None) -> nn.Sequential:
    """Return a network behind a standardisation of its channels.

    Args:
        network: takes EEG (n, channels, samples).
        channels: their number.
        eeg: (n, channels, samples) training trials whose mean and deviation are taken; None where they are loaded.
    """
    layer = Standardisation(channels)
    if eeg is not None:
        mean, square = np.zeros(channels), np.zeros(channels)
        for rows in chunks(eeg.shape[0], _PIECE):
            trials = np.asarray(eeg[rows], np.float64)
            mean += trials.sum(axis=(0, 2))
            square += np.square(trials).sum(axis=(0, 2))
        count = eeg.shape[0] * eeg.shape[2]
        mean /= count
        deviation = np.sqrt(np.maximum(square / count - np.square(mean), 0))
        layer.mean.copy_(torch.from_numpy(mean)[:, None])
        flat = deviation <= _FLAT * np.abs(mean)
        layer.deviation.copy_(torch.from_numpy(np.where(flat, 1.0, deviation))[:, None])
    return nn.Sequential(layer, network)
