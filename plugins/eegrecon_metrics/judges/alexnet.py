"""The judge of two-way identification at two depths: AlexNet of torchvision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eegrecon import Count, DataError, Floats, Pixels, Run
from eegrecon_metrics.networks.file_judge import FileJudge
from eegrecon_metrics.networks.weights import PublishedFile, state_dict

PUBLISHED = PublishedFile(
    name="alexnet-owt-7be5be79.pth", url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth", megabytes=233
)
LAST = {2: 4, 5: 11}  # index of the rectifier after that convolution, in torchvision's ``features``


@dataclass(frozen=True)
class AlexNet(FileJudge):
    """AlexNet of torchvision (IMAGENET1K_V1): ``features`` are the values of one convolution, flattened.

    The second convolution has 192 x 27 x 27 values, half a megabyte a picture; the fifth has 256 x 13 x 13. Pictures
    are resized, cropped to 224 and normalised by torchvision's preset for these weights. The classifier is not read.

    Attributes:
        weights: file of weights; "" means the published one in torch's cache folder.
        depth: number of the convolution.
        batch: number of pictures per forward pass.
    """

    published = PUBLISHED
    depth: Literal[2, 5] = 5
    batch: Count = 64

    @property
    def classes(self) -> tuple[str, ...]:
        """Empty: the classifier is not read."""
        return ()

    @property
    def identity(self) -> str:
        """Network and depth, with a digest of weights other than the published ones."""
        return f"alexnet-{self.depth}" + self.weights_suffix

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: there is no file of weights.
            DataError: the weights are not AlexNet's.
        """
        from torchvision.models import AlexNet_Weights

        from eegrecon_metrics.networks.extraction import extract_layers

        path = self.file
        network = run.shared(f"{path} to {self.depth} on {run.device}", lambda: _network(path, self.depth, run.device))
        preset = AlexNet_Weights.IMAGENET1K_V1.transforms()
        return extract_layers(
            lambda pixels: {"features": network(preset(pixels)).flatten(1)}, pictures, self.batch, run, "AlexNet"
        )


def _network(path: Path, depth: int, device: str) -> Any:
    """Return the convolutions up to the given one, with its rectifier."""
    from torchvision.models import alexnet

    network = alexnet().features[: LAST[depth] + 1]
    state = {name: tensor for name, tensor in state_dict(path).items() if name.startswith("features.")}
    needed = {f"features.{name}" for name in network.state_dict()}
    try:
        if missing := sorted(needed - state.keys()):
            raise RuntimeError(f"missing: {', '.join(missing)}")
        network.load_state_dict({name.removeprefix("features."): state[name] for name in needed})
    except RuntimeError as error:
        raise DataError(
            f"{path} does not hold torchvision's AlexNet ({' '.join(str(error).split())[:200]}); "
            f"fetch {PUBLISHED.name} from {PUBLISHED.url}"
        ) from error
    return network.eval().to(device)
