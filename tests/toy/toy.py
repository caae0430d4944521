"""A whole method in one file, small enough to run in milliseconds: the core's tests run on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Column,
    Conditioner,
    Conditions,
    Dataset,
    Encoder,
    Features,
    Fitted,
    Floats,
    Generator,
    InvalidConfiguration,
    Judge,
    Learner,
    Metric,
    Montage,
    Outcome,
    Pictures,
    Pixels,
    Preparation,
    Recordings,
    Run,
    Score,
    Signals,
    Targets,
    Training,
    Trials,
    hookimpl,
    part,
)

CLASSES = ("red", "green", "blue")
CALLS: list[str] = []  # every call of a component, so that tests can count them


@dataclass(frozen=True)
class Tape(Preparation):
    """All subjects' signals: channel k carries class k."""

    subjects: int = 2
    trials: int = 60

    def prepare(self, run: Run) -> Arrays:
        CALLS.append("prepare")
        rng = np.random.default_rng(5)
        label = np.tile(np.arange(self.trials) % 3, self.subjects)  # (n,)
        eeg = rng.standard_normal((len(label), 3, 8)).astype(np.float32)
        eeg[np.arange(len(label)), label] += 1.5
        return {"eeg": eeg, "label": label, "subject": np.repeat(np.arange(1, self.subjects + 1), self.trials)}


@dataclass(frozen=True)
class Paint:
    label: np.ndarray

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, row: int, /) -> Pixels:
        picture = np.zeros((12, 16, 3), np.uint8)
        picture[..., int(self.label[row])] = 200
        return picture


@dataclass(frozen=True)
class Toy(Dataset):
    """Three colours."""

    test_only: ClassVar = ("averaged",)
    tape: Tape = field(default_factory=Tape)
    averaged: int = 1  # repeats of a test trial
    protocol: str = "within-image"
    folder: str = ""

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        return (folder / "toy.txt").is_file()

    def subjects(self) -> tuple[int, ...]:
        return tuple(range(1, self.tape.subjects + 1))

    def load(self, subject: int, run: Run) -> Recordings:
        CALLS.append(f"load {subject}")
        arrays = run.prepared(self.tape)
        position = np.tile(np.arange(self.tape.trials), self.tape.subjects)

        def trials(rows: np.ndarray) -> Trials:
            label = np.asarray(arrays["label"])[rows]
            return Trials(arrays["eeg"][rows], np.asarray(arrays["subject"])[rows], rows, label, position[rows])

        def training(mine: np.ndarray) -> Training:
            train = trials(np.flatnonzero(mine & (position < 30)))
            val = trials(np.flatnonzero(mine & (position >= 30) & (position < 36)))
            montage = Montage(("a", "b", "c"), 100.0, 0.0, "uV")
            return Training(train, val, Paint(np.arange(36) % 3), [CLASSES[i % 3] for i in range(36)], CLASSES, montage)

        everyone = np.ones(len(position), bool)
        mine = np.asarray(arrays["subject"]) == subject
        test = trials(np.flatnonzero(mine & (position >= 36)))
        if self.averaged > 1:
            signal = 1.5 * np.eye(3)[test.label][:, :, None]
            eeg = signal + (test.eeg - signal) / self.averaged**0.5
            test = replace(test, eeg=eeg.astype(np.float32))
        paint = Paint(np.arange(max(60, self.tape.trials)) % 3)
        return Recordings(training(mine), training(everyone), test, paint, None, None, ("a toy",))


@dataclass(frozen=True)
class Gain(Learner):
    scope = "pool"
    strength: float = 1.0

    def fit(self, data: Training, run: Run) -> Arrays:
        CALLS.append("fit gain")
        return {"gain": np.full(3, self.strength), "subjects": np.unique(data.train.subject)}


@dataclass(frozen=True)
class Branch(Learner):
    scope = "pool"
    gain: Gain | None = part("gain", default=Gain(), without=None)

    def fit(self, data: Training, run: Run) -> Arrays:
        CALLS.append("fit branch")
        gain = run.fitted(self.gain)["gain"] if self.gain else np.ones(3)
        return {"weights": gain * 1.0}


@dataclass(frozen=True)
class MeanEncoder(Encoder):
    """Scores a class by the mean of its channel."""

    power: Branch | None = part("power branch", default=Branch(), without=None)
    slope: float = part("slope", default=1.0, without=0.5)
    kind: str = "plain"
    widths: tuple[int, ...] = (1, 2)

    def fit(self, data: Training, run: Run) -> Arrays:
        CALLS.append("fit encoder")
        run.log("fitted", loss=0.5)
        weights = run.fitted(self.power)["weights"] if self.power else np.ones(3)
        return {"weights": np.asarray(weights) * self.slope}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        CALLS.append("encode")
        eeg = signals.eeg[np.arange(len(signals.trial))]  # (n, 3, 8)
        score = eeg.mean(axis=2) * weights["weights"]
        return Features(score, score)


