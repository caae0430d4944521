"""The size of everything that is built on units of EEG and a transformer.

Source: BrainVis, arXiv:2312.14871; field defaults are the paper's sizes and the published code's schedules
(RomGai/BrainVis at 129b8c2), except where a docstring says otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from eegrecon import Arrays, Count, Fraction, InvalidConfiguration, Training

if TYPE_CHECKING:
    from eegrecon_brainvis.networks.time import TimeSize


@dataclass(frozen=True)
class TransformerSize:
    """Fields of a component that is built on units of EEG and a transformer."""

    width: Count = 1024  # of a unit's vector
    blocks: Count = 8
    heads: Count = 16
    unit: Count = 4  # samples
    dropout: Fraction = 0.2

    def __post_init__(self) -> None:
        if self.width % self.heads:
            raise InvalidConfiguration(
                f"width {self.width} cannot be divided among {self.heads} heads ({type(self).__name__}); "
                "set width to a multiple of heads"
            )

    def size(self, data: Training) -> TimeSize:
        """Return the network's size for these trials.

        Raises:
            InvalidConfiguration: the trials are too short for two units.
        """
        from eegrecon_brainvis.networks.time import TimeSize

        _, channels, samples = data.train.eeg.shape
        if samples < 2 * self.unit:
            raise InvalidConfiguration(
                f"trials of {samples} samples are shorter than two units of {self.unit} ({type(self).__name__}); "
                "lower unit"
            )
        return TimeSize(channels, samples // self.unit, self.unit, self.width, self.blocks, self.heads, self.dropout)

    def checkpoint_shapes(self, *last: Any) -> dict[str, tuple[Any, ...]]:
        """Return the shapes that the weights of a checkpoint must have for this size; None where a size is free."""
        shapes: dict[str, tuple[Any, ...]] = {
            "trunk.units.weight": (self.width, None, self.unit),
            f"trunk.encoder.{self.blocks - 1}.feedforward.widen.bias": (4 * self.width,),
        }
        return {**shapes, last[0]: (last[1],)} if last else shapes

    def stored_size(self, weights: Arrays) -> TimeSize:
        """Return the size of a network from its weights; heads and dropout, which they do not show, from the fields."""
        from eegrecon.training import count_modules
        from eegrecon_brainvis.networks.time import TimeSize

        width, channels, unit = weights["trunk.units.weight"].shape
        blocks = count_modules(weights, "trunk.encoder")
        return TimeSize(channels, len(weights["trunk.position"]), unit, width, blocks, self.heads, self.dropout)
