"""Simulated background of the EEG: 1/f activity, alpha bursts, mains and electrode noise.

All in microvolts and of shape (n, channels, samples), drawn from the given generator.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from eegrecon_shapes.world.activity import GAMMA, GAMMA_WIDTH, GAMMA_WINDOW, SFREQ, Brain

Single = NDArray[np.float32]
BRAIN_NOISE = 4.0  # nAm, root mean square of each source in each direction
ALPHA = 21.0  # nAm, peak of a burst
MAINS = 1.0  # uV, amplitude at 50 Hz
ELECTRODES = 2.0  # uV, root mean square of the white noise of each electrode (contact, muscle, amplifier)


def shaped(
    n: int,
    rows: int,
    samples: int,
    spectrum: NDArray[np.float64],
    rng: np.random.Generator,
    mixing: NDArray[np.float64] | None = None,
) -> Single:
    """Return noise (n, rows, samples) of unit variance with the given amplitude spectrum (samples // 2 + 1,).

    With ``mixing`` (outputs, rows) the sum of all rows at each output, (n, outputs, samples), which takes less time for
    the coefficients of the spectrum than for the samples.
    """
    from scipy import fft

    used = spectrum > 1e-3 * spectrum.max()
    scale = spectrum[used] * samples / np.sqrt(2 * np.sum(spectrum[used] ** 2))
    parts = rng.standard_normal((n, rows, len(scale), 2), dtype=np.float32)
    if mixing is not None:
        flat = mixing.astype(np.float32) @ parts.reshape(n, rows, -1)
        parts = flat.reshape(n, len(mixing), len(scale), 2)
    complex_parts = np.zeros((*parts.shape[:2], len(spectrum)), dtype=np.complex64)
    complex_parts[..., used] = parts.view(np.complex64)[..., 0] * scale.astype(np.float32)
    return np.asarray(fft.irfft(complex_parts, samples, axis=2, workers=1), dtype=np.float32)


def pink(samples: int) -> NDArray[np.float64]:
    """Return the amplitude spectrum of ongoing activity: 1/f power between 3 and 95 Hz, little outside."""
    frequency = np.fft.rfftfreq(samples, 1 / SFREQ)
    inside = 1 / (1 + (3 / np.maximum(frequency, 0.1)) ** 4) / (1 + (frequency / 95) ** 8)
    return np.asarray(np.sqrt(inside / np.maximum(frequency, 1)))


def ongoing(mind: Brain, n: int, samples: int, rng: np.random.Generator) -> Single:
    """Return 1/f activity of the whole brain plus white electrode noise, (n, channels, samples)."""
    scalp = shaped(n, len(mind.noise), samples, pink(samples), rng, BRAIN_NOISE * mind.noise)
    scalp += np.float32(ELECTRODES) * rng.standard_normal(scalp.shape, dtype=np.float32)
    return scalp


def alpha(mind: Brain, n: int, samples: int, rng: np.random.Generator) -> Single:
    """Return one burst of 8 to 12 Hz per occipital site and trial, at a random time and phase."""
    time = np.arange(samples) / SFREQ
    shape = (n, len(mind.alpha), 1)
    centre, width = rng.uniform(0, samples / SFREQ, shape), rng.uniform(0.06, 0.16, shape)
    frequency, phase = rng.normal(10, 0.6, shape), rng.uniform(0, 2 * np.pi, shape)
    strength = ALPHA * rng.gamma(2.0, 0.5, shape)
    bursts = strength * np.exp(-0.5 * ((time - centre) / width) ** 2) * np.cos(2 * np.pi * frequency * time + phase)
    return mind.alpha.T.astype(np.float32) @ bursts.astype(np.float32)


def mains(mind: Brain, n: int, samples: int, rng: np.random.Generator) -> Single:
    """Return 50 Hz of the mains, in phase on all electrodes, with a random phase per trial."""
    time = np.arange(samples) / SFREQ
    wave = MAINS * np.cos(2 * np.pi * 50 * time + rng.uniform(0, 2 * np.pi, (n, 1)))  # (n, samples)
    return (mind.mains[None, :, None] * wave[:, None]).astype(np.float32)


def gamma(n: int, samples: int, rng: np.random.Generator) -> Single:
    """Return induced rhythms, (n, bands, samples): narrow bands of random phase with a window after the picture."""
    frequency = np.fft.rfftfreq(samples, 1 / SFREQ)
    centre, width = GAMMA_WINDOW
    swell = np.exp(-0.5 * ((np.arange(samples) / SFREQ - centre) / width) ** 2).astype(np.float32)
    bands = [shaped(n, 1, samples, np.exp(-0.5 * ((frequency - middle) / GAMMA_WIDTH) ** 2), rng) for middle in GAMMA]
    return np.concatenate(bands, axis=1) * swell
