from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from torchvision.transforms import CenterCrop, Compose, InterpolationMode, Normalize, Resize

from eegrecon import DataError, MissingFiles, Pixels
from eegrecon_metrics.judges.dinov2 import Dinov2


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A DINOv2 of two small layers with random weights, in the form of the published folders."""
    from transformers import BitImageProcessor, Dinov2Config, Dinov2Model
    from transformers.utils import logging

    logging.disable_progress_bar()
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = Dinov2Config(hidden_size=16, num_hidden_layers=2, num_attention_heads=2, image_size=28, patch_size=14)
        network = Dinov2Model(config)
        for parameter in network.parameters():
            torch.nn.init.normal_(parameter, std=0.2)
    network.save_pretrained(tmp_path / "dino")
    mean, deviation = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    BitImageProcessor(
        size={"shortest_edge": 32}, crop_size={"height": 28, "width": 28}, image_mean=mean, image_std=deviation
    ).save_pretrained(tmp_path / "dino")
    return tmp_path / "dino"


def attended(x: Tensor, w: dict[str, Tensor], layer: str) -> Tensor:
    """Return a layer of a vision transformer with two heads and scaled residuals, written out."""

    def normed(x: Tensor, name: str) -> Tensor:
        return torch.nn.functional.layer_norm(x, (16,), w[f"{name}.weight"], w[f"{name}.bias"], 1e-6)

    def linear(x: Tensor, name: str) -> Tensor:
        return x @ w[f"{name}.weight"].T + w[f"{name}.bias"]

    own = normed(x, f"{layer}.norm1")
    inner = f"{layer}.attention.attention"
    q, k, v = (linear(own, f"{inner}.{name}").reshape(len(x), -1, 2, 8).transpose(1, 2) for name in
               ("query", "key", "value"))  # fmt: skip
    mixed = torch.softmax(q @ k.transpose(2, 3) / 8**0.5, dim=3) @ v
    mixed = linear(mixed.transpose(1, 2).reshape(len(x), -1, 16), f"{layer}.attention.output.dense")
    x = x + mixed * w[f"{layer}.layer_scale1.lambda1"]
    hidden = torch.nn.functional.gelu(linear(normed(x, f"{layer}.norm2"), f"{layer}.mlp.fc1"))
    return x + linear(hidden, f"{layer}.mlp.fc2") * w[f"{layer}.layer_scale2.lambda1"]


def test_it_returns_the_class_token_of_the_layers_written_out(folder: Path, pictures: Pixels, run: Any) -> None:
    from safetensors.torch import load_file

    found = Dinov2(model=str(folder), batch=2).look(pictures, run)["features"]
    w = load_file(folder / "model.safetensors")
    preprocess = Compose([
        Resize(32, InterpolationMode.BICUBIC, antialias=True), CenterCrop(28),
        lambda x: x / 255, Normalize((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    ])  # fmt: skip
    pixels = preprocess(torch.from_numpy(pictures).permute(0, 3, 1, 2))
    patches = torch.nn.functional.conv2d(
        pixels, w["embeddings.patch_embeddings.projection.weight"], w["embeddings.patch_embeddings.projection.bias"], 14
    )
    token = w["embeddings.cls_token"].expand(len(pixels), 1, 16)
    x = torch.cat([token, patches.flatten(2).transpose(1, 2)], dim=1) + w["embeddings.position_embeddings"]
    for layer in range(2):
        x = attended(x, w, f"encoder.layer.{layer}")
    expected = torch.nn.functional.layer_norm(x[:, 0], (16,), w["layernorm.weight"], w["layernorm.bias"], 1e-6)
    assert found == pytest.approx(expected.numpy(), abs=1e-3)
    assert Dinov2().identity == "dinov2-base"
    assert Dinov2(model=str(folder)).identity.startswith("dinov2-")


def test_a_folder_of_another_model_or_without_weights_is_refused(folder: Path, run: Any) -> None:
    picture = np.zeros((1, 32, 32, 3), np.uint8)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "num_hidden_layers": 3}))
    with pytest.raises(DataError, match=r"dino does not hold the DINOv2 .*encoder\.layer\.2"):
        Dinov2(model=str(folder)).look(picture, run)
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "vit"}))
    with pytest.raises(DataError, match="type 'vit'.*facebook/dinov2-base"):
        Dinov2(model=str(folder)).look(picture, run)
    (folder / "model.safetensors").unlink()
    with pytest.raises(MissingFiles, match=r"model\.safetensors .*346 MB.*hf download"):
        Dinov2(model=str(folder)).reads()
