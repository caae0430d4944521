"""A method that takes milliseconds, as a plugin in one file, for ``attack.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from eegrecon import (
    Arrays,
    Column,
    Conditioner,
    Conditions,
    Encoder,
    Features,
    Floats,
    Generator,
    Metric,
    Outcome,
    Pictures,
    Pixels,
    Run,
    Score,
    Signals,
    Training,
    hookimpl,
)
from eegrecon.interfaces.components import Component


def log_power(eeg: np.ndarray) -> np.ndarray:
    """Return the logarithm of each channel's mean power (n, channels)."""
    return np.asarray(np.log(np.square(np.asarray(eeg, np.float64)).mean(axis=2) + 1e-6))


@dataclass(frozen=True)
class NearestMean(Encoder):
    """Scores a class by the distance of a trial's power from the class's mean power."""

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the mean of each class (classes, channels)."""
        power, label = log_power(data.train.eeg[np.arange(len(data.train.label))]), data.train.label
        return {"mean": np.stack([power[label == one].mean(axis=0) for one in range(len(data.classes))])}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return negative distances."""
        power = log_power(signals.eeg[np.arange(len(signals.trial))])
        distance = np.square(power[:, None] - weights["mean"][None]).sum(axis=2)  # (n, classes)
        return Features(power, -distance)


@dataclass(frozen=True)
class OneHot(Conditioner):
    """The number of the class."""

    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        """Return one token for each class (classes, 1, classes)."""
        return np.eye(len(classes))[:, None, :]

    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        """Return None: captions are not read."""
        return None


@dataclass(frozen=True)
class Grey(Generator):
    """Draws every class in a grey of its own."""

    needs: ClassVar[frozenset[Literal["tokens", "label", "signals"]]] = frozenset({"label"})
    size: ClassVar[tuple[int, int]] = (8, 8)

    def conditioner(self) -> Conditioner:
        """Return the conditioner, of which nothing is read."""
        return OneHot()

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return pictures (n, samples, 8, 8, 3)."""
        assert conditions.label is not None
        grey = (20 * np.asarray(conditions.label) % 256).astype(np.uint8)
        return np.broadcast_to(grey[:, None, None, None, None], (len(grey), samples, *self.size, 3)).copy()


@dataclass(frozen=True)
class Brightness(Metric):
    """Closeness of the mean brightness of generated and true pictures."""

    needs: ClassVar = frozenset({"generated"})
    columns: ClassVar = (Column("brightness", "higher"),)
    judge: None = None

    def identity(self, outcome: Outcome) -> str:
        """Number of trials."""
        return f"brightness/n{len(outcome.truth.trial)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute one value per trial and their mean."""
        assert outcome.generated is not None
        generated, true = outcome.generated.mean(axis=(1, 2, 3, 4)), outcome.reference.mean(axis=(1, 2, 3))
        closeness = 1 - np.abs(generated - true) / 255
        return {"brightness": Score(float(closeness.mean()), len(closeness), closeness)}


@hookimpl
def eegrecon_components() -> dict[str, type[Component]]:
    """Register the components."""
    return {
        "encoder.nearest-mean": NearestMean,
        "conditioner.one-hot": OneHot,
        "generator.grey": Grey,
        "metric.brightness": Brightness,
    }
