"""What the aligners and DreamDiffusion's encoder learn from, and what they refuse."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest

from eegrecon import (
    Arrays,
    Encoder,
    Features,
    Fitted,
    InvalidConfiguration,
    Montage,
    Run,
    Signals,
    Targets,
    Training,
    Trials,
)  # fmt: skip
from eegrecon.testing import PlainRun
from eegrecon_peers.components.diffusion_tokens import DiffusionTokens
from eegrecon_peers.components.dreamdiffusion import DreamDiffusionEncoder
from eegrecon_peers.components.masked_signals import MaskedSignals
from eegrecon_peers.components.prior import DiffusionPrior

SHAPES = "eegrecon_shapes:weights/stable-diffusion"
WIDTH = 5


@dataclass(frozen=True)
class FirstSamples(Encoder):
    """The first sample of each channel as the embedding."""

    def fit(self, data: Training, run: Run) -> Arrays:
        return {}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        return Features(np.asarray(signals.eeg[np.arange(len(signals.trial))])[:, :, 0], None)


def trials(n: int, seed: int, first: int) -> Trials:
    rows = np.arange(n)
    eeg = np.random.default_rng(seed).standard_normal((n, WIDTH, 32)).astype(np.float32)
    return Trials(eeg, np.ones(n, int), rows, rows % 3, rows + first)


@pytest.fixture
def data() -> Training:
    """200 trials of white noise and 40 for validation; every trial shows a picture of its own."""
    pictures = [np.random.default_rng(row).integers(0, 256, (32, 32, 3), np.uint8) for row in range(240)]
    montage = Montage(tuple("abcde"), 100.0, 0.0, "z")
    return Training(trials(200, 0, 0), trials(40, 1, 200), pictures, None, ("x", "y", "z"), montage)


def line(data: Training) -> Any:
    """Targets that are a line of the first samples: (pictures, 1, width)."""
    slope = np.random.default_rng(7).standard_normal((WIDTH, WIDTH))
    shown = np.concatenate([data.train.eeg[np.arange(200)], data.val.eeg[np.arange(40)]])[:, :, 0]
    return (shown @ slope)[:, None] + 3, slope


@pytest.mark.parametrize("prior", [True, False])
def test_the_prior_predicts_the_embedding_of_pictures_that_it_has_not_seen(
    data: Training, run: PlainRun, prior: bool
) -> None:
    fine, slope = line(data)
    aligner = DiffusionPrior(
        prior=prior, widths=(64, 32), dropout=0.0, steps=20, guidance=1.0, epochs=60, batch=20, rate=3e-3
    )
    encoder: Fitted[Any] = Fitted(FirstSamples(), {})
    weights = aligner.fit(encoder, data, Targets(np.zeros((3, 1, WIDTH)), fine), run)
    test = trials(50, 2, 0)
    found = aligner.align(weights, encoder, test.signals(), run)
    assert found.shape == (50, 1, WIDTH)
    truth = test.eeg[np.arange(50)][:, :, 0] @ slope + 3
    assert np.corrcoef(found[:, 0].ravel(), truth.ravel())[0, 1] > 0.8
    permuted = np.roll(found[:, 0], 1, axis=0)
    assert np.corrcoef(permuted.ravel() - 3, truth.ravel())[0, 1] < 0.4
    some = Signals(test.eeg[np.arange(7)], test.subject[:7], test.trial[:7][::-1])
    np.testing.assert_allclose(aligner.align(weights, encoder, some, run), found[:7], atol=1e-4)


def test_tokens_of_another_width_than_the_models_are_refused(data: Training, run: PlainRun) -> None:
    aligner = replace(DiffusionTokens.small(), diffusion=True, model=SHAPES, height=32, width=32)
    with pytest.raises(InvalidConfiguration, match=r"width 5.*width 64.*aligner.model"):
        aligner.fit(Fitted(FirstSamples(), {}), data, Targets(np.zeros((3, 2, WIDTH)), None), run)


def test_the_diffusion_model_teaches_the_mapper_what_the_picture_is(data: Training, run: PlainRun) -> None:
    few = replace(data, train=data.train.take(np.arange(24)), val=data.val.take(np.arange(8)))
    fine = np.zeros((240, 16, 64), np.float32)
    both = DiffusionTokens(text=1.0, model=SHAPES, height=32, width=32, epochs=1, rate=1e-2)
    encoder: Fitted[Any] = Fitted(FirstSamples(), {})
    fits = [one.fit(encoder, few, Targets(fine[:3], fine), run) for one in (both, replace(both, diffusion=False))]
    fits.append(both.fit(encoder, replace(few, pictures=few.pictures[::-1]), Targets(fine[:3], fine), run))
    with_loss, without, other_pictures = (one["mapper.widths.weight"] for one in fits)
    assert np.abs(with_loss - without).max() > 1e-4
    assert np.abs(with_loss - other_pictures).max() > 1e-4


def test_the_encoder_is_trained_with_its_mapper(data: Training, run: PlainRun) -> None:
    encoder = replace(DreamDiffusionEncoder.small(), pretrain=None, epochs=1)
    fitted: Fitted[Any] = Fitted(encoder, encoder.fit(data, run))
    aligner = replace(DiffusionTokens.small(), epochs=1, rate=1e-3)
    targets = Targets(np.ones((3, 2, WIDTH), np.float32), None)
    weights = aligner.fit(fitted, data, targets, run)
    name = "encoder.embed.weight"
    assert not np.array_equal(weights[f"encoder.{name}"], fitted.weights[f"network.{name}"])
    tokens = aligner.align(weights, fitted, data.val.signals(), run)
    assert tokens.shape == (40, 2, WIDTH)
    other: Fitted[Any] = Fitted(FirstSamples(), {})
    assert not any(one.startswith("encoder.") for one in aligner.fit(other, data, targets, run))


def test_without_clip_alignment_the_encoder_is_the_pre_trained_one_and_has_no_class_scores(
    data: Training, run: PlainRun
) -> None:
    encoder = replace(DreamDiffusionEncoder.small(), clip=False)
    assert encoder.pretrain is not None
    run.learned[encoder.pretrain] = encoder.pretrain.fit(data, run)
    weights = encoder.fit(data, run)
    name = "encoder.embed.weight"
    np.testing.assert_array_equal(weights[f"network.{name}"], run.learned[encoder.pretrain][name])
    features = encoder.encode(weights, data.val.signals(), run)
    assert features.logits is None
    assert features.embedding.shape == (40, 16)
    assert encoder.space == ""
    with pytest.raises(InvalidConfiguration, match="learns nothing"):
        replace(encoder, pretrain=None)


def test_an_encoder_and_its_pre_training_have_one_size() -> None:
    with pytest.raises(InvalidConfiguration, match=r"width 16.*width 32"):
        replace(DreamDiffusionEncoder.small(), pretrain=replace(MaskedSignals.small(), width=32))
    with pytest.raises(InvalidConfiguration, match=r"mask 1.*between 0 and 1"):
        MaskedSignals(mask=1.0)
