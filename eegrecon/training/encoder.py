"""An encoder that is one torch network: a subclass writes the network, and the rest is here."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from eegrecon.interfaces.bounds import Count, NonNegative, Positive
from eegrecon.interfaces.components import Encoder, Run
from eegrecon.interfaces.data import Arrays, Features, Signals, Training

if TYPE_CHECKING:  # torch is imported when a network is built
    from torch import nn


@dataclass(frozen=True)
class Recorded:
    """What the sizes of a network follow from.

    Attributes:
        channels: names of the channels, in order.
        samples: samples of a trial.
        sfreq: sampling rate, Hz.
        classes: number of classes.
    """

    channels: tuple[str, ...]
    samples: int
    sfreq: float
    classes: int

    @classmethod
    def of(cls, data: Training) -> Recorded:
        """Return that of training data."""
        return cls(data.montage.channels, data.train.eeg.shape[2], float(data.montage.sfreq), len(data.classes))

    def arrays(self) -> dict[str, Any]:
        """Return it as weights: ``recorded.channels`` (UTF-8, a name per line) and ``recorded.numbers``."""
        names = np.frombuffer("\n".join(self.channels).encode(), np.uint8)
        return {"recorded.channels": names, "recorded.numbers": np.array([self.samples, self.sfreq, self.classes])}

    @classmethod
    def from_arrays(cls, weights: Arrays) -> Recorded:
        """Return that of weights."""
        samples, sfreq, classes = np.asarray(weights["recorded.numbers"]).tolist()
        names = np.asarray(weights["recorded.channels"]).tobytes().decode().split("\n")
        return cls(tuple(names), int(samples), sfreq, int(classes))


@dataclass(frozen=True)
class NetworkEncoder(Encoder):
    """An encoder of one torch network, trained on a subject's trials by cross entropy.

    A subclass defines `build`. Each channel is standardised with mean and deviation of the training trials, in front of
    the network. The epoch with the best validation accuracy is kept (ties: the least cross entropy).

    Weights: ``network.0.*``, mean and deviation; ``network.1.*``, those of `build`; ``recorded.*``, its sizes.

    Attributes:
        epochs: passes over the training trials.
        batch: trials of a step.
        rate: learning rate of AdamW.
        decay: weight decay.
    """

    epochs: Count = 30
    batch: Count = 64
    rate: Positive = 1e-3
    decay: NonNegative = 0.01

    @abstractmethod
    def build(self, recorded: Recorded) -> Any:
        """Return an untrained torch module: EEG (n, channels, samples) -> embedding (n, width), scores (n, classes)."""

    def train(self, network: nn.Module, data: Training, run: Run) -> None:
        """Train the network, which standardises its input, in place; override it for another loss."""
        from eegrecon.training.classifier import train_classifier
        from eegrecon.training.loop import Schedule

        schedule = Schedule(self.epochs, self.batch, self.rate, self.decay)
        train_classifier(network, data, schedule, run, type(self).__name__)

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the weights of the trained network."""
        from eegrecon.training.tensors import standardised
        from eegrecon.training.weights import arrays_of, with_prefix

        recorded = Recorded.of(data)
        network = standardised(self.build(recorded), len(recorded.channels), data.train.eeg).to(run.device)
        self.train(network, data, run)
        return {**with_prefix("network", arrays_of(network)), **recorded.arrays()}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return embedding (n, width) and class scores (n, classes)."""
        from eegrecon.training.classifier import predict

        return Features(*predict(self.network(weights).to(run.device), signals, self.batch, run))

    def network(self, weights: Arrays) -> Any:
        """Return the torch module with these weights, for instance for an aligner that trains it further."""
        from eegrecon.training.tensors import standardised
        from eegrecon.training.weights import load_arrays, without_prefix

        recorded = Recorded.from_arrays(weights)
        network = standardised(self.build(recorded), len(recorded.channels))
        return load_arrays(network, without_prefix(weights, "network"))
