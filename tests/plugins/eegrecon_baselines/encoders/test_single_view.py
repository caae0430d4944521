"""Band power and evoked response against views computed by scipy and the discriminant of scikit-learn."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power
from scipy.signal import periodogram
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.preprocessing import StandardScaler

from eegrecon import Features, Training
from eegrecon.testing import PlainRun
from eegrecon_baselines.encoders.single_view import BandPower, EvokedLda, SingleView
from eegrecon_baselines.linear import reading
from eegrecon_baselines.linear.discriminant import SHRINKAGES

SFREQ = 200.0


def whitened(data: Training) -> Callable[[np.ndarray], np.ndarray]:
    """Return the whitening of the noise about the class means, with 1 % of the mean variance added."""
    eeg, label = np.asarray(data.train.eeg, float), data.train.label
    noise = eeg - np.stack([eeg[label == one].mean(axis=0) for one in range(3)])[label]
    covariance = np.einsum("nct,ndt->cd", noise, noise) / (noise.shape[0] * noise.shape[2])
    ridge = 0.01 * np.trace(covariance) / 4 * np.eye(4)
    root = fractional_matrix_power(covariance + ridge, -0.5)
    return lambda trials: np.einsum("cd,ndt->nct", root, np.asarray(trials, float))


def pieces(trials: np.ndarray) -> np.ndarray:
    """20 ms are 4 of the 60 samples."""
    return np.stack([part.mean(axis=2) for part in np.split(trials, 15, axis=2)], axis=2)


def bands(trials: np.ndarray) -> np.ndarray:
    """Return log power in bands of 5 Hz; scipy's periodogram is one-sided, with a factor that cancels."""
    window = np.hanning(62)[1:-1]
    frequency, power = periodogram(trials, SFREQ, window, detrend=False, return_onesided=False, axis=2)
    inside = (frequency >= 0) & (frequency < 80)
    group = (frequency // 5)[inside]
    return np.log(np.stack([power[:, :, inside][:, :, group == one].mean(axis=2) for one in np.unique(group)], axis=2))


def reference(data: Training, view: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Return the standardised view of the validation trials and the scores of the best of scikit-learn's models."""
    white = whitened(data)
    train, val = (view(white(trials.eeg)).reshape(len(trials.label), -1) for trials in (data.train, data.val))
    scaler = StandardScaler().fit(train)
    train, val = scaler.transform(train), scaler.transform(val)
    models = [LinearDiscriminantAnalysis(solver="lsqr", shrinkage=s).fit(train, data.train.label) for s in SHRINKAGES]
    best = max(models, key=lambda model: model.score(val, data.val.label))
    return val, best.decision_function(val)


@pytest.mark.parametrize("held", [0, reading.HELD])
@pytest.mark.parametrize(
    ("encoder", "view", "evoked", "induced"), [(BandPower(), bands, 0.0, 1.0), (EvokedLda(), pieces, 0.2, 0.0)]
)
def test_the_features_are_those_of_scipy_and_scikit_learn(
    world: Any,
    run: PlainRun,
    encoder: SingleView,
    view: Callable[[np.ndarray], np.ndarray],
    evoked: float,
    induced: float,
    held: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading, "HELD", held)
    data = world.training(evoked, induced)
    features = encoder.encode(encoder.fit(data, run), data.val.signals(), run)
    embedding, scores = reference(data, view)
    assert features.embedding == pytest.approx(embedding, abs=1e-4)
    scale = np.median(scores / features.logits)  # one number for all scores
    assert scale * features.logits == pytest.approx(scores, rel=1e-4, abs=1e-3)
    assert features.logits.std(axis=1).mean() == pytest.approx(1.0, rel=0.2)  # within the training trials it is 1
    assert np.mean(scores.argmax(axis=1) == data.val.label) > 0.7


def test_each_is_blind_to_what_the_other_sees(world: Any, run: PlainRun) -> None:
    for encoder, evoked, induced in ((BandPower(), 0.2, 0.0), (EvokedLda(), 0.0, 1.0)):
        test = world.trials(300, evoked, induced, seed=12)
        features: Features = encoder.encode(encoder.fit(world.training(evoked, induced), run), test.signals(), run)
        assert features.logits is not None
        assert np.mean(features.logits.argmax(axis=1) == test.label) < 0.5  # chance .333
