"""The published classifier of EEGCVPR40."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from eegrecon import Count
from eegrecon.training import NetworkEncoder, Recorded


@dataclass(frozen=True)
class Lstm(NetworkEncoder):
    """One LSTM over the samples, a linear layer with ReLU on its last step, and a linear classifier.

    The classifier that was published with EEGCVPR40; there it was trained for 200 epochs, on trials of all subjects.

    Source: Spampinato et al., "Deep learning human mind for automated visual classification", CVPR 2017
    (perceivelab/eeg_visual_classification, models/lstm.py).

    Attributes:
        hidden: units of the LSTM.
        width: numbers of the embedding.
    """

    hidden: Count = 128
    width: Count = 128

    @classmethod
    def small(cls) -> Lstm:
        """Return one that trains in seconds."""
        return cls(epochs=1, hidden=8, width=8)

    def build(self, recorded: Recorded) -> Any:
        """Return the network for EEG of this size."""
        from eegrecon_baselines.networks.recurrent import Recurrent

        return Recurrent(len(recorded.channels), self.hidden, self.width, recorded.classes)
