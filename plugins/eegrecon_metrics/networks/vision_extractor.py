"""A vision transformer of torchvision as a torch-fidelity feature extractor. Imports torch; loaded when used."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor
from torch_fidelity.feature_extractor_base import FeatureExtractorBase
from torchvision.models import VisionTransformer, ViT_H_14_Weights

from eegrecon import DataError
from eegrecon_metrics.networks.weights import state_dict

CLASSES = 1000


class VisionExtractor(FeatureExtractorBase):  # type: ignore[misc]  # the library ships no types
    """Class token before the head (``features``) and class scores (``logits``) of uint8 (n, 3, h, w)."""

    def __init__(self, network: VisionTransformer, size: int) -> None:
        super().__init__("vit", ["features", "logits"])
        self.head, network.heads = network.heads, torch.nn.Identity()
        self.trunk = network
        self.preset = ViT_H_14_Weights.IMAGENET1K_SWAG_E2E_V1.transforms(crop_size=size, resize_size=size)

    @staticmethod
    def get_provided_features_list() -> tuple[str, ...]:
        """Return the names of the layers."""
        return ("features", "logits")

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Return (n, width) and (n, classes)."""
        features = self.trunk(self.preset(pixels))  # (n, width)
        return features, self.head(features)


def vision_extractor(path: Path, sizes: tuple[int, ...]) -> VisionExtractor:
    """Build a transformer of the given sizes on the weights in a file, without a second copy of them in memory.

    Args:
        path: a state dict with torchvision's names.
        sizes: layers, heads, width, feed-forward width, patch, picture size.

    Raises:
        DataError: names or shapes in the file differ from the network's.
    """
    layers, heads, width, feed_forward, patch, size = sizes
    with torch.device("meta"):
        network = VisionTransformer(size, patch, layers, heads, width, feed_forward, num_classes=CLASSES)
    try:
        network.load_state_dict(state_dict(path), assign=True)
    except RuntimeError as error:
        raise DataError(
            f"{path} does not hold a vision transformer with {layers} layers of width {width}, patch {patch} and "
            f"pictures of {size} ({'; '.join(line.strip() for line in str(error).splitlines()[1:3])}); name the right "
            "file, or set the judge's sizes to the file's"
        ) from error
    network.requires_grad_(False)
    extractor = VisionExtractor(network, size)
    extractor.eval()
    return extractor
