"""The size of everything that is built on DreamDiffusion's EEG encoder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from eegrecon import Arrays, Count, InvalidConfiguration, Positive, Training

if TYPE_CHECKING:
    from eegrecon_peers.networks.signals import SignalSize


@dataclass(frozen=True)
class SignalFields:
    """Fields of a component that is built on units of EEG and a transformer; sizes of the published code."""

    width: Count = 1024  # of a unit's vector
    blocks: Count = 24
    heads: Count = 16
    unit: Count = 4  # samples
    ratio: Positive = 1.0  # of a block's hidden layer to its width

    def __post_init__(self) -> None:
        if self.width % self.heads or self.width % 2:
            raise InvalidConfiguration(
                f"width {self.width} cannot be divided among {self.heads} heads ({type(self).__name__}), or is odd; "
                "set width to an even multiple of heads"
            )

    def size(self, data: Training) -> SignalSize:
        """Return the network's size for these trials.

        Raises:
            InvalidConfiguration: the trials are too short for two units.
        """
        _, channels, samples = data.train.eeg.shape
        if samples < 2 * self.unit:
            raise InvalidConfiguration(
                f"trials of {samples} samples are shorter than two units of {self.unit} ({type(self).__name__}); "
                "lower unit"
            )
        return self._size(channels, samples // self.unit)

    def stored_size(self, weights: Arrays) -> SignalSize:
        """Return the size of an encoder from its weights."""
        return self._size(weights["embed.weight"].shape[1], len(weights["positions"]))

    def _size(self, channels: int, units: int) -> SignalSize:
        from eegrecon_peers.networks.signals import SignalSize

        return SignalSize(channels, units, self.unit, self.width, self.blocks, self.heads, self.ratio)
