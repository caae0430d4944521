"""ATM-S: channel-wise attention before a temporal-spatial convolution."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eegrecon import part
from eegrecon.training import Recorded
from eegrecon_baselines.encoders.contrastive import ContrastiveEncoder


@dataclass(frozen=True)
class AtmS(ContrastiveEncoder):
    """Attention among the channels, then NICE's convolution and projection, trained by InfoNCE to the picture.

    Without its part it is NICE. Of one subject, so without the published token of the subject; the published weight of
    .01 of a second loss, to the caption, is left out.

    Source: Li et al., "Visual decoding and reconstruction via EEG embeddings with guided diffusion", NeurIPS 2024,
    arXiv:2403.07721 (dongyangli-del/EEG_Image_decode, Retrieval/ATMS_retrieval.py).
    """

    attention: bool = part("channel attention")

    @classmethod
    def small(cls) -> AtmS:
        """Return one that trains in seconds."""
        return cls(epochs=1, width=8)

    def body(self, recorded: Recorded) -> Any:
        """Return the network from EEG to the embedding."""
        from torch import nn

        from eegrecon_baselines.networks.attention import ChannelAttention
        from eegrecon_baselines.networks.convolution import Downsampling, Projection, TemporalSpatial

        downsampling = Downsampling(recorded.sfreq, recorded.samples)
        attention = ChannelAttention(downsampling.samples) if self.attention else None
        convolution = TemporalSpatial(len(recorded.channels), attention.width if attention else downsampling.samples)
        layers = (downsampling, attention, convolution, Projection(convolution.width, self.width))
        return nn.Sequential(*(layer for layer in layers if layer is not None))
