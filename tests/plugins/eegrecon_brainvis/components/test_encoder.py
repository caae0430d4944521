"""The joint encoder: what it is made of, what it may change, and that it decodes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import Arrays, Differentiable, InvalidConfiguration, Learner, Run, Signals, Training, Trials
from eegrecon.training import without_prefix
from eegrecon_brainvis.components.encoder import BrainVisEncoder
from eegrecon_brainvis.components.frequency_branch import FrequencyBranch
from eegrecon_brainvis.components.time_branch import TimeBranch

TIME = TimeBranch(width=16, blocks=1, heads=2, pretrain=None, epochs=8, batch=16, rate=5e-3)
FREQ = FrequencyBranch(hidden=12, width=8, epochs=8, batch=16, rate=5e-3)
ENCODER = BrainVisEncoder(time=TIME, freq=FREQ, epochs=8, batch=16, rate=5e-3)


@pytest.fixture
def prepared(run: Any, data: Training) -> Any:
    run.learned = {branch: branch.fit(data, run) for branch in (TIME, FREQ)}
    return run


def test_it_tells_classes_of_trials_that_it_has_not_seen(prepared: Any, data: Training, test: Trials) -> None:
    features = ENCODER.encode(ENCODER.fit(data, prepared), test.signals(), prepared)
    assert features.embedding.shape == (60, 16 + 8)
    assert features.logits is not None
    assert (features.logits.argmax(axis=1) == test.label).mean() > 0.75  # chance is 1/3


def test_what_it_says_of_a_trial_does_not_depend_on_the_others(prepared: Any, data: Training, test: Trials) -> None:
    weights = ENCODER.fit(data, prepared)
    whole = ENCODER.encode(weights, test.signals(), prepared)
    some = np.array([41, 3, 17])
    few = Signals(np.asarray(test.eeg)[some], test.subject[some], test.trial[some])
    part = replace(ENCODER, batch=2).encode(weights, few, prepared)
    np.testing.assert_allclose(part.embedding, whole.embedding[some], atol=1e-5)
    np.testing.assert_allclose(part.logits, whole.logits[some], atol=1e-5)


def test_without_a_branch_that_branch_is_not_asked_for_and_the_head_reads_the_other(
    prepared: Any, data: Training, test: Trials
) -> None:
    for without, width in (({"freq": None}, 16), ({"time": None}, 8)):
        encoder = replace(ENCODER, **without)
        removed = TIME if "time" in without else FREQ
        alone = replace(prepared, learned={b: w for b, w in prepared.learned.items() if b is not removed})
        weights = encoder.fit(data, alone)
        assert weights["head.weight"].shape == (3, width)
        assert encoder.encode(weights, test.signals(), alone).embedding.shape == (60, width)


def test_fine_tuning_changes_the_branches_and_without_it_they_stay_bit_for_bit(prepared: Any, data: Training) -> None:
    tuned, frozen = ENCODER.fit(data, prepared), replace(ENCODER, finetune=False).fit(data, prepared)
    for name, branch in (("time", TIME), ("freq", FREQ)):
        before = prepared.learned[branch]
        assert all(np.array_equal(without_prefix(frozen, name)[key], before[key]) for key in before)
        assert not all(np.array_equal(without_prefix(tuned, name)[key], before[key]) for key in before)


def test_frozen_branches_take_no_gradient_and_drop_nothing_out(prepared: Any, data: Training) -> None:
    encoder = replace(ENCODER, finetune=False, epochs=1)
    network = encoder.network(encoder.fit(data, prepared)).train()
    assert {name for name, value in network.named_parameters() if value.requires_grad} == {"head.weight", "head.bias"}
    assert torch.equal(*(network(torch.from_numpy(np.asarray(data.train.eeg)))[0] for _ in range(2)))
    assert all(value.requires_grad for value in ENCODER.network(encoder.fit(data, prepared)).parameters())


def test_the_network_it_offers_computes_what_encode_computes(prepared: Any, data: Training, test: Trials) -> None:
    assert isinstance(ENCODER, Differentiable)
    weights = ENCODER.fit(data, prepared)
    with torch.no_grad():
        embedding, logits = ENCODER.network(weights).eval()(torch.from_numpy(np.asarray(test.eeg)))
    features = ENCODER.encode(weights, test.signals(), prepared)
    np.testing.assert_allclose(features.embedding, embedding.numpy(), atol=1e-5)
    np.testing.assert_allclose(features.logits, logits.numpy(), atol=1e-5)


@dataclass(frozen=True)
class MeanBranch(Learner):
    """Somebody else's branch: the mean of each channel, read linearly."""

    scope = "pool"

    def fit(self, data: Training, run: Run) -> Arrays:
        return {"weight": np.zeros((len(data.classes), data.train.eeg.shape[1]), np.float32)}

    def network(self, weights: Arrays) -> Any:
        class Mean(torch.nn.Module):
            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.Parameter(torch.tensor(np.array(weights["weight"])))

            def forward(self, eeg: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
                mean = eeg.mean(dim=2)
                return mean, mean @ self.weight.T

        return Mean()


def test_another_packages_learner_can_take_the_place_of_a_branch(prepared: Any, data: Training, test: Trials) -> None:
    other = MeanBranch()
    prepared.learned[other] = other.fit(data, prepared)
    encoder = replace(ENCODER, time=other)
    features = encoder.encode(encoder.fit(data, prepared), test.signals(), prepared)
    np.testing.assert_allclose(features.embedding[:, :6], np.asarray(test.eeg).mean(axis=2), atol=1e-5)


@dataclass(frozen=True)
class Opaque(Learner):
    """A learner without a network."""

    def fit(self, data: Training, run: Run) -> Arrays:
        return {}


def test_a_learner_without_a_network_is_refused_as_a_branch() -> None:
    with pytest.raises(InvalidConfiguration, match=r"Opaque cannot be the freq branch: it has no network"):
        BrainVisEncoder(freq=Opaque())


def test_an_encoder_without_branches_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="keep one of time and freq"):
        BrainVisEncoder(time=None, freq=None)
