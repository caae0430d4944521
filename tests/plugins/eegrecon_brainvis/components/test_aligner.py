"""Semantic interpolation: the paper's loss, the targets, and the encoder that is trained along."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import (
    Arrays,
    Encoder,
    Features,
    Fitted,
    InvalidConfiguration,
    Run,
    Signals,
    Targets,
    Training,
    Trials,
)
from eegrecon.training import without_prefix
from eegrecon_brainvis.components.aligner import Interpolation
from eegrecon_brainvis.components.encoder import BrainVisEncoder
from eegrecon_brainvis.components.time_branch import TimeBranch
from eegrecon_brainvis.training.alignment import AlignmentTargets

TOKENS, WIDTH = 4, 6
TIME = TimeBranch(width=16, blocks=1, heads=2, pretrain=None, epochs=8, batch=16, rate=5e-3)
ENCODER = BrainVisEncoder(time=TIME, freq=None, epochs=4, batch=16, rate=5e-3)
ALIGNER = Interpolation(widths=(32, 16), epochs=12, batch=16, rate=5e-3)


@pytest.fixture
def fitted(run: Any, data: Training) -> Fitted[Encoder]:
    run.learned = {TIME: TIME.fit(data, run)}
    return Fitted(ENCODER, ENCODER.fit(data, run))


@pytest.fixture(scope="session")
def targets() -> Targets:
    """Three coarse targets of length 5, and a fine one near its class for each of 48 pictures, of length 7."""
    rng = np.random.default_rng(0)
    coarse = rng.standard_normal((3, TOKENS, WIDTH))
    fine = np.repeat(coarse, 16, axis=0) + 0.3 * rng.standard_normal((48, TOKENS, WIDTH))
    lengths = ((coarse, 5.0), (fine, 7.0))
    return Targets(*(x * s / np.linalg.norm(x, axis=(1, 2), keepdims=True) for x, s in lengths))


def cosine(a: Any, b: Any) -> Any:
    a, b = (np.asarray(x, np.float64).reshape(len(x), -1) for x in (a, b))
    return (a * b).sum(axis=1) / np.linalg.norm(a, axis=1) / np.linalg.norm(b, axis=1)


def test_the_loss_is_two_less_both_cosines(data: Training, targets: Targets) -> None:
    rows = np.array([0, 20, 47])
    made = np.random.default_rng(1).standard_normal((3, TOKENS * WIDTH)).astype(np.float32)
    fine, coarse = targets.fine, targets.coarse
    assert fine is not None
    wanted = 2 - cosine(made, fine[data.train.image[rows]]) - cosine(made, coarse[data.train.label[rows]])
    loss = AlignmentTargets(coarse, fine, 0.0).loss(torch.from_numpy(made), data.train, rows)
    assert float(loss) == pytest.approx(wanted.mean(), abs=1e-6)
    alone = AlignmentTargets(None, fine, 0.0).loss(torch.from_numpy(made), data.train, rows)
    assert float(alone) == pytest.approx((1 - cosine(made, fine[data.train.image[rows]])).mean(), abs=1e-6)


def test_the_squared_error_of_the_published_code_can_be_added(data: Training, targets: Targets) -> None:
    rows = np.array([3])
    made = torch.zeros(1, TOKENS * WIDTH)
    plain, more = (
        AlignmentTargets(targets.coarse, None, squared).loss(made, data.train, rows) for squared in (0.0, 2.0)
    )
    assert float(more - plain) == pytest.approx(2 * 25 / (TOKENS * WIDTH), rel=1e-5)  # length 5, squared, mean


def test_tokens_of_unseen_trials_lie_nearest_to_their_class(
    run: Any, data: Training, test: Trials, fitted: Fitted[Encoder], targets: Targets
) -> None:
    tokens = ALIGNER.align(ALIGNER.fit(fitted, data, targets, run), fitted, test.signals(), run)
    assert tokens.shape == (60, TOKENS, WIDTH)
    scores = np.stack([cosine(tokens, np.repeat(one[None], 60, axis=0)) for one in targets.coarse], axis=1)
    assert (scores.argmax(axis=1) == test.label).mean() > 0.7
    assert run.notes == []


def test_tokens_have_the_mean_length_of_the_training_targets(
    run: Any, data: Training, test: Trials, fitted: Fitted[Encoder], targets: Targets
) -> None:
    brief = replace(ALIGNER, epochs=1)
    for aligner, length in ((brief, 6.0), (replace(brief, fine=False), 5.0), (replace(brief, coarse=False), 7.0)):
        tokens = aligner.align(aligner.fit(fitted, data, targets, run), fitted, test.signals(), run)
        np.testing.assert_allclose(np.linalg.norm(tokens, axis=(1, 2)), length, rtol=1e-4)


def test_the_encoder_is_trained_along_and_its_own_weights_stay(
    run: Any, data: Training, fitted: Fitted[Encoder], targets: Targets
) -> None:
    before = {name: array.copy() for name, array in fitted.weights.items()}
    weights = ALIGNER.fit(fitted, data, targets, run)
    tuned = without_prefix(weights, "encoder")
    assert all(np.array_equal(fitted.weights[name], before[name]) for name in before)
    assert tuned.keys() == before.keys()
    assert not np.array_equal(tuned["time.trunk.units.weight"], before["time.trunk.units.weight"])


def test_a_frozen_encoder_keeps_its_branches_while_the_aligner_is_trained(
    run: Any, data: Training, fitted: Fitted[Encoder], targets: Targets
) -> None:
    frozen = Fitted[Encoder](replace(ENCODER, finetune=False), fitted.weights)
    tuned = without_prefix(ALIGNER.fit(frozen, data, targets, run), "encoder")
    changed = {name for name in tuned if not np.array_equal(tuned[name], fitted.weights[name])}
    assert changed == {"head.weight", "head.bias"}


@dataclass(frozen=True)
class Template(Encoder):
    """An encoder of another kind: no network, no class scores."""

    def fit(self, data: Training, run: Run) -> Arrays:
        return {}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        return Features(np.asarray(signals.eeg[np.arange(len(signals.trial))])[:, :3, 20:40].mean(axis=2), None)


def test_an_encoder_without_network_is_aligned_as_it_is_with_a_note(
    run: Any, data: Training, test: Trials, targets: Targets
) -> None:
    other = Fitted[Encoder](Template(), {})
    weights = ALIGNER.fit(other, data, targets, run)
    assert ["no network" in note for note in run.notes] == [True]
    assert not without_prefix(weights, "encoder")
    assert ALIGNER.align(weights, other, test.signals(), run).shape == (60, TOKENS, WIDTH)


def test_without_captions_the_fine_target_is_off_and_the_result_says_so(
    run: Any, data: Training, fitted: Fitted[Encoder], targets: Targets
) -> None:
    brief = replace(ALIGNER, epochs=1)
    coarse_only = Targets(targets.coarse, None)
    weights = brief.fit(fitted, data, coarse_only, run)
    assert run.notes == ["no captions: the aligner is trained without its fine target"]
    assert float(weights["length"]) == pytest.approx(5.0)
    with pytest.raises(InvalidConfiguration, match="no captions for a fine one"):
        replace(brief, coarse=False).fit(fitted, data, coarse_only, run)


def test_an_aligner_without_targets_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="keep one of coarse and fine"):
        Interpolation(coarse=False, fine=False)
