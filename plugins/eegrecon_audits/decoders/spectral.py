"""Spectral features of EEG: its slowest Fourier coefficients, and its power in the conventional bands."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from eegrecon import Rows
from eegrecon.preprocessing import chunks

Array = NDArray[np.float64]
SLOW = 5.0  # Hz; drifts of the resting potential and of electrodes lie below
BANDS = {"delta": (1.0, 4.0), "theta": (4.0, 8.0), "alpha": (8.0, 13.0), "beta": (13.0, 30.0), "gamma": (30.0, 80.0)}


def slow_coefficients(eeg: Rows, sfreq: float) -> Array:
    """Return the Fourier coefficients below `SLOW` of every channel, the mean included: (n, features)."""
    return _in_chunks(eeg, lambda chunk: _slow_coefficients(chunk, sfreq))


def band_power(eeg: Rows, sfreq: float) -> Array:
    """Return the log power of every channel in every band that contains a frequency of the window: (n, features)."""
    return _in_chunks(eeg, lambda chunk: _band_power(chunk, sfreq))


def _in_chunks(eeg: Rows, features: Callable[[Array], Array]) -> Array:
    return np.concatenate([features(np.asarray(trials, np.float64)) for _, trials in chunks(eeg)])


def _slow_coefficients(eeg: Array, sfreq: float) -> Array:
    coefficients = np.fft.rfft(eeg, axis=2) / eeg.shape[2]
    kept = coefficients[:, :, np.fft.rfftfreq(eeg.shape[2], 1 / sfreq) < SLOW]  # (n, c, frequencies)
    parts = np.concatenate([kept.real, kept.imag[:, :, 1:]], axis=2)
    return np.asarray(parts.reshape(len(eeg), -1))


def _band_power(eeg: Array, sfreq: float) -> Array:
    energy = np.square(np.abs(np.fft.rfft(eeg, axis=2)))  # (n, c, frequencies)
    frequency = np.fft.rfftfreq(eeg.shape[2], 1 / sfreq)
    inside = [(frequency >= low) & (frequency < high) for low, high in BANDS.values()]
    bands = [energy[:, :, band].mean(axis=2) for band in inside if band.any()]
    return np.log(np.concatenate(bands, axis=1) + 1e-12)
