"""Toy components: what stands beside the component that is checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np

from eegrecon.interfaces.components import Encoder, Judge, Metric, Run
from eegrecon.interfaces.data import Arrays, Column, Features, Floats, Outcome, Pixels, Score, Signals, Training

CLASSES = ("red", "green", "blue", "yellow")
COLOURS = np.array([[220, 30, 30], [30, 220, 30], [30, 30, 220], [220, 220, 30]], np.uint8)  # of the classes
ATTRIBUTES = ("place",)  # of a picture, beside its class


@dataclass(frozen=True)
class ToyEncoder(Encoder):
    """Classes by the nearest mean of the training trials; the embedding is each channel's mean."""

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the mean of each class, (classes, channels)."""
        means, label = _means(data.train), data.train.label
        return {"means": np.stack([means[label == number].mean(axis=0) for number in range(len(data.classes))])}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return the channels' means and the negative distance to each class."""
        means = _means(signals)
        return Features(means, -np.square(means[:, None] - weights["means"]).mean(axis=2))


def _means(signals: Signals) -> Floats:
    return np.asarray(signals.eeg[np.arange(len(signals.trial))].mean(axis=2))


@dataclass(frozen=True)
class ToyJudge(Judge):
    """Reads the toy pictures without a network: features are the colours of the quadrants; it reads the place, too."""

    @property
    def classes(self) -> tuple[str, ...]:
        """The four colours."""
        return CLASSES

    @property
    def attributes(self) -> Mapping[str, str]:
        """The place, by its layer."""
        return {name: name for name in ATTRIBUTES}

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return features (n, 12), logits (n, 4) and place (n, 4)."""
        n, side, _, channels = pictures.shape
        scaled = pictures.reshape(n, 2, side // 2, 2, side // 2, channels).astype(np.float64) / 255
        quadrants = scaled.mean(axis=(2, 4)).reshape(n, 4, channels)
        unlike = np.abs(quadrants - 100 / 255).sum(axis=2)  # (n, 4), the square is not grey
        square = quadrants[np.arange(n), unlike.argmax(axis=1)]
        logits = -20 * np.square(square[:, None] - COLOURS / 255).sum(axis=2)
        return {"features": quadrants.reshape(n, -1), "logits": logits, "place": 20 * unlike}


@dataclass(frozen=True)
class ToyAccuracy(Metric):
    """Accuracy of the encoder's class scores."""

    needs = frozenset({"features"})
    columns: ClassVar[tuple[Column, ...]] = (Column("toy accuracy", "higher"),)
    judge: Judge | None = None

    def identity(self, outcome: Outcome) -> str:
        """Number of trials."""
        return f"toy-accuracy/n{len(outcome.truth.label)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Count hits."""
        if outcome.features is None or outcome.features.logits is None:
            return {}
        hit = (outcome.features.logits.argmax(axis=1) == outcome.truth.label).astype(np.float64)
        return {"toy accuracy": Score(float(hit.mean()), len(hit), hit, 1 / len(outcome.classes))}


@dataclass(frozen=True)
class ToyIdentification(Metric):
    """Share of the other classes that the judge scores below the true one, of generated pictures; equal ones half."""

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("identification", "higher"),)
    judge: Judge = field(default_factory=ToyJudge)

    def identity(self, outcome: Outcome) -> str:
        """Number of trials."""
        return f"toy-identification/n{len(outcome.truth.label)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compare class scores, samples averaged within the trial."""
        if outcome.generated_views is None:
            return {}
        n, classes = len(outcome.truth.label), len(outcome.classes)
        scores = np.asarray(outcome.generated_views["logits"]).reshape(n, -1, classes)
        true = np.take_along_axis(scores, outcome.truth.label[:, None, None], axis=2)
        below = (scores < true).sum(axis=2) + ((scores == true).sum(axis=2) - 1) / 2
        share = below.mean(axis=1) / (classes - 1)
        return {"identification": Score(float(share.mean()), n, share, 0.5)}


@dataclass(frozen=True)
class ToyDistance(Metric):
    """Fréchet distance of normal distributions with the means and deviations of each of the judge's features."""

    needs = frozenset({"generated"})
    columns: ClassVar[tuple[Column, ...]] = (Column("FID", "lower"),)
    judge: Judge = field(default_factory=ToyJudge)

    def identity(self, outcome: Outcome) -> str:
        """Number of trials."""
        return f"toy-distance/n{len(outcome.truth.label)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Sum the squared differences of means and of deviations."""
        if outcome.generated_views is None:
            return {}
        generated, true = (
            np.asarray(views["features"]) for views in (outcome.generated_views, outcome.reference_views)
        )
        differences = generated.mean(axis=0) - true.mean(axis=0), generated.std(axis=0) - true.std(axis=0)
        return {"FID": Score(float(np.square(differences).sum()), len(generated))}
