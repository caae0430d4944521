"""NICE: a temporal-spatial convolution, contrastive to the pictures' embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eegrecon.training import Recorded
from eegrecon_baselines.encoders.contrastive import ContrastiveEncoder


@dataclass(frozen=True)
class Nice(ContrastiveEncoder):
    """Convolution over time, then over channels, and a projection, trained by InfoNCE to the embedding of the picture.

    Published for trials of 250 Hz, of which consecutive samples are averaged here; kernels are shortened to shorter
    trials. The published pictures' embeddings are CLIP's (``pictures = "clip"``), its selection by the validation loss.

    Source: Song et al., "Decoding natural images from EEG for object recognition", ICLR 2024, arXiv:2308.13234
    (eeyhsong/NICE-EEG, nice_stand.py).
    """

    @classmethod
    def small(cls) -> Nice:
        """Return one that trains in seconds."""
        return cls(epochs=1, width=8)

    def body(self, recorded: Recorded) -> Any:
        """Return the network from EEG to the embedding."""
        from torch import nn

        from eegrecon_baselines.networks.convolution import Downsampling, Projection, TemporalSpatial

        downsampling = Downsampling(recorded.sfreq, recorded.samples)
        convolution = TemporalSpatial(len(recorded.channels), downsampling.samples)
        return nn.Sequential(downsampling, convolution, Projection(convolution.width, self.width))
