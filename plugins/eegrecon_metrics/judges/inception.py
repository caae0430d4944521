"""The judge of IS and FID: Inception v3 in the form of the TensorFlow graph of 2015, loaded by torch-fidelity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from eegrecon import Count, DataError, Floats, Pixels, Run
from eegrecon_metrics.networks.file_judge import FileJudge
from eegrecon_metrics.networks.weights import STAND_IN, PublishedFile, state_dict

PUBLISHED = PublishedFile(
    name="weights-inception-2015-12-05-6726825d.pth",
    url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    megabytes=96,
    instead=STAND_IN,
)
NODES = 1008  # outputs of the graph; ILSVRC 2012 has 1000 classes, the remaining outputs were never trained
LAYERS = {"2048": "features", "logits_unbiased": "logits"}  # the layers of torch-fidelity's FID and IS


@dataclass(frozen=True)
class Inception2015(FileJudge):
    """Inception v3 with the weights that define IS and FID: features (n, 2048), logits (n, 1008).

    Pictures are resized to 299 x 299 as in TensorFlow 1. ``logits`` lack the bias, as in the published IS code.
    The label map of the graph's outputs is not part of torch-fidelity. The outputs are therefore numbered, not named,
    and this judge cannot serve identification by label.

    Attributes:
        weights: file of weights; "" means the published one in torch's cache folder.
        batch: number of pictures per forward pass.
    """

    published = PUBLISHED
    batch: Count = 32

    @property
    def classes(self) -> tuple[str, ...]:
        """Numbers of the graph's outputs."""
        return tuple(f"output {number} of the Inception graph of 2015" for number in range(NODES))

    @property
    def identity(self) -> str:
        """Network and width of its features, with a digest of weights other than the published ones."""
        return "inception2015-2048" + self.weights_suffix

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, 2048) and ``logits`` (n, 1008) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: there is no file of weights.
            DataError: the weights do not fit this network.
        """
        from eegrecon_metrics.networks.extraction import extract_layers, fidelity_layers

        path = self.file
        extractor = run.shared(f"{path} on {run.device}", lambda: _extractor(path).to(run.device))
        return extract_layers(fidelity_layers(extractor, LAYERS), pictures, self.batch, run, "Inception 2015")


def _extractor(path: Path) -> Any:
    """Return torch-fidelity's extractor. It unpickles whatever it loads, so it receives bytes that were checked."""
    import torch
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    checked = BytesIO()
    torch.save(state_dict(path), checked)
    checked.seek(0)
    try:
        return FeatureExtractorInceptionV3("inception-v3-compat", list(LAYERS), feature_extractor_weights_path=checked)
    except RuntimeError as error:
        raise DataError(
            f"{path} does not hold the Inception v3 of 2015 ({'; '.join(str(error).split(chr(10))[1:3]).strip()}); "
            f"fetch {PUBLISHED.name} from {PUBLISHED.url}"
        ) from error
