"""The views of the EEG against closed forms, and against pyriemann."""

from __future__ import annotations

import numpy as np
import pytest
from pyriemann.estimation import Covariances
from pyriemann.tangentspace import TangentSpace

from eegrecon import Arrays, Trials
from eegrecon.preprocessing import noise_covariance, whitening
from eegrecon_baselines.linear.spatial import SHRINK
from eegrecon_baselines.linear.views import VIEWS, View

SFREQ = 200.0
LABEL = np.arange(150) % 3


def trials(eeg: np.ndarray) -> Trials:
    rows = np.arange(len(eeg))
    return Trials(eeg.astype(np.float32), np.ones(len(eeg), int), rows, LABEL, rows)


def learned_by(view: View, eeg: np.ndarray) -> Arrays:
    """Return what a view learns of trials with the labels above."""
    return view.learn(trials(eeg), noise_covariance(eeg.astype(np.float32), LABEL), SFREQ)


def mixed(seed: int = 0, channels: int = 4) -> np.ndarray:
    """Noise that is mixed over channels, on a mean response of each class, (150, channels, 60)."""
    rng = np.random.default_rng(seed)
    mixing = np.random.default_rng(99).standard_normal((channels, channels))
    response = np.random.default_rng(98).standard_normal((3, channels, 60))
    return mixing @ rng.standard_normal((len(LABEL), channels, 60)) + response[LABEL]


def test_the_noise_covariance_is_that_about_the_class_means() -> None:
    eeg = mixed()
    residual = eeg - np.stack([eeg[label == LABEL].mean(axis=0) for label in range(3)])[LABEL]
    flat = residual.transpose(1, 0, 2).reshape(4, -1)
    assert noise_covariance(eeg, LABEL) == pytest.approx(flat @ flat.T / flat.shape[1])


def test_the_filter_whitens_but_for_its_shrinkage() -> None:
    covariance = np.diag([4.0, 1.0, 1.0, 0.0])  # mean 1.5, of which .01 is added
    assert whitening(covariance, SHRINK) == pytest.approx(np.diag((np.diag(covariance) + 0.015) ** -0.5))


def test_the_evoked_response_is_the_mean_of_whitened_pieces() -> None:
    eeg = mixed()
    view = VIEWS["evoked"]
    learned = learned_by(view, eeg)  # 20 ms are 4 of the 60 samples
    pieces = (learned["filter"] @ eeg.astype(np.float32)).reshape(150, 4, 15, 4).mean(axis=3)
    assert learned["filter"] == pytest.approx(whitening(noise_covariance(eeg, LABEL), SHRINK), abs=1e-5)
    assert view.of(learned, eeg.astype(np.float32)) == pytest.approx(pieces.reshape(150, -1), abs=1e-6)


def test_a_sine_has_its_power_in_its_band() -> None:
    view, time = VIEWS["band-power"], np.arange(200) / SFREQ
    learned = learned_by(view, mixed(channels=1))
    for frequency, band in ((2.0, 0), (12.0, 2), (42.0, 8), (77.0, 15)):
        power = view.of(learned, np.sin(2 * np.pi * frequency * time)[None, None])
        assert power.shape == (1, 16)  # 0 to 80 Hz in steps of 5
        assert power.argmax() == band


def test_twice_the_amplitude_is_four_times_the_power() -> None:
    view = VIEWS["band-power"]
    eeg = mixed()
    learned = learned_by(view, eeg)
    assert view.of(learned, 2 * eeg) - view.of(learned, eeg) == pytest.approx(np.log(4), abs=1e-6)


def test_the_covariance_is_pyriemanns_tangent_vector() -> None:
    eeg, view = mixed(), VIEWS["covariance"]
    learned = learned_by(view, eeg)
    covariances = Covariances("oas").fit_transform(learned["components"] @ eeg)
    tangent = TangentSpace({"mean": "logeuclid", "map": "riemann"})
    assert view.of(learned, eeg) == pytest.approx(tangent.fit_transform(covariances), abs=1e-5)


def test_the_distance_of_tangent_vectors_at_the_reference_is_the_riemannian_one() -> None:
    """A trial whose covariance is k times the reference lies log k along the identity."""
    view = VIEWS["covariance"]
    learned = {"components": np.eye(2), "floor": np.array(0.0), "reference": np.diag([1.0, 4.0])}
    signs = np.array([[1.0, 1.0, -1.0, -1.0], [1.0, -1.0, 1.0, -1.0]]) * np.array([[1.0], [2.0]])
    eeg = np.tile(signs, (1, 5000))[None]  # covariance diag(1, 4); with so many samples hardly shrunk
    assert view.of(learned, np.sqrt(3.0) * eeg)[0] == pytest.approx([np.log(3), 0, np.log(3)], abs=1e-2)


@pytest.mark.parametrize("name", VIEWS)
def test_views_of_few_samples_and_of_silence_are_finite(name: str) -> None:
    eeg = mixed()[:, :, :3]
    learned = learned_by(VIEWS[name], eeg)
    assert np.isfinite(VIEWS[name].of(learned, np.zeros((2, 4, 3)))).all()
    constant = learned_by(VIEWS[name], np.zeros((150, 4, 3)))
    assert np.isfinite(VIEWS[name].of(constant, np.zeros((2, 4, 3)))).all()
