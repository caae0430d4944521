"""The encoder riemann against the pipeline that a user of pyriemann would write."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pyriemann.estimation import XdawnCovariances
from pyriemann.tangentspace import TangentSpace
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eegrecon import MissingFiles, Trials
from eegrecon.testing import PlainRun
from eegrecon_baselines.encoders.riemann import Riemann


def rows_of(trials: Trials, kept: np.ndarray) -> Trials:
    return trials.take(np.flatnonzero(kept))


@pytest.mark.parametrize("classes", [[0, 1, 2], [0, 2]])  # all of them, and two of the three
def test_the_features_are_those_of_pyriemanns_pipeline(world: Any, run: PlainRun, classes: list[int]) -> None:
    data = world.training(0.3, 0.5)
    data = replace(data, train=rows_of(data.train, np.isin(data.train.label, classes)))
    encoder = Riemann(filters=3)
    features = encoder.encode(encoder.fit(data, run), data.val.signals(), run)
    pipeline = make_pipeline(
        XdawnCovariances(3, estimator="oas", xdawn_estimator="oas"),
        TangentSpace({"mean": "logeuclid", "map": "riemann"}),
        StandardScaler(),
        LogisticRegression(max_iter=1000),
    ).fit(np.asarray(data.train.eeg, float), data.train.label)
    held = np.asarray(data.val.eeg, float)
    assert features.embedding == pytest.approx(pipeline[:-1].transform(held), abs=1e-5)
    assert features.logits is not None
    likelihood = np.exp(features.logits[:, classes] - features.logits[:, classes].max(axis=1, keepdims=True))
    likelihood /= likelihood.sum(axis=1, keepdims=True)
    assert likelihood == pytest.approx(pipeline.predict_proba(held), abs=1e-5)
    assert set(features.logits.argmax(axis=1)) <= set(classes)


@pytest.mark.parametrize(("evoked", "induced"), [(0.3, 0.0), (0.0, 1.5)])
def test_it_sees_the_evoked_response_and_power(world: Any, run: PlainRun, evoked: float, induced: float) -> None:
    encoder, test = Riemann(), world.trials(300, evoked, induced, seed=12)
    scores = encoder.encode(encoder.fit(world.training(evoked, induced), run), test.signals(), run).logits
    assert scores is not None
    assert np.mean(scores.argmax(axis=1) == test.label) > 0.7  # chance .333


@pytest.mark.usefixtures("without_pyriemann")
def test_without_pyriemann_it_names_the_extra(world: Any, run: PlainRun) -> None:
    with pytest.raises(MissingFiles, match=r"riemann.*pyriemann.*eegrecon\[riemann\]"):
        Riemann().fit(world.training(0.5, 0.0), run)
    (finding,) = Riemann().check()
    assert not finding.ok
