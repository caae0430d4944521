"""What generators share whose size is a field."""

from __future__ import annotations

from dataclasses import dataclass

from eegrecon import Conditioner, Count, Generator, Thumbnails


@dataclass(frozen=True)
class SizedGenerator(Generator):
    """A generator of pictures of any size; where it takes tokens, in the space of thumbnails."""

    height: Count = 256
    width: Count = 256

    @property
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures."""
        return self.height, self.width

    def conditioner(self) -> Conditioner:
        """Return the conditioning space."""
        return Thumbnails()
