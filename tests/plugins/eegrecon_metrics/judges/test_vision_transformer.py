from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import save_file
from torchvision.models import VisionTransformer as Network
from torchvision.models import ViT_H_14_Weights

from eegrecon import DataError, InvalidConfiguration, MissingFiles, Pixels
from eegrecon_metrics.judges.vision_transformer import VisionTransformer

Sizes = dict[str, int]


def test_it_returns_class_token_and_class_scores(
    tiny_network: Network, tiny_file: Path, tiny_sizes: Sizes, pictures: Pixels, run: Any
) -> None:
    views = VisionTransformer(weights=str(tiny_file), batch=2, **tiny_sizes).look(pictures, run)
    preset = ViT_H_14_Weights.IMAGENET1K_SWAG_E2E_V1.transforms(crop_size=28, resize_size=28)
    with torch.inference_mode():
        scores = tiny_network(preset(torch.from_numpy(pictures).permute(0, 3, 1, 2)))
    assert views["logits"] == pytest.approx(scores.numpy(), abs=1e-5)
    head = tiny_network.heads.head
    by_hand = views["features"] @ head.weight.detach().numpy().T + head.bias.detach().numpy()
    assert by_hand == pytest.approx(views["logits"], abs=1e-5)
    assert (views["features"].shape, views["logits"].shape) == ((5, 16), (5, 1000))


def test_the_same_weights_as_safetensors_give_the_same_scores(
    tiny_network: Network, tiny_file: Path, tiny_sizes: Sizes, pictures: Pixels, run: Any, tmp_path: Path
) -> None:
    other = tmp_path / "tiny.safetensors"
    save_file(tiny_network.state_dict(), other)
    views = [VisionTransformer(weights=str(path), **tiny_sizes).look(pictures, run) for path in (tiny_file, other)]
    assert np.array_equal(views[0]["logits"], views[1]["logits"])


def test_the_network_is_loaded_once_per_process(tiny_file: Path, tiny_sizes: Sizes, pictures: Pixels, run: Any) -> None:
    judge = VisionTransformer(weights=str(tiny_file), **tiny_sizes)
    judge.look(pictures, run)
    judge.look(pictures, run)
    assert len(run.live) == 1


def test_weights_of_other_sizes_are_refused(tiny_file: Path, tiny_sizes: Sizes, pictures: Pixels, run: Any) -> None:
    with pytest.raises(DataError, match=r"tiny\.pth .*3 layers of width 16"):
        VisionTransformer(weights=str(tiny_file), **(tiny_sizes | {"layers": 3})).look(pictures, run)
    with pytest.raises(InvalidConfiguration, match=r"size 500 .*patch 14"):
        VisionTransformer(size=500)


def test_a_path_without_a_file_is_named(pictures: Pixels, run: Any) -> None:
    with pytest.raises(MissingFiles, match=r"/nowhere/vit\.pth"):
        VisionTransformer(weights="/nowhere/vit.pth").look(pictures, run)


def test_the_identity_contains_other_sizes_and_other_weights(
    tiny_file: Path, tiny_sizes: Sizes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    assert VisionTransformer().identity == "vit-h-14-1280"
    tiny = VisionTransformer(weights=str(tiny_file), **tiny_sizes).identity
    assert tiny.startswith("vit-2x16-2-24-7-28-")
    tiny_file.write_bytes(tiny_file.read_bytes() + b" ")
    assert VisionTransformer(weights=str(tiny_file), **tiny_sizes).identity != tiny
