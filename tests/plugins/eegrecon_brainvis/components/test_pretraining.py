"""Pre-training on further recordings, and the fields that do as the published code does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError, InvalidConfiguration, Training
from eegrecon_brainvis.components.pretraining import LatentMaskedModel, pretraining_eeg
from eegrecon_brainvis.networks.time import MaskedModel, TimeSize
from eegrecon_brainvis.training.concatenated import ConcatenatedRows

SMALL = LatentMaskedModel(width=16, blocks=1, heads=2, codewords=8, regressor_blocks=1, epochs=1, batch=16)
SIZE = TimeSize(channels=6, units=16, unit=4, width=16, blocks=1, heads=2, dropout=0.0)


def test_recordings_of_two_sources_are_read_as_one() -> None:
    rng = np.random.default_rng(0)
    trials, segments = rng.random((5, 2, 6), np.float32), rng.random((4, 2, 9), np.float32)
    joined = ConcatenatedRows((trials,), segments, 6)
    whole = np.concatenate([trials, segments[..., :6]])
    rows = np.array([8, 0, 4, 5, 5, 2])
    assert joined.shape == whole.shape
    np.testing.assert_array_equal(joined[rows], whole[rows])
    np.testing.assert_array_equal(ConcatenatedRows((), segments, 6)[np.arange(4)], segments[..., :6])


def test_further_recordings_must_have_the_channels_and_the_length_of_trials(data: Training) -> None:
    names = np.frombuffer(b"a\nb\nc\nd\ne\nf", np.uint8)
    further = {"eeg": np.zeros((3, 6, 70), np.float32), "channels": names}
    assert pretraining_eeg(data, further, own=True).shape == (51, 6, 64)
    assert pretraining_eeg(data, further, own=False).shape == (3, 6, 64)
    assert pretraining_eeg(data, None, own=True) is data.train.eeg
    for wrong in (np.zeros((3, 5, 64)), np.zeros((3, 6, 63)), np.zeros((0, 6, 64))):
        with pytest.raises(DataError, match="trials of 6 channels and 64 samples"):
            pretraining_eeg(data, {"eeg": wrong}, own=True)
    with pytest.raises(DataError, match="channel x where the data set has b"):
        pretraining_eeg(data, {**further, "channels": np.frombuffer(b"a\nx\nc\nd\ne\nf", np.uint8)}, own=True)


def test_there_must_be_something_to_learn_from() -> None:
    with pytest.raises(InvalidConfiguration, match=r"needs further ones; set pretrain\.further"):
        replace(SMALL, own=False)


@pytest.mark.parametrize("shared", [False, True])
def test_a_mask_is_each_trials_own_or_the_batchs(shared: bool, data: Training, run: Any) -> None:
    seen: list[Any] = []

    class Watched(MaskedModel):
        def forward(self, eeg: Any, visible: Any, masked: Any) -> Any:
            seen.append((visible, masked))
            return super().forward(eeg, visible, masked)

    network = Watched(SIZE, 1, 8)
    loss = replace(SMALL, shared_mask=shared).loss(network, data.train.eeg, torch.Generator().manual_seed(0), run)
    loss(np.arange(12))
    loss(np.arange(12))
    (visible, masked), (other, _) = seen
    assert visible.shape == (12, 4)
    assert masked.shape == (12, 12)
    assert bool((visible == visible[0]).all()) == shared
    assert not torch.equal(visible, other)


def test_gumbel_noise_draws_codewords_by_their_scores_while_training_only() -> None:
    network = MaskedModel(SIZE, 1, 8, gumbel=True)
    units = torch.randn(1, 1, 16, generator=torch.Generator().manual_seed(0)).expand(1, 20000, 16)
    assert network.tokenizer is not None
    wanted = torch.softmax(network.tokenizer(units[0, 0]), dim=0)
    torch.manual_seed(0)
    drawn = torch.bincount(network.train().tokens(units)[0], minlength=8) / 20000
    torch.testing.assert_close(drawn, wanted, atol=0.015, rtol=0)
    assert (network.eval().tokens(units) == wanted.argmax()).all()
    network.gumbel = False
    assert (network.train().tokens(units) == wanted.argmax()).all()
