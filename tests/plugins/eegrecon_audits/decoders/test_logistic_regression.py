from __future__ import annotations

import numpy as np

from eegrecon_audits.decoders.logistic_regression import predicted_classes


def test_separable_classes_are_predicted_with_and_without_validation_trials() -> None:
    rng = np.random.default_rng(0)
    label = np.arange(90) % 3
    features = 5 * np.eye(3)[label] + rng.standard_normal((90, 3))
    train, val, test = slice(0, 60), slice(60, 75), slice(75, 90)
    for part in (val, slice(0, 0)):
        predicted = predicted_classes(features[train], label[train], features[part], label[part], features[test])
        assert np.mean(predicted == label[test]) > 0.9


def test_a_single_training_class_is_predicted_everywhere() -> None:
    empty = np.zeros((0, 2))
    predicted = predicted_classes(np.zeros((4, 2)), np.full(4, 7), empty, np.zeros(0, np.int64), np.ones((3, 2)))
    assert predicted.tolist() == [7, 7, 7]
