"""A recording of rest: three channels that wander, without any event."""

from __future__ import annotations

from pathlib import Path

import mne
import numpy as np


def write_rest(path: Path, seconds: float) -> np.ndarray:
    """Write a file of MNE and return its microvolts, (channels, samples)."""
    data = np.random.default_rng(0).standard_normal((3, round(seconds * 128))).cumsum(axis=1)
    raw = mne.io.RawArray(data * 1e-6, mne.create_info(3, 128.0, "eeg", verbose="error"), verbose="error")
    raw.save(path, verbose="error")
    return data
