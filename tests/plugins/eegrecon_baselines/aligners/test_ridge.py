"""The ridge aligner against scikit-learn's ridge regression and closed forms."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from sklearn.linear_model import Ridge as Reference

from eegrecon import Arrays, Encoder, Features, Fitted, Run, Signals, Targets, Training
from eegrecon.testing import PlainRun
from eegrecon_baselines.aligners.ridge import PENALTIES, Ridge


@dataclass(frozen=True)
class Flat(Encoder):
    """The signals themselves, as far as they are wanted."""

    numbers: int = 240

    def fit(self, data: Training, run: Run) -> Arrays:
        return {}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        assert type(signals) is Signals  # no labels
        eeg = signals.eeg[np.arange(len(signals.trial))]
        return Features(eeg.reshape(len(eeg), -1)[:, : self.numbers], None)


def seen(data: Training, numbers: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the embeddings of training and validation trials, in standard deviations of the former."""
    train, val = (t.eeg.reshape(len(t.eeg), -1)[:, :numbers].astype(float) for t in (data.train, data.val))
    mean, deviation = train.mean(axis=0), train.std(axis=0)
    return (train - mean) / deviation, (val - mean) / deviation


def targets_of(data: Training, numbers: int, noise: float) -> Targets:
    """Return fine targets (pictures, 2, 3) that are a line of the embedding with noise."""
    train, val = seen(data, numbers)
    view = np.concatenate([train, val])  # the picture of trial i is picture i
    slope = np.random.default_rng(5).standard_normal((numbers, 6)) / np.sqrt(numbers)
    tokens = 2.0 + view @ slope + noise * np.random.default_rng(6).standard_normal((len(view), 6))
    return Targets(np.arange(18.0).reshape(3, 2, 3), tokens.reshape(-1, 2, 3))


@pytest.mark.parametrize("numbers", [5, 240])  # fewer and more than the 150 trials
def test_the_tokens_are_those_of_the_best_ridge_regression_of_scikit_learn(
    world: Any, run: PlainRun, numbers: int
) -> None:
    data, encoder = world.training(0.5, 0.0), Fitted(Flat(numbers), {})
    targets = targets_of(data, numbers, noise=1.0)
    train, val = seen(data, numbers)
    assert targets.fine is not None
    aim = targets.fine.reshape(len(targets.fine), -1)
    models = [Reference(alpha=penalty * len(train)).fit(train, aim[: len(train)]) for penalty in PENALTIES]
    errors = [np.square(model.predict(val) - aim[len(train) :]).mean() for model in models]
    weights = Ridge().fit(encoder, data, targets, run)
    assert weights["penalty"] == PENALTIES[int(np.argmin(errors))]
    tokens = Ridge().align(weights, encoder, data.val.signals(), run)
    assert tokens.shape == (60, 2, 3)
    assert tokens.reshape(60, 6) == pytest.approx(models[int(np.argmin(errors))].predict(val), abs=1e-3)


def test_a_line_without_noise_is_found_and_noise_alone_gives_the_mean(world: Any, run: PlainRun) -> None:
    data, encoder = world.training(0.5, 0.0), Fitted(Flat(5), {})
    exact, random = targets_of(data, 5, noise=0.0), targets_of(data, 5, noise=1000.0)
    weights = Ridge().fit(encoder, data, exact, run)
    assert weights["penalty"] == min(PENALTIES)
    assert exact.fine is not None
    assert Ridge().align(weights, encoder, data.val, run) == pytest.approx(exact.fine[150:], abs=0.02)
    assert Ridge().fit(encoder, data, random, run)["penalty"] >= 100  # predictions within 1 % of the mean


def test_without_captions_the_line_predicts_the_tokens_of_the_class_name(world: Any, run: PlainRun) -> None:
    data, encoder = world.training(3.0, 0.0), Fitted(Flat(), {})
    coarse = targets_of(data, 5, 0.0).coarse
    tokens = Ridge().align(Ridge().fit(encoder, data, Targets(coarse, None), run), encoder, data.val, run)
    nearest = np.square(tokens[:, None] - coarse).sum(axis=(2, 3)).argmin(axis=1)
    assert np.mean(nearest == data.val.label) > 0.9
    assert len(run.notes) == 1


def test_an_embedding_that_does_not_vary_gives_the_mean_target(world: Any, run: PlainRun) -> None:
    data, encoder = world.training(0.5, 0.0), Fitted(Flat(5), {})
    data = replace(data, train=replace(data.train, eeg=np.ones_like(data.train.eeg)))
    targets = targets_of(world.training(0.5, 0.0), 5, noise=0.5)
    assert targets.fine is not None
    tokens = Ridge().align(Ridge().fit(encoder, data, targets, run), encoder, data.train, run)
    assert tokens == pytest.approx(np.broadcast_to(targets.fine[:150].mean(axis=0), tokens.shape), abs=1e-5)
