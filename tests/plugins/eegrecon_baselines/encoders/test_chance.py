"""The prior against scikit-learn's."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.dummy import DummyClassifier

from eegrecon.testing import PlainRun
from eegrecon_baselines.encoders.chance import Chance


def test_the_scores_are_those_of_scikit_learns_prior(world: Any, run: PlainRun) -> None:
    data = world.training(3.0, 3.0)
    label = np.minimum(data.train.label, np.arange(150) % 2)  # unequal shares of two of the three classes
    data = replace(data, train=replace(data.train, label=label))
    test = world.trials(20, 3.0, 3.0, seed=12)
    features = Chance().encode(Chance().fit(data, run), test.signals(), run)
    prior = DummyClassifier(strategy="prior").fit(np.zeros((150, 1)), label)
    assert features.logits is not None
    assert features.logits[:, :2] == pytest.approx(prior.predict_log_proba(np.zeros((20, 1))))
    assert (features.logits[:, 2] < -700).all()  # never chosen, and finite
    assert features.embedding.shape == (20, 1)
