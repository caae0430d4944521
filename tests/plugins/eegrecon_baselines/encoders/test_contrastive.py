"""NICE and ATM-S against their layers written out, and what they learn from pictures."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA
from torch.nn import functional

from eegrecon import Floats, Judge, Pixels, Run, Training
from eegrecon.testing import PlainRun
from eegrecon.training import Recorded, without_prefix
from eegrecon_baselines.encoders.atm_s import AtmS
from eegrecon_baselines.encoders.contrastive import ContrastiveEncoder
from eegrecon_baselines.encoders.nice import Nice
from eegrecon_baselines.networks.contrastive import info_nce

Weights = dict[str, torch.Tensor]
THINGS = Recorded(tuple(map(str, range(63))), 250, 250.0, 200)  # the recordings of both papers


@pytest.fixture(scope="module")
def data(world: Any) -> Training:
    """Trials whose pictures are noise about one of their class."""
    data: Training = world.training(1.0, 0.0)
    rng = np.random.default_rng(4)
    label = np.concatenate([data.train.label, data.val.label])
    pictures = rng.integers(0, 200, (3, 16, 16, 3))[label] + rng.integers(0, 55, (len(label), 16, 16, 3))
    return replace(data, pictures=list(pictures.astype(np.uint8)))


def learned(encoder: ContrastiveEncoder, data: Training, run: PlainRun) -> tuple[Any, Weights]:
    """Return features of the validation trials, and the weights of the network as tensors."""
    weights = encoder.fit(data, run)
    tensors = {name: torch.from_numpy(array) for name, array in without_prefix(weights, "network").items()}
    return encoder.encode(weights, data.val.signals(), run), tensors


def standardised(data: Training, w: Weights) -> torch.Tensor:
    return (torch.from_numpy(data.val.eeg) - w["0.mean"]) / w["0.deviation"]


def normed(x: torch.Tensor, w: Weights, name: str) -> torch.Tensor:
    mean, variance = w[f"{name}.running_mean"], w[f"{name}.running_var"]
    x = (x - mean[:, None, None]) / torch.sqrt(variance[:, None, None] + 1e-5)
    return x * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]


def convolved(x: torch.Tensor, w: Weights, layer: int) -> torch.Tensor:
    """Return NICE's projection of (n, 4, times), with its kernel of 25 and a pool that covers what is left."""
    body = f"1.body.{layer}"
    x = torch.einsum("ncsk,fk->nfcs", x.unfold(2, 25, 1), w[f"{body}.1.weight"][:, 0, 0])
    x = x + w[f"{body}.1.bias"][:, None, None]
    pool = min(51, x.shape[3])
    x = x.unfold(3, pool, 5).mean(dim=4)
    x = functional.elu(normed(x, w, f"{body}.3"))
    x = torch.einsum("nfcs,gfc->ngs", x, w[f"{body}.5.weight"][..., 0]) + w[f"{body}.5.bias"][:, None]
    x = functional.elu(normed(x[:, :, None], w, f"{body}.6"))
    x = torch.einsum("nfqs,gf->ngqs", x, w[f"{body}.9.weight"][..., 0, 0]) + w[f"{body}.9.bias"][:, None, None]
    head = f"1.body.{layer + 1}"
    first = x.flatten(1) @ w[f"{head}.first.weight"].T + w[f"{head}.first.bias"]
    gelu = first * (1 + torch.erf(first / math.sqrt(2))) / 2
    return layer_norm(first + gelu @ w[f"{head}.second.weight"].T + w[f"{head}.second.bias"], w, f"{head}.norm")


def layer_norm(x: torch.Tensor, w: Weights, name: str) -> torch.Tensor:
    x = (x - x.mean(dim=-1, keepdim=True)) / torch.sqrt(x.var(dim=-1, correction=0, keepdim=True) + 1e-5)
    return x * w[f"{name}.weight"] + w[f"{name}.bias"]


def attended(x: torch.Tensor, w: Weights) -> torch.Tensor:
    """Return one transformer layer of four heads over the channels of (n, 4, 60)."""
    x = x @ w["1.body.1.embedding.weight"].T + w["1.body.1.embedding.bias"]
    layer = "1.body.1.layer"
    projected = x @ w[f"{layer}.self_attn.in_proj_weight"].T + w[f"{layer}.self_attn.in_proj_bias"]
    q, k, v = (part.reshape(len(x), 4, 4, 15).transpose(1, 2) for part in projected.split(60, dim=2))  # n, head, c, 15
    mixed = torch.softmax(q @ k.transpose(2, 3) / math.sqrt(15), dim=3) @ v
    mixed = mixed.transpose(1, 2).reshape(len(x), 4, 60)
    x = x + mixed @ w[f"{layer}.self_attn.out_proj.weight"].T + w[f"{layer}.self_attn.out_proj.bias"]
    x = layer_norm(x, w, f"{layer}.norm1")
    hidden = x @ w[f"{layer}.linear1.weight"].T + w[f"{layer}.linear1.bias"]
    hidden = hidden * (1 + torch.erf(hidden / math.sqrt(2))) / 2
    x = x + hidden @ w[f"{layer}.linear2.weight"].T + w[f"{layer}.linear2.bias"]
    return layer_norm(layer_norm(x, w, f"{layer}.norm2"), w, "1.body.1.norm")


def test_nice_is_its_layers(data: Training, run: PlainRun) -> None:
    features, w = learned(Nice(epochs=2, width=20), data, run)
    embedding = convolved(standardised(data, w), w, 1)
    assert features.embedding == pytest.approx(embedding.numpy(), abs=1e-4)
    cosine = functional.cosine_similarity(embedding[:, None], w["1.prototypes"], dim=2)
    assert features.logits == pytest.approx((cosine * w["1.scale.log"].exp()).numpy(), abs=1e-3)


