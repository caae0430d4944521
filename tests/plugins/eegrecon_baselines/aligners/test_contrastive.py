"""The contrastive aligner against a plain loop of torch and principal components of scikit-learn."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch import nn
from torch.nn import functional

from eegrecon import Fitted, Targets, Training
from eegrecon.testing import PlainRun
from eegrecon_baselines.aligners.contrastive import Contrastive
from eegrecon_baselines.encoders.chance import Chance
from eegrecon_baselines.encoders.single_view import EvokedLda


def targets_of(data: Training, seen: np.ndarray, noise: float) -> Targets:
    """Return fine targets (pictures, 2, 20) that are a line of what is seen of the trials, with noise."""
    rng = np.random.default_rng(6)
    tokens = 5.0 + seen @ rng.standard_normal((seen.shape[1], 40)) + noise * rng.standard_normal((len(seen), 40))
    return Targets(np.arange(120.0).reshape(3, 2, 20), tokens.reshape(-1, 2, 20).astype(np.float32))


@pytest.fixture
def fitted(world: Any, run: PlainRun) -> tuple[Training, Fitted[Any], np.ndarray, np.ndarray]:
    """Data, an encoder, and its embeddings of training and validation trials."""
    data = world.training(0.5, 0.0)
    encoder = Fitted(EvokedLda(), EvokedLda().fit(data, run))
    train, val = (encoder.component.encode(encoder.weights, t, run).embedding for t in (data.train, data.val))
    return data, encoder, train, val


def test_the_tokens_are_those_of_a_plain_loop_of_torch(fitted: Any, run: PlainRun) -> None:
    data, encoder, train, val = fitted
    targets = targets_of(data, np.concatenate([train, val]), noise=2.0)
    aligner = Contrastive(components=10, epochs=3, batch=64, rate=0.01, decay=0.2)
    torch.manual_seed(4)
    weights = aligner.fit(encoder, data, targets, run)
    aim = np.asarray(targets.fine, float).reshape(210, 40)
    pca = PCA(10, svd_solver="full").fit(aim[:150])
    view, held, near, far = (
        torch.from_numpy(a.astype(np.float32)) for a in (train, val, pca.transform(aim[:150]), pca.transform(aim[150:]))
    )
    signs = torch.from_numpy(np.sign((weights["components"] * pca.components_).sum(axis=1)).astype(np.float32))
    torch.manual_seed(4)
    line = nn.Linear(view.shape[1], 10)
    temperature = torch.tensor(math.log(1 / 0.07), requires_grad=True)

    def loss(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        likeness = functional.cosine_similarity(line(one)[:, None], (other * signs)[None], dim=2) * temperature.exp()
        truth = torch.arange(len(one))
        return (functional.cross_entropy(likeness, truth) + functional.cross_entropy(likeness.T, truth)) / 2

    optimizer = torch.optim.AdamW([*line.parameters(), temperature], lr=0.01, weight_decay=0.2)
    rng, best = np.random.default_rng(run.seed), (math.inf, torch.zeros(0))
    for _ in range(3):
        for rows in torch.from_numpy(rng.permutation(150)).split(64):
            optimizer.zero_grad()
            loss(view[rows], near[rows]).backward()
            optimizer.step()
        with torch.inference_mode():
            best = min(
                best, (float(loss(held, far)), functional.normalize(line(held)) * signs), key=lambda pair: pair[0]
            )
    direction = best[1].numpy().astype(float)
    length = np.mean((direction * far.numpy()).sum(axis=1))
    tokens = aligner.align(weights, encoder, data.val.signals(), run)
    assert tokens.shape == (60, 2, 20)
    assert tokens.reshape(60, 40) == pytest.approx(pca.mean_ + length * direction @ pca.components_, abs=1e-2)


def test_the_nearest_tokens_are_those_of_the_own_picture(fitted: Any, run: PlainRun) -> None:
    data, encoder, train, val = fitted
    targets = targets_of(data, np.concatenate([train, val]), noise=1.0)
    aligner = Contrastive(rate=0.01)
    tokens = aligner.align(aligner.fit(encoder, data, targets, run), encoder, data.val.signals(), run)
    assert targets.fine is not None
    away = tokens.reshape(60, 40) - targets.fine[:150].reshape(150, 40).mean(axis=0)
    own = targets.fine[150:].reshape(60, 40) - targets.fine[:150].reshape(150, 40).mean(axis=0)
    assert np.mean((away @ own.T).argmax(axis=1) == np.arange(60)) > 0.3  # chance .017


def test_an_embedding_that_tells_nothing_gives_the_mean(fitted: Any, run: PlainRun) -> None:
    data, _, train, val = fitted
    encoder = Fitted(Chance(), Chance().fit(data, run))
    targets = targets_of(data, np.concatenate([train, val]), noise=1.0)
    aligner = Contrastive(epochs=2)
    tokens = aligner.align(aligner.fit(encoder, data, targets, run), encoder, data.val.signals(), run)
    assert targets.fine is not None
    mean = targets.fine[:150].mean(axis=0)
    assert np.abs(tokens - mean).max() < 0.2 * targets.fine.std()


def test_without_captions_the_tokens_are_those_of_the_class_name(fitted: Any, run: PlainRun) -> None:
    data, encoder, *_ = fitted
    coarse = np.random.default_rng(0).standard_normal((3, 2, 20))
    aligner = Contrastive(rate=0.01)
    weights = aligner.fit(encoder, data, Targets(coarse, None), run)
    tokens = aligner.align(weights, encoder, data.val.signals(), run)
    nearest = np.square(tokens[:, None] - coarse).sum(axis=(2, 3)).argmin(axis=1)
    assert np.mean(nearest == data.val.label) > 0.55  # chance .333; equal captions count as wrong in the loss
