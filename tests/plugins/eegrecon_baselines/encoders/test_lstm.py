"""The LSTM against its equations, written out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eegrecon.testing import PlainRun
from eegrecon_baselines.encoders.lstm import Lstm


def sigmoid(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-x))


def test_embedding_and_scores_are_those_of_the_equations(world: Any, run: PlainRun) -> None:
    data = world.training(1.0, 0.0)
    encoder = Lstm(hidden=6, width=5, epochs=2)
    weights = encoder.fit(data, run)
    features = encoder.encode(weights, data.val.signals(), run)
    w = {name.removeprefix("network.1."): np.asarray(array, float) for name, array in weights.items()}
    eeg = (data.val.eeg - w["network.0.mean"]) / w["network.0.deviation"]
    hidden = cell = np.zeros((60, 6))
    for step in range(eeg.shape[2]):  # gates in torch's order: input, forget, cell, output
        gates = eeg[:, :, step] @ w["lstm.weight_ih_l0"].T + w["lstm.bias_ih_l0"]
        gates = gates + hidden @ w["lstm.weight_hh_l0"].T + w["lstm.bias_hh_l0"]
        enter, forget, new, leave = np.split(gates, 4, axis=1)
        cell = sigmoid(forget) * cell + sigmoid(enter) * np.tanh(new)
        hidden = sigmoid(leave) * np.tanh(cell)
    embedding = np.maximum(hidden @ w["output.weight"].T + w["output.bias"], 0)
    assert features.embedding == pytest.approx(embedding, abs=1e-5)
    assert features.logits == pytest.approx(embedding @ w["classifier.weight"].T + w["classifier.bias"], abs=1e-5)


def test_it_has_the_parameters_of_the_published_one() -> None:
    """LSTM(128, 128), Linear(128, 128) and Linear(128, 40) of models/lstm.py."""
    from eegrecon.training import Recorded

    network = Lstm().build(Recorded(tuple(map(str, range(128))), 440, 1000.0, 40))
    published = 4 * 128 * (128 + 128 + 2) + 128 * 129 + 40 * 129
    assert sum(parameter.numel() for parameter in network.parameters()) == published


def test_it_learns_a_response(world: Any, run: PlainRun) -> None:
    encoder, test = Lstm(hidden=16, epochs=15, rate=5e-3), world.trials(300, 1.0, 0.0, seed=12)
    scores = encoder.encode(encoder.fit(world.training(1.0, 0.0), run), test.signals(), run).logits
    assert scores is not None
    assert np.mean(scores.argmax(axis=1) == test.label) > 0.7  # chance .333
