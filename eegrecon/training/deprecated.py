"""Former public names, with their former attributes."""

from __future__ import annotations

from eegrecon.training.batching import AdaptiveBatches
from eegrecon.training.interruption import DeferredSignals


class Pieces(AdaptiveBatches):
    """The former name of `AdaptiveBatches`."""


class Leaving(DeferredSignals):
    """The former name of `DeferredSignals`."""

    @property
    def asked(self) -> int | None:
        """The former name of ``requested``."""
        return self.requested

    def now(self) -> None:
        """Do what `deliver` does."""
        self.deliver()
