"""The judge of the embedded world, which classifies the shape and its colours, place, size and tilt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from eegrecon import Count, Floats, Judge, MissingFiles, Pixels, Run
from eegrecon.resources import content_digest, locate
from eegrecon_shapes.world.pictures import ATTRIBUTES, CLASSES

if TYPE_CHECKING:
    from eegrecon_shapes.reader import ShapesFeatures

WIDTH = 64  # of the features


@dataclass(frozen=True)
class ShapesJudge(Judge):
    """A small convolutional network, trained on drawn pictures with distortions, and on no generated ones.

    Attributes:
        weights: address of its folder.
        batch: pictures processed together.
    """

    weights: str = "eegrecon_shapes:weights/judge"
    batch: Count = 256

    def reads(self) -> Mapping[str, str]:
        """Digest of the weights.

        Raises:
            MissingFiles: they are missing.
        """
        return {"weights": content_digest(self._file().parent)}

    @property
    def classes(self) -> tuple[str, ...]:
        """The 12 shapes."""
        return CLASSES

    @property
    def attributes(self) -> Mapping[str, str]:
        """The class and every other attribute of a shape."""
        return {"class": "logits", **{name: name for name in ATTRIBUTES if name != "shape"}}

    @property
    def identity(self) -> str:
        """Name and width of the features."""
        return f"shapes-judge-{WIDTH}"

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return views of pictures (n, h, w, 3): ``features`` (n, 64), ``logits`` (n, 12), and scores per attribute.

        Those are ``colour`` and ``background`` (n, 8), ``place`` (n, 9), ``size`` (n, 2) and ``tilt`` (n, 3), values in
        the order of ``eegrecon_shapes.world.pictures.ATTRIBUTES``.

        Raises:
            MissingFiles: its weights are missing.
        """
        import torch

        extractor = run.shared(f"shapes-judge {self.weights} {run.device}", lambda: self._extractor(run.device))
        layers = ("features", "logits", *(name for name in ATTRIBUTES if name != "shape"))
        seen: dict[str, list[Floats]] = {layer: [] for layer in layers}
        with torch.inference_mode():
            for start in range(0, len(pictures), self.batch):
                pixels = torch.from_numpy(np.array(pictures[start : start + self.batch]))  # (batch, h, w, 3), a copy
                views = extractor(pixels.permute(0, 3, 1, 2).to(run.device))  # from (batch, 3, h, w)
                for layer, view in zip(layers, views, strict=True):
                    seen[layer].append(view.cpu().numpy())
        return {layer: np.concatenate(views) for layer, views in seen.items()}

    def _extractor(self, device: str) -> ShapesFeatures:
        from eegrecon_shapes.reader import NAME, ShapesFeatures, register

        register()
        layers = ["features", "logits", *(name for name in ATTRIBUTES if name != "shape")]
        extractor: ShapesFeatures = ShapesFeatures(NAME, layers, weights=self._file()).to(device)
        return extractor

    def _file(self) -> Path:
        folder = locate(self.weights)
        if folder is None or not (folder / "judge.safetensors").is_file():
            raise MissingFiles(
                f"the judge's weights are not at {self.weights} (shapes-judge.weights); leave the field out for those "
                "of the package"
            )
        return folder / "judge.safetensors"