def test_atm_s_is_attention_among_channels_before_the_layers_of_nice(data: Training, run: PlainRun) -> None:
    features, w = learned(AtmS(epochs=2, width=20), data, run)
    embedding = convolved(attended(standardised(data, w), w), w, 2)
    assert features.embedding == pytest.approx(embedding.numpy(), abs=1e-4)


def test_atm_s_without_attention_is_nice(data: Training, run: PlainRun) -> None:
    found = []
    for encoder in (Nice(epochs=1, width=8), AtmS(epochs=1, width=8, attention=False)):
        torch.manual_seed(3)
        found.append(learned(encoder, data, run)[0].logits)
    assert np.array_equal(*found)


def test_the_networks_have_the_parameters_of_the_published_ones() -> None:
    convolution = 40 * 26 + 40 * (40 * 63 + 1) + 2 * 80 + 40 * 41
    projection = 1441 * 768 + 769 * 768 + 2 * 768  # of 36 times of 40 filters
    temperature = 1
    nice = Nice(width=768).build(THINGS)
    assert sum(p.numel() for p in nice.parameters()) == convolution + projection + temperature
    one_second_at_1_khz = replace(THINGS, samples=1000, sfreq=1000.0)
    assert (
        sum(p.numel() for p in Nice(width=768).build(one_second_at_1_khz).parameters()) == convolution + projection + 1
    )


def test_info_nce_of_two_pairs_by_hand() -> None:
    one, other = torch.eye(2), torch.tensor([[0.6, 0.8], [0.0, 1.0]])
    rows = (math.log1p(math.exp(-1.2)) + math.log1p(math.exp(2 * 0.8 - 2))) / 2  # 2 * (.6 - 0), 2 * (1 - .8)
    columns = (math.log1p(math.exp(2 * 0.8 - 1.2)) + math.log1p(math.exp(-2))) / 2
    assert float(info_nce(one, other, torch.tensor(2.0))) == pytest.approx((rows + columns) / 2)


def test_the_prototypes_are_class_means_of_principal_components(data: Training, run: PlainRun) -> None:
    _, w = learned(Nice(epochs=1, width=20), data, run)
    pixels = np.stack(data.pictures[:150]).reshape(150, -1).astype(float)  # of the training trials
    components = PCA(20, svd_solver="full").fit_transform(pixels)
    means = np.stack([components[data.train.label == one].mean(axis=0) for one in range(3)])
    assert np.abs(w["1.prototypes"].numpy()) == pytest.approx(np.abs(means), rel=1e-3, abs=1e-2)  # signs are free


@dataclass(frozen=True)
class Channels(Judge):
    """Mean colour and nothing else."""

    @property
    def classes(self) -> tuple[str, ...]:
        return ()

    def look(self, pictures: Pixels, run: Run) -> dict[str, Floats]:
        return {"features": pictures.mean(axis=(1, 2))}


def test_a_judge_gives_the_embeddings_of_pictures(data: Training, run: PlainRun) -> None:
    _, w = learned(Nice(epochs=1, width=20, pictures=Channels()), data, run)
    assert (w["1.prototypes"][:, 3:] == 0).all()  # three numbers have three components
    assert (w["1.prototypes"][:, :3] != 0).any()


@pytest.mark.parametrize("encoder", [Nice(epochs=12, width=32), AtmS(epochs=12, width=32)])
def test_it_learns_a_response(world: Any, data: Training, run: PlainRun, encoder: ContrastiveEncoder) -> None:
    test = world.trials(300, 1.0, 0.0, seed=12)
    scores = encoder.encode(encoder.fit(data, run), test.signals(), run).logits
    assert scores is not None
    assert np.mean(scores.argmax(axis=1) == test.label) > 0.7  # chance .333


def test_a_class_without_training_trials_is_never_chosen(data: Training, run: PlainRun) -> None:
    some = replace(data, train=data.train.take(np.flatnonzero(data.train.label > 0)))
    features, _ = learned(Nice(epochs=1, width=8), some, run)
    assert set(features.logits.argmax(axis=1)) <= {1, 2}


def test_any_pictures_are_embedded_by_the_components_of_the_training_pictures(data: Training, run: PlainRun) -> None:
    encoder = Nice(epochs=1, width=20)
    weights = encoder.fit(data, run)
    new = list(np.random.default_rng(5).integers(0, 256, (7, 16, 16, 3), dtype=np.uint8))
    fitted = PCA(20, svd_solver="full").fit(np.stack(data.pictures[:150]).reshape(150, -1).astype(float))
    expected = fitted.transform(np.stack(new).reshape(7, -1))
    assert np.abs(encoder.embed(weights, new, run)) == pytest.approx(np.abs(expected), rel=1e-3, abs=1e-2)
    assert encoder.space == "pixels-16-pca20"
    assert Nice(width=20, pictures=Channels()).space == "channels-pca20"


def test_the_picture_that_was_seen_is_nearest_to_the_eeg_more_often_than_chance(
    world: Any, data: Training, run: PlainRun
) -> None:
    encoder, test = Nice(epochs=12, width=32), world.trials(300, 1.0, 0.0, seed=12)
    weights = encoder.fit(data, run)
    one_of_each = encoder.embed(weights, [data.pictures[int(np.argmax(data.train.label == k))] for k in range(3)], run)
    embedding = encoder.encode(weights, test.signals(), run).embedding
    cosine = embedding @ (one_of_each / np.linalg.norm(one_of_each, axis=1, keepdims=True)).T
    assert np.mean(cosine.argmax(axis=1) == test.label) > 0.6  # chance .333
