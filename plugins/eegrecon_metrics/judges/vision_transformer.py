"""The judge of n-way identification: torchvision's ViT-H/14, pre-trained on SWAG and fine-tuned on ImageNet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from eegrecon import Count, Floats, InvalidConfiguration, Pixels, Run
from eegrecon_metrics.networks.file_judge import FileJudge
from eegrecon_metrics.networks.imagenet import imagenet
from eegrecon_metrics.networks.weights import STAND_IN, PublishedFile

PUBLISHED = PublishedFile(
    name="vit_h_14_swag-80465313.pth",
    url="https://download.pytorch.org/models/vit_h_14_swag-80465313.pth",
    megabytes=2534,
    instead=STAND_IN,
)
LAYERS = {"features": "features", "logits": "logits"}


@dataclass(frozen=True)
class VisionTransformer(FileJudge):
    """ViT-H/14 of torchvision (IMAGENET1K_SWAG_E2E_V1): features (n, 1280), logits (n, 1000).

    The judge of BrainVis and DreamDiffusion. Its sizes are fields, so that the same code serves smaller transformers
    of torchvision's architecture with the 1000 classes of ImageNet; a file of other sizes is refused. Pictures are
    resized to ``size``, cropped and normalised by torchvision's own preset for these weights.

    Attributes:
        weights: file of weights; "" means the published one in torch's cache folder.
        layers: number of encoder blocks.
        heads: attention heads per block; they cannot be inferred from the weights.
        width: width of a token and of ``features``.
        feed_forward: width inside a block's feed-forward part.
        patch: pixels per side of a patch.
        size: pixels per side of the input picture.
        batch: number of pictures per forward pass.
    """

    published = PUBLISHED
    layers: Count = 32
    heads: Count = 16
    width: Count = 1280
    feed_forward: Count = 5120
    patch: Count = 14
    size: Count = 518
    batch: Count = 8

    def __post_init__(self) -> None:
        if self.size % self.patch or self.width % self.heads:
            raise InvalidConfiguration(
                f"vit-h-14: size {self.size} must be a multiple of patch {self.patch}, and width {self.width} of "
                f"heads {self.heads}"
            )

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
        """Network and width of its features; other sizes are spelled out, other weights shown by their digest."""
        if self.sizes == VisionTransformer().sizes:
            network = "vit-h-14-1280"
        else:
            network = f"vit-{self.layers}x{self.width}-{self.heads}-{self.feed_forward}-{self.patch}-{self.size}"
        return network + self.weights_suffix

    @property
    def sizes(self) -> tuple[int, ...]:
        """Layers, heads, width, feed-forward width, patch and picture size."""
        return (self.layers, self.heads, self.width, self.feed_forward, self.patch, self.size)

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return ``features`` (n, width) and ``logits`` (n, 1000) of uint8 (n, h, w, 3).

        Raises:
            MissingFiles: there is no file of weights.
            DataError: the weights do not fit a network of these sizes.
        """
        from eegrecon_metrics.networks.extraction import extract_layers, fidelity_layers
        from eegrecon_metrics.networks.vision_extractor import vision_extractor

        path = self.file
        extractor = run.shared(f"{path} on {run.device}", lambda: vision_extractor(path, self.sizes).to(run.device))
        return extract_layers(fidelity_layers(extractor, LAYERS), pictures, self.batch, run, "ViT")
