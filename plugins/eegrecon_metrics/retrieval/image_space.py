"""The features of a judge as a conditioning space: a picture is one token."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from eegrecon import Conditioner, Count, Floats, Judge, Pictures, Pixels, Run, picture_features
from eegrecon_metrics.judges.clip_vision import ClipVision


@dataclass(frozen=True)
class ImageSpace(Conditioner):
    """The embedding of pictures by a network (open_clip, DINOv2), as one token each.

    An aligner that predicts it places the EEG among pictures: the metric ``retrieval`` finds the seen one, and the
    generator ``retrieval`` shows the nearest training picture. A class name is no picture, so coarse targets are zero.

    Attributes:
        judge: the network.
        layer: name of its layer.
        side: pixels per side that pictures are cropped and resized to before the network sees them.
    """

    judge: Judge = field(default=ClipVision())
    layer: str = "features"
    side: Count = 224

    @classmethod
    def small(cls) -> ImageSpace:
        """Return that of the embedded world's CLIP."""
        return cls(judge=ClipVision.small(), side=32)

    @property
    def identity(self) -> str:
        """The network, the layer if it is another than the last, and the size of the pictures if it is another."""
        layer = "" if self.layer == "features" else f"-{self.layer}"
        return self.judge.identity + layer + ("" if self.side == 224 else f"-{self.side}")

    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        """Return zeros (classes, 1, width)."""
        grey = picture_features(self.judge, _Grey(self.side), np.arange(1), run, self.side, self.layer)
        return np.zeros((len(classes), 1, grey.shape[1]), np.float32)

    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats:
        """Return the layer's values of each picture, (pictures, 1, width)."""
        found = picture_features(self.judge, pictures, np.arange(len(pictures)), run, self.side, self.layer)
        return np.asarray(found, np.float32)[:, None]


@dataclass(frozen=True)
class _Grey:
    """One picture of a single grey, by which the width of the space is known."""

    side: int

    def __len__(self) -> int:
        return 1

    def __getitem__(self, row: int, /) -> Pixels:
        return np.full((self.side, self.side, 3), 128, np.uint8)
