"""An encoder of one network: its training against a plain loop of torch, its standardisation, its sizes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional

from eegrecon import Montage, Training, Trials
from eegrecon.testing import PlainRun
from eegrecon.training import NetworkEncoder, Recorded


class Linear(nn.Module):
    """The EEG itself as embedding, and a linear layer."""

    def __init__(self, numbers: int, classes: int) -> None:
        super().__init__()
        self.line = nn.Linear(numbers, classes)

    def forward(self, eeg: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        flat = eeg.flatten(1)
        return flat, self.line(flat)


@dataclass(frozen=True)
class OneLayer(NetworkEncoder):
    """The shortest subclass."""

    def build(self, recorded: Recorded) -> Any:
        return Linear(len(recorded.channels) * recorded.samples, recorded.classes)


@pytest.fixture
def data() -> Training:
    """Trials of three channels in different units, 300 of them: more than are read at a time."""
    rng = np.random.default_rng(0)
    label = np.arange(300) % 2
    eeg = rng.standard_normal((300, 3, 5)) + label[:, None, None]
    eeg = (eeg * np.array([[1.0], [50.0], [0.0]]) + np.array([[0.0], [7.0], [2.0]])).astype(np.float32)  # one is flat
    rows = np.arange(300)
    trials = Trials(eeg, np.ones(300, int), rows, label, rows)
    montage = Montage(("Fz", "Cz", "Öz"), 100.0, 0.0, "uV")
    return Training(trials, trials.take(rows[:0]), [], None, ("a", "b"), montage)


def test_the_network_sees_each_channel_in_standard_deviations_of_the_training_trials(
    data: Training, run: PlainRun
) -> None:
    encoder = OneLayer(epochs=1)
    embedding = encoder.encode(encoder.fit(data, run), data.train.signals(), run).embedding.reshape(300, 3, 5)
    eeg = np.asarray(data.train.eeg, float)
    wanted = (eeg - eeg.mean(axis=(0, 2), keepdims=True)) / np.array([1.0, 1.0, np.inf])[:, None]
    wanted[:, :2] /= eeg[:, :2].std(axis=(0, 2), keepdims=True)
    assert embedding == pytest.approx(wanted, abs=1e-4)


def test_the_weights_are_those_of_a_plain_loop_of_torch(data: Training, run: PlainRun) -> None:
    encoder = OneLayer(epochs=3, batch=64, rate=0.01, decay=0.1)
    torch.manual_seed(5)
    weights = encoder.fit(data, run)
    torch.manual_seed(5)
    line = nn.Linear(15, 2)
    optimizer = torch.optim.AdamW(line.parameters(), lr=0.01, weight_decay=0.1)
    eeg = torch.from_numpy(encoder.encode(weights, data.train.signals(), run).embedding)
    rng, label = np.random.default_rng(run.seed), torch.from_numpy(data.train.label)
    for _ in range(3):
        for rows in torch.from_numpy(rng.permutation(300)).split(64):
            optimizer.zero_grad()
            functional.cross_entropy(line(eeg[rows]), label[rows]).backward()
            optimizer.step()
    assert weights["network.1.line.weight"] == pytest.approx(line.weight.detach().numpy(), abs=1e-5)
    scores = encoder.encode(weights, data.train.signals(), run).logits
    assert scores == pytest.approx(line(eeg).detach().numpy(), abs=1e-4)


def test_sizes_and_names_of_channels_are_part_of_the_weights(data: Training, run: PlainRun) -> None:
    weights = OneLayer(epochs=1).fit(data, run)
    assert Recorded.from_arrays(weights) == Recorded(("Fz", "Cz", "Öz"), 5, 100.0, 2)
    assert all(isinstance(array, np.ndarray) for array in weights.values())


def test_the_epoch_is_chosen_on_the_validation_trials(data: Training, run: PlainRun) -> None:
    """Their labels are the wrong way round, so that the first epoch is the best."""
    turned = replace(data, val=replace(data.train, label=1 - data.train.label))
    chosen = {}
    for epochs in (1, 8):
        torch.manual_seed(5)
        chosen[epochs] = OneLayer(epochs=epochs, rate=0.01).fit(turned, run)["network.1.line.weight"]
    assert np.array_equal(chosen[1], chosen[8])
