"""The judge of IS and FID: Inception v3 in the form of the TensorFlow graph of 2015, through torch-fidelity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from eegrecon import DataError, Floats, Pixels, Run
from eegrecon_metrics.file_judge import FileJudge
from eegrecon_metrics.weights import PublishedFile, state_dict

PUBLISHED = PublishedFile(
    name="weights-inception-2015-12-05-6726825d.pth",
    url="https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/weights-inception-2015-12-05-6726825d.pth",
    megabytes=96,
)
NODES = 1008  # outputs of the graph; ILSVRC 2012 has 1000 classes, the rest were never trained
LAYERS = {"2048": "features", "logits_unbiased": "logits"}  # the layers of torch-fidelity's FID and IS


@dataclass(frozen=True)
class Inception2015(FileJudge):
    """Inception v3 with the weights that IS and FID were defined by: features (n, 2048), logits (n, 1008).

    Pictures are resized to 299 x 299 as TensorFlow 1 did it. ``logits`` lack the bias, as in the published IS code.
    The graph's outputs come in an order of their own, and its label map is not part of torch-fidelity: so they bear
    numbers, not names, and this judge does not serve for identification by label.

    Attributes:
        weights: file of weights; "" stands for the published one in torch's cache folder.
        batch: how many pictures are looked at together.
    """

    published = PUBLISHED
    batch: int = 32

    @property
    def classes(self) -> tuple[str, ...]:
        """Numbers of the graph's outputs."""
        return tuple(f"output {number} of the Inception graph of 2015" for number in range(NODES))

    @property
    def identity(self) -> str:
        """Network and width of its features; other than the published weights are told by their digest."""
        return "inception2015-2048" + self.variety

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, 2048) and ``logits`` (n, 1008) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: the weights are not there.
            DataError: the weights are not those of this network.
        """
        from eegrecon_metrics.extraction import layers_of, look_through

        path = self.file
        extractor = run.shared(f"{path} on {run.device}", lambda: _extractor(path).to(run.device))
        return look_through(layers_of(extractor, LAYERS), pictures, self.batch, run, "Inception 2015")


def _extractor(path: Path) -> Any:
    """torch-fidelity's own extractor. It would unpickle the file unguarded, so it is given checked bytes instead."""
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
