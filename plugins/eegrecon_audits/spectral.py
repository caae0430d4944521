"""What EEG says apart from its waveform: its slowest part, and its power in the usual bands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eegrecon import Rows

Array = NDArray[np.float64]
SLOW = 5.0  # Hz; below, drifts of the resting potential and of electrodes
BANDS = {"delta": (1.0, 4.0), "theta": (4.0, 8.0), "alpha": (8.0, 13.0), "beta": (13.0, 30.0), "gamma": (30.0, 80.0)}
PIECE = 128  # trials read at a time


def slow(eeg: Rows, sfreq: float) -> Array:
    """Fourier coefficients below `SLOW` of every channel, the mean included: (n, features)."""
    return _by_pieces(eeg, lambda piece: _slow(piece, sfreq))


def power(eeg: Rows, sfreq: float) -> Array:
    """Logarithm of the power of every channel in every band that holds a frequency of the window: (n, features)."""
    return _by_pieces(eeg, lambda piece: _power(piece, sfreq))


def _by_pieces(eeg: Rows, features: Callable[[Array], Array]) -> Array:
    n = eeg.shape[0]
    pieces = [np.arange(start, min(start + PIECE, n)) for start in range(0, n, PIECE)]
    return np.concatenate([features(np.asarray(eeg[rows], np.float64)) for rows in pieces])


def _slow(eeg: Array, sfreq: float) -> Array:
    coefficients = np.fft.rfft(eeg, axis=2) / eeg.shape[2]
    kept = coefficients[:, :, np.fft.rfftfreq(eeg.shape[2], 1 / sfreq) < SLOW]  # (n, c, frequencies)
    parts = np.concatenate([kept.real, kept.imag[:, :, 1:]], axis=2)
    return np.asarray(parts.reshape(len(eeg), -1))


def _power(eeg: Array, sfreq: float) -> Array:
    energy = np.square(np.abs(np.fft.rfft(eeg, axis=2)))  # (n, c, frequencies)
    frequency = np.fft.rfftfreq(eeg.shape[2], 1 / sfreq)
    inside = [(frequency >= low) & (frequency < high) for low, high in BANDS.values()]
    bands = [energy[:, :, band].mean(axis=2) for band in inside if band.any()]
    return np.log(np.concatenate(bands, axis=1) + 1e-12)
