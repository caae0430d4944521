"""The modules reproduce the published implementation, whose outputs lie in tests/golden, through the importer."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from eegrecon.training import without_prefix
from eegrecon_brainvis.components.encoder import BrainVisEncoder
from eegrecon_brainvis.components.pretraining import LatentMaskedModel
from eegrecon_brainvis.components.time_branch import TimeBranch
from eegrecon_brainvis.networks.frequency import amplitude
from eegrecon_brainvis.networks.time import regression_loss, token_loss
from eegrecon_brainvis.published.checkpoint import Checkpoint, convert
from eegrecon_brainvis.training.alignment import tokens_of

ABSOLUTE = 1e-4


@pytest.fixture(scope="module")
def imported(golden: Any) -> Checkpoint:
    return convert(golden.weights, "golden", tokens=1)


@pytest.fixture(scope="module")
def eeg(golden: Any) -> torch.Tensor:
    channels_first: torch.Tensor = golden.outputs["eeg"].transpose(1, 2)
    return channels_first


@pytest.fixture(scope="module")
def encoder(golden: Any, imported: Checkpoint) -> Any:
    time = TimeBranch(width=golden.sizes["width"], heads=golden.sizes["heads"], pretrain=None)
    return BrainVisEncoder(time=time).network(imported.encoder).eval()


@pytest.fixture(scope="module")
def guess(golden: Any, imported: Checkpoint, eeg: torch.Tensor) -> Any:
    model = LatentMaskedModel(width=golden.sizes["width"], heads=golden.sizes["heads"]).network(imported.pretrain)
    visible, masked = golden.outputs["visible_index"], golden.outputs["masked_index"]
    with torch.no_grad():
        return model.eval()(eeg, visible.expand(len(eeg), -1), masked.expand(len(eeg), -1))


def check(ours: Any, golden: Any, name: str) -> None:
    torch.testing.assert_close(torch.as_tensor(ours), golden.outputs[name], rtol=0, atol=ABSOLUTE)


@torch.no_grad()
def test_units_and_encoded_units_are_the_published_ones(golden: Any, encoder: Any, eeg: torch.Tensor) -> None:
    check(encoder.time.trunk.cut(eeg), golden, "units")
    check(encoder.time.trunk(eeg), golden, "encoded")


@torch.no_grad()
def test_the_time_branch_gives_the_published_feature_and_scores(golden: Any, encoder: Any, eeg: torch.Tensor) -> None:
    feature, scores = encoder.time(eeg)
    check(feature, golden, "time_feature")
    check(scores, golden, "time_logits")


@torch.no_grad()
def test_the_frequency_branch_gives_the_published_spectrum_feature_and_scores(
    golden: Any, encoder: Any, eeg: torch.Tensor
) -> None:
    check(amplitude(eeg)[: len(golden.outputs["amplitude"])], golden, "amplitude")
    feature, scores = encoder.freq(eeg)
    check(feature, golden, "freq_feature")
    check(scores, golden, "freq_logits")


@torch.no_grad()
def test_the_joint_encoder_gives_the_published_feature_and_scores(golden: Any, encoder: Any, eeg: torch.Tensor) -> None:
    feature, scores = encoder(eeg)
    check(feature, golden, "timefreq_feature")
    check(scores, golden, "timefreq_logits")


def test_units_are_read_as_the_published_tokens(golden: Any, imported: Checkpoint, eeg: torch.Tensor) -> None:
    model = LatentMaskedModel(width=golden.sizes["width"], heads=golden.sizes["heads"]).network(imported.pretrain)
    assert torch.equal(model.tokens(model.trunk.cut(eeg)), golden.outputs["tokens"])


def test_masked_modelling_predicts_what_the_published_model_predicts(golden: Any, guess: Any) -> None:
    check(guess.target, golden, "lmm_target")
    check(guess.prediction, golden, "lmm_prediction")
    check(guess.scores, golden, "lmm_token_logits")


def test_both_losses_of_masked_modelling_are_the_published_ones(golden: Any, guess: Any) -> None:
    check(regression_loss(guess), golden, "lmm_regression_loss")
    check(token_loss(guess, smoothing=0.2), golden, "lmm_token_loss")


def test_the_alignment_network_gives_the_published_tokens(golden: Any, imported: Checkpoint, run: Any) -> None:
    feature, scores = golden.outputs["timefreq_feature"].numpy(), golden.outputs["timefreq_logits"].numpy()
    check(tokens_of(without_prefix(imported.aligner, "alignment"), feature, scores, 2, run), golden, "align_output")


def test_the_encoder_component_reproduces_the_published_scores_through_its_contract(
    golden: Any, imported: Checkpoint, run: Any
) -> None:
    from eegrecon import Signals

    eeg = golden.outputs["eeg"].transpose(1, 2).numpy()
    rows = torch.arange(len(eeg)).numpy()
    time = TimeBranch(width=golden.sizes["width"], heads=golden.sizes["heads"], pretrain=None)
    features = BrainVisEncoder(time=time, batch=2).encode(imported.encoder, Signals(eeg, rows, rows), run)
    check(features.embedding, golden, "timefreq_feature")
    check(features.logits, golden, "timefreq_logits")