@dataclass(frozen=True)
class DrawnEncoder(MeanEncoder):
    """A mean encoder whose weights differ from training to training."""

    noise: float = 0.3

    def fit(self, data: Training, run: Run) -> Arrays:
        weights = super().fit(data, run)["weights"]
        return {"weights": weights + self.noise * np.random.default_rng(run.seed).standard_normal(3)}


@dataclass(frozen=True)
class SeeingEncoder(MeanEncoder):
    """A mean encoder whose embedding is the mean colour of a picture."""

    def embed(self, weights: Arrays, pictures: Pictures, run: Run) -> Floats:
        CALLS.append(f"embed {len(pictures)}")
        return np.stack([pictures[row].mean(axis=(0, 1)) for row in range(len(pictures))])

    @property
    def space(self) -> str:
        return "mean-colour"


@dataclass(frozen=True)
class Names(Conditioner):
    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        return np.eye(len(classes))[:, None, :]

    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        return None if captions is None else np.eye(3)[[CLASSES.index(text) for text in captions]][:, None, :]


@dataclass(frozen=True)
class Straight(Aligner):
    loose: bool = part("looseness")

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        CALLS.append("fit aligner")
        run.note("straight lines only")
        return {"one": np.ones(1)}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        return encoder.component.encode(encoder.weights, signals, run).embedding[:, None, :]


@dataclass(frozen=True)
class Fill(Generator):
    """Fills a picture with the strongest colour of the tokens."""

    tokens: bool = part("tokens")
    label: bool = part("label")
    height: int = 6

    def __post_init__(self) -> None:
        if not self.tokens and not self.label:
            raise InvalidConfiguration("without tokens and label there is nothing to fill from; keep one")

    @property
    def needs(self) -> frozenset:
        return frozenset(name for name in ("tokens", "label") if getattr(self, name))

    @property
    def size(self) -> tuple[int, int]:
        return (self.height, 8)

    def conditioner(self) -> Conditioner:
        return Names()

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        CALLS.append("generate")
        colour = conditions.label if conditions.tokens is None else np.argmax(conditions.tokens[:, 0], axis=1)
        pictures = np.zeros((len(conditions.trial), samples, *self.size, 3), np.uint8)
        for row, (trial, c) in enumerate(zip(conditions.trial, colour, strict=True)):
            pictures[row, ..., c] = np.random.default_rng([run.seed, trial]).integers(150, 250)
        return pictures


@dataclass(frozen=True)
class Eye(Judge):
    gamma: float = 1.0

    @property
    def classes(self) -> tuple[str, ...]:
        return CLASSES

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        CALLS.append("look")
        colour = pictures.mean(axis=(1, 2))  # (n, 3)
        return {"features": colour, "logits": colour}


@dataclass(frozen=True)
class Right(Metric):
    needs: ClassVar = frozenset({"features"})
    columns: ClassVar = (Column("right", "higher"),)
    judge: Judge | None = None

    def identity(self, outcome: Outcome) -> str:
        return f"right/n{len(outcome.truth.trial)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        CALLS.append("score right")
        hit = (np.argmax(outcome.features.logits, axis=1) == outcome.truth.label).astype(float)
        return {"right": Score(float(hit.mean()), len(hit), hit, 1 / 3)}


@dataclass(frozen=True)
class Colour(Metric):
    needs: ClassVar = frozenset({"generated"})
    columns: ClassVar = (Column("same colour", "higher"),)
    judge: Judge | None = field(default_factory=Eye)

    def identity(self, outcome: Outcome) -> str:
        return f"colour@eye/n{len(outcome.truth.trial)}"

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        same = np.argmax(outcome.generated_views["logits"], axis=1) == np.argmax(
            outcome.reference_views["logits"], axis=1
        )
        return {"same colour": Score(float(same.mean()), len(same), same.astype(float))}


@hookimpl
def eegrecon_components() -> dict[str, type]:
    return {
        "dataset.toy": Toy,
        "preparation.toy-tape": Tape,
        "encoder.mean": MeanEncoder,
        "encoder.drawn": DrawnEncoder,
        "encoder.seeing": SeeingEncoder,
        "learner.branch": Branch,
        "learner.gain": Gain,
        "aligner.straight": Straight,
        "conditioner.names": Names,
        "generator.fill": Fill,
        "judge.eye": Eye,
        "metric.right": Right,
        "metric.colour": Colour,
    }
