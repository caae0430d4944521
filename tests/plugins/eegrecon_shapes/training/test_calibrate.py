"""The linear readers of the simulated EEG: that they read, and what they find in the default recording."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from eegrecon_shapes.training.calibrate import AIMS, coordinates, discriminants, read, table
from eegrecon_shapes.world.pictures import ATTRIBUTES
from eegrecon_shapes.world.recording import SimulatedRecording


def test_the_default_recording_holds_the_stated_amount_of_attributes() -> None:
    found = read(SimulatedRecording(), 1, ("shape", "colour", "size"), ("evoked",))
    assert [key for key, share in found.items() if not AIMS[key][0] <= share <= AIMS[key][1]] == []


def test_the_reader_is_a_linear_discriminant_with_a_shrunken_covariance() -> None:
    rng = np.random.default_rng(0)
    label = np.arange(90) % 3
    view = rng.standard_normal((120, 8)) + np.eye(3, 8)[np.arange(120) % 3]
    ours = discriminants(view[:90], label, 3, view[90:], (0.3,))[0]
    within = np.concatenate([view[:90][label == one] - view[:90][label == one].mean(axis=0) for one in range(3)])
    covariance = 0.7 * within.T @ within / 87 + 0.3 * np.eye(8) * np.square(within).sum() / 87 / 8
    theirs = LinearDiscriminantAnalysis(solver="lsqr", covariance_estimator=Fixed(covariance)).fit(view[:90], label)
    expected = theirs.decision_function(view[90:])
    assert ours - ours.mean(axis=1, keepdims=True) == pytest.approx(expected - expected.mean(axis=1, keepdims=True))


class Fixed:
    """An estimator of scikit-learn that returns one covariance."""

    def __init__(self, covariance: np.ndarray) -> None:
        self.covariance_ = covariance

    def fit(self, _: np.ndarray) -> Fixed:
        """Return itself."""
        return self


def test_reduced_coordinates_keep_all_distances_between_training_trials() -> None:
    view = np.random.default_rng(1).standard_normal((30, 200))
    train = np.arange(20)
    reduced = coordinates(view, train)
    standard = (view - view[train].mean(axis=0)) / view[train].std(axis=0)
    before = np.linalg.norm(standard[train][:, None] - standard[train], axis=2)
    after = np.linalg.norm(reduced[train][:, None] - reduced[train], axis=2)
    assert reduced.shape == (30, 19)
    assert after / after.max() == pytest.approx(before / before.max())


def test_the_table_fits_80_columns_and_marks_what_misses_its_aim() -> None:
    shares = {(name, reader): 0.6 for name in ATTRIBUTES for reader in ("evoked", "power", "both")}
    lines = table([shares, shares | {("size", "evoked"): 1.0}])
    assert max(map(len, lines)) <= 80
    assert {line.split()[0] for line in lines if "*" in line} == {"class", "size"}
