"""The judge of two-way identification at two depths: AlexNet of torchvision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from eegrecon import DataError, Floats, Pixels, Run
from eegrecon_metrics.file_judge import FileJudge
from eegrecon_metrics.weights import PublishedFile, state_dict

PUBLISHED = PublishedFile(
    name="alexnet-owt-7be5be79.pth", url="https://download.pytorch.org/models/alexnet-owt-7be5be79.pth", megabytes=233
)
LAST = {2: 4, 5: 11}  # index of the rectifier after that convolution, in torchvision's ``features``


@dataclass(frozen=True)
class AlexNet(FileJudge):
    """AlexNet of torchvision (IMAGENET1K_V1): ``features`` are the values of one convolution, flattened.

    After the second convolution 192 x 27 x 27 values, half a megabyte a picture; after the fifth 256 x 13 x 13.
    Pictures are resized, cropped to 224 and normalised by torchvision's preset for these weights. The classifier is
    not read.

    Attributes:
        weights: file of weights; "" stands for the published one in torch's cache folder.
        depth: after which convolution.
        batch: how many pictures are looked at together.
    """

    published = PUBLISHED
    depth: Literal[2, 5] = 5
    batch: int = 64

    @property
    def classes(self) -> tuple[str, ...]:
        """None: its classifier is not read."""
        return ()

    @property
    def identity(self) -> str:
        """Network and depth; other than the published weights are told by their digest."""
        return f"alexnet-{self.depth}" + self.variety

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: the weights are not there.
            DataError: the weights are not AlexNet's.
        """
        from torchvision.models import AlexNet_Weights

        from eegrecon_metrics.extraction import look_through

        path = self.file
        network = run.shared(f"{path} to {self.depth} on {run.device}", lambda: _network(path, self.depth, run.device))
        preset = AlexNet_Weights.IMAGENET1K_V1.transforms()
        return look_through(
            lambda pixels: {"features": network(preset(pixels)).flatten(1)}, pictures, self.batch, run, "AlexNet"
        )


def _network(path: Path, depth: int, device: str) -> Any:
    """The convolutions up to one of them, with their rectifier."""
    from torchvision.models import alexnet

    network = alexnet().features[: LAST[depth] + 1]
    state = {name: tensor for name, tensor in state_dict(path).items() if name.startswith("features.")}
    wanted = {f"features.{name}" for name in network.state_dict()}
    try:
        if missing := sorted(wanted - state.keys()):
            raise RuntimeError(f"it lacks {', '.join(missing)}")
        network.load_state_dict({name.removeprefix("features."): state[name] for name in wanted})
    except RuntimeError as error:
        raise DataError(
            f"{path} does not hold torchvision's AlexNet ({' '.join(str(error).split())[:200]}); "
            f"fetch {PUBLISHED.name} from {PUBLISHED.url}"
        ) from error
    return network.eval().to(device)
