from __future__ import annotations

import numpy as np
import pytest

from eegrecon_audits.decoders.spectral import BANDS, band_power, slow_coefficients

SFREQ = 100.0
TIME = np.arange(200) / SFREQ


@pytest.mark.parametrize(("frequency", "band"), [(2.0, "delta"), (10.0, "alpha"), (20.0, "beta"), (40.0, "gamma")])
def test_a_sine_has_its_power_in_its_band(frequency: float, band: str) -> None:
    power = band_power(np.sin(2 * np.pi * frequency * TIME)[None, None], SFREQ)  # one channel, five bands
    assert power.argmax() == list(BANDS).index(band)


def test_slow_coefficients_hold_the_mean_and_slow_amplitudes_only() -> None:
    eeg = 3.0 + 2 * np.cos(2 * np.pi * 1.0 * TIME) + 9 * np.cos(2 * np.pi * 20.0 * TIME)
    coefficients = slow_coefficients(eeg[None, None], SFREQ)
    assert coefficients.shape == (1, 10 + 9)  # real parts of 0 to 4.5 Hz, imaginary parts of 0.5 to 4.5 Hz
    assert coefficients[0, :3] == pytest.approx([3.0, 0.0, 1.0], abs=1e-9)
    assert np.abs(coefficients[0, 3:]).max() < 1e-9
