"""Baselines where validation trials are of classes that are not trained, as test trials are: none chooses by class."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from eegrecon import Ints, Training
from eegrecon.testing import toy_training
from eegrecon_baselines.encoders.contrastive import principal, projected
from eegrecon_baselines.encoders.linear_reader import LinearReader
from eegrecon_baselines.encoders.lstm import Lstm
from eegrecon_baselines.encoders.nice import Nice
from eegrecon_baselines.linear.held_out import split
from eegrecon_baselines.networks.contrastive import info_nce, mean_info_nce


@pytest.fixture
def data() -> Training:
    """Training trials of three classes, and validation trials of the fourth."""
    toy = toy_training()

    def rows(label: Ints, trained: bool) -> Ints:
        return np.flatnonzero((label < 3) == trained)

    train, val = toy.train.take(rows(toy.train.label, True)), toy.val.take(rows(toy.val.label, False))
    return replace(toy, train=train, val=val)


def test_readers_choose_on_held_out_training_trials_and_aligners_on_the_validation_trials(data: Training) -> None:
    learned, held = split(data, by_class=True)
    assert set(held.label) == {0, 1, 2}
    assert not set(held.trial) & {*learned.trial, *data.val.trial}
    assert sorted([*held.trial, *learned.trial]) == sorted(data.train.trial)
    assert split(data) == (data.train, data.val)


def test_a_linear_reader_reads_the_trained_classes(data: Training, run: Any) -> None:
    reader = LinearReader("evoked")
    weights = reader.fit(data, run)
    assert weights["accuracy"].max() > 0.8  # chosen where there is something to choose by
    scores = reader.encode(weights, data.val.signals(), run).logits
    assert (scores.argmax(axis=1) < 3).all()


def test_a_classifier_is_that_of_the_last_epoch_and_says_so(data: Training, run: Any) -> None:
    Lstm.small().fit(data, run)
    assert any("no validation trials of trained classes" in note for note in run.notes)


def test_a_contrastive_encoder_keeps_the_epoch_with_the_least_loss_on_the_validation_pictures(
    data: Training, run: Any
) -> None:
    encoder = Nice(epochs=3, width=8, batch=16)
    weights = encoder.fit(data, run)
    assert not run.notes
    assert encoder.encode(weights, data.val.signals(), run).embedding.shape == (len(data.val.trial), 8)


def test_the_loss_of_validation_trials_is_the_mean_over_batches_of_the_size_of_training(
    data: Training, run: Any
) -> None:
    class Mean(torch.nn.Module):
        def forward(self, eeg: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
            return eeg.mean(dim=2), eeg.mean(dim=2)

    n, width = len(data.train.trial), data.train.eeg.shape[1]
    aim, scale = (
        torch.from_numpy(np.random.default_rng(0).standard_normal((n, width)).astype(np.float32)),
        torch.tensor(2.0),
    )
    embedding = torch.from_numpy(np.asarray(data.train.eeg[np.arange(n)])).mean(dim=2)
    one, other = functional.normalize(embedding), functional.normalize(aim)
    pieces = [slice(start, start + 16) for start in range(0, n, 16)]
    expected = sum(float(info_nce(one[p], other[p], scale)) * len(one[p]) for p in pieces) / n
    assert mean_info_nce(Mean(), data.train, aim, scale, 16, run) == pytest.approx(expected, rel=1e-5)


def test_validation_pictures_are_placed_in_the_space_of_the_training_pictures(data: Training, run: Any) -> None:
    """Against principal components of scikit-learn."""
    from sklearn.decomposition import PCA

    encoder, seen = Nice(width=6), np.unique(data.train.image)
    other = np.unique(data.val.image)
    pixels = encoder._numbers(data.pictures, np.arange(len(data.pictures)), run)
    components, centre, axes = principal(pixels[seen], 6)
    pca = PCA(6, svd_solver="full").fit(pixels[seen])
    sign = np.sign((pca.components_ * axes.T).sum(axis=1))
    np.testing.assert_allclose(components, pca.transform(pixels[seen]) * sign, atol=1e-2)
    np.testing.assert_allclose(projected(pixels[other], centre, axes), pca.transform(pixels[other]) * sign, atol=1e-2)
