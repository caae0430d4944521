"""The networks of the field's distances between features: EfficientNet-B1 and SwAV's ResNet-50."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from eegrecon import Count, DataError, Floats, Pixels, Run
from eegrecon_metrics.networks.file_judge import FileJudge
from eegrecon_metrics.networks.weights import PublishedFile, state_dict

MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet, as both were trained
HEADS = ("classifier.", "fc.", "projection_head.", "prototypes.")  # of classes and of training, which are not read
EFFICIENTNET_B1 = PublishedFile(
    name="efficientnet_b1-c27df63c.pth",
    url="https://download.pytorch.org/models/efficientnet_b1-c27df63c.pth",
    megabytes=30,
)
SWAV = PublishedFile(
    name="swav_800ep_pretrain.pth.tar",
    url="https://dl.fbaipublicfiles.com/deepcluster/swav_800ep_pretrain.pth.tar",
    megabytes=108,
)


@dataclass(frozen=True)
class FeatureNetwork(FileJudge):
    """A convolutional network without its head: ``features`` (n, width) are its last maps, averaged over their places.

    Pictures are resized so that the shorter side fits (bilinear, antialiased) and are not cropped, as in the published
    evaluations of fMRI-to-image reconstruction (Ozcelik and VanRullen, 2023; MindEye, arXiv:2305.18274).

    Attributes:
        weights: file of weights; "" means the published one in torch's cache folder.
        batch: number of pictures per forward pass.
    """

    title: ClassVar[str]
    side: ClassVar[int]  # of the input picture
    batch: Count = 32

    @property
    def classes(self) -> tuple[str, ...]:
        """Empty: the classifier is not read."""
        return ()

    @abstractmethod
    def body(self) -> Any:
        """Return the untrained network, whose head gives what it receives."""

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: there is no file of weights.
            DataError: the weights are not this network's.
        """
        from torchvision.transforms.v2 import functional

        from eegrecon_metrics.networks.extraction import extract_layers

        path = self.file
        network = run.shared(f"{path} on {run.device}", lambda: self._network().to(run.device))

        def extract(pixels: Any) -> Mapping[str, Any]:
            resized = functional.resize(pixels.float() / 255, [self.side], antialias=True)  # bilinear
            return {"features": network(functional.normalize(resized, list(MEAN), list(DEVIATION)))}

        return extract_layers(extract, pictures, self.batch, run, self.title)

    def _network(self) -> Any:
        """Return the network with the weights in the file, whose names may begin with ``module.``."""
        network = self.body()
        state = {name.removeprefix("module."): tensor for name, tensor in state_dict(self.file).items()}
        try:
            network.load_state_dict({name: tensor for name, tensor in state.items() if not name.startswith(HEADS)})
        except RuntimeError as error:
            raise DataError(
                f"{self.file} does not hold {self.title} ({' '.join(str(error).split())[:200]}); "
                f"fetch {self.published.name} from {self.published.url}"
            ) from error
        return network.eval().requires_grad_(False)


@dataclass(frozen=True)
class EfficientNetB1(FeatureNetwork):
    """EfficientNet-B1 of torchvision (IMAGENET1K_V2): ``features`` (n, 1280) at 255 pixels."""

    published = EFFICIENTNET_B1
    title: ClassVar[str] = "EfficientNet-B1"
    side: ClassVar[int] = 255

    @property
    def identity(self) -> str:
        """Network, width and input, with a digest of weights other than the published ones."""
        return f"efficientnet-b1-1280-{self.side}" + self.weights_suffix

    def body(self) -> Any:
        """Return torchvision's network."""
        from torch import nn
        from torchvision.models import efficientnet_b1

        network = efficientnet_b1()
        network.classifier = nn.Identity()
        return network


@dataclass(frozen=True)
class SwAV(FeatureNetwork):
    """ResNet-50 trained by SwAV for 800 epochs (facebookresearch/swav): ``features`` (n, 2048) at 224 pixels."""

    published = SWAV
    title: ClassVar[str] = "SwAV's ResNet-50"
    side: ClassVar[int] = 224

    @property
    def identity(self) -> str:
        """Network, width, input, and a digest of the weights, whose published file has no digest in its name."""
        return f"swav-resnet50-2048-{self.side}" + self.weights_suffix

    def body(self) -> Any:
        """Return torchvision's network."""
        from torch import nn
        from torchvision.models import resnet50

        network = resnet50()
        network.fc = nn.Identity()
        return network
