"""The network that classifies every attribute of a picture of this world.

It processes a thousand pictures in a second; it is registered with torch-fidelity as the extractor
``eegrecon-shapes-judge``, so that its features serve FID, KID and IS by the usual code.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY, register_feature_extractor

from eegrecon_shapes.world.pictures import ATTRIBUTES, SIDE

NAME = "eegrecon-shapes-judge"
WIDTH = 64
WEIGHTS = Path(__file__).resolve().parent / "weights" / "judge" / "judge.safetensors"


def _step(inputs: int, outputs: int, side: int, stride: int) -> nn.Sequential:
    convolution = nn.Conv2d(inputs, outputs, side, stride, side // 2, bias=False)
    return nn.Sequential(convolution, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class Reader(nn.Module):
    """Convolutions down to 4x4, a layer of 64 features, one linear read-out per attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(_step(3, 32, 5, 2), _step(32, 64, 3, 2), _step(64, 64, 3, 1), _step(64, 96, 3, 2))
        self.features = nn.Sequential(nn.Flatten(), nn.Linear(96 * 16, WIDTH), nn.ReLU())
        self.heads = nn.ModuleDict({name: nn.Linear(WIDTH, len(values)) for name, values in ATTRIBUTES.items()})

    def forward(self, pictures: Tensor) -> dict[str, Tensor]:
        """Pictures (n, 3, 32, 32) in -1..1 to ``features`` (n, 64) and the scores of each attribute (n, values)."""
        features = self.features(self.body(pictures))
        return {"features": features} | {name: head(features) for name, head in self.heads.items()}


class ShapesFeatures(FeatureExtractorBase):  # type: ignore[misc]  # torch-fidelity has no types
    """The network in torch-fidelity's form: uint8 (n, 3, height, width) in, the requested layers out."""

    def __init__(self, name: str, features_list: list[str], weights: Path = WEIGHTS, **unused: Any) -> None:
        super().__init__(name, features_list)
        self.reader = Reader()
        self.reader.load_state_dict({key: value.float() for key, value in load_file(weights).items()})
        self.eval().requires_grad_(requires_grad=False)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        """Return the layers: the 64 features, the class scores (``logits``) and the scores of the other attributes."""
        return ("features", "logits", *(name for name in ATTRIBUTES if name != "shape"))

    @staticmethod
    def get_default_feature_layer_for_metric(metric: str) -> str:
        """Return the class scores for IS, the features for every other metric."""
        return "logits" if metric == "isc" else "features"

    @staticmethod
    def can_be_compiled() -> bool:
        """Return True."""
        return True

    @staticmethod
    def get_dummy_input_for_compile() -> Tensor:
        """Return two black pictures."""
        return torch.zeros(2, 3, SIDE, SIDE, dtype=torch.uint8)

    def forward(self, pictures: Tensor) -> tuple[Tensor, ...]:
        """Return the requested layers, each (n, width) float32."""
        x = pictures.float() / 127.5 - 1  # (n, 3, height, width)
        if x.shape[-2:] != (SIDE, SIDE):
            x = nn.functional.interpolate(x, (SIDE, SIDE), mode="bicubic", antialias=True, align_corners=False)
        layers = self.reader(x)
        layers["logits"] = layers["shape"]
        return tuple(layers[name] for name in self.features_list)


def register() -> None:
    """Register the extractor with torch-fidelity, once."""
    if NAME not in FEATURE_EXTRACTORS_REGISTRY:
        register_feature_extractor(NAME, ShapesFeatures)
