"""Trials as tensors on the run's device, and arithmetic at the run's precision."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

import numpy as np
import torch
from torch import Tensor

from eegrecon.interfaces.components import Run
from eegrecon.interfaces.data import Ints, Rows, Signals

_AUTOCAST = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


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
