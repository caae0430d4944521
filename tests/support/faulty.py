"""A component that fails it for every check of the kit, each with one fault and else as it should be."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Audit,
    Captioner,
    Circumstances,
    Column,
    Component,
    Conditioner,
    Conditions,
    Dataset,
    Encoder,
    Evidence,
    Features,
    Finding,
    Fitted,
    Floats,
    Generator,
    Ints,
    Montage,
    Opinion,
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
    part,
)
from eegrecon.testing import ToyAccuracy, ToyEncoder, ToyJudge, toy_outcome, toy_recordings

FAULTS: dict[str, tuple[type[Component], str]] = {}  # by check: a class, and what the message must say
COUNT = itertools.count()  # differs from call to call, as a clock does


def fault(check: str, says: str) -> Callable[[type[Any]], type[Any]]:
    """Register a class as one that fails a check, with words of the message, a pattern."""

    def register(cls: type[Any]) -> type[Any]:
        FAULTS[check] = (cls, says)
        return cls

    return register


@fault("contract", "not equal; leave eq=False out")
@dataclass(frozen=True, eq=False)
class NeverEqual(ToyEncoder):
    width: int = 3


@fault("configuration", "another configuration after JSON: rate.*no conversion in __post_init__")
@dataclass(frozen=True)
class Converting(ToyEncoder):
    rate: float = 0.1

    def __post_init__(self) -> None:
        object.__setattr__(self, "rate", self.rate * 2)


@fault("parts", "slope.*cannot be removed: no.*allow it to be removed")
@dataclass(frozen=True)
class Inseparable(ToyEncoder):
    slope: float = part("slope", default=1.0, without=0.0)

    def __post_init__(self) -> None:
        if not self.slope:
            from eegrecon import InvalidConfiguration

            raise InvalidConfiguration("no")


@fault("weights", "fit returned means with 32 of 32 values that are not finite")
@dataclass(frozen=True)
class Diverged(ToyEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        return {"means": super().fit(data, run)["means"] * np.nan}


@fault("same-seed", "another means with the same seed.*run.seed")
@dataclass(frozen=True)
class Unseeded(ToyEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        return {"means": super().fit(data, run)["means"] + next(COUNT)}


@fault("inputs-unchanged", "fit wrote into data.train.label.*copy the array")
@dataclass(frozen=True)
class Overwriting(ToyEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        weights = super().fit(data, run)
        data.train.label[:] = 0
        return weights


@fault("no-validation", "raised ZeroDivisionError without validation trials.*hold out")
@dataclass(frozen=True)
class NeedsValidation(ToyEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        run.log("validation", share=1 / len(data.val.label))
        return super().fit(data, run)


KEPT: dict[str, Any] = {}  # what a plugin should not keep in its module


@fault("weights-survive-the-store", "returns other logits for stored weights.*keep nothing on the component")
@dataclass(frozen=True)
class Forgetful(ToyEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        KEPT.update(super().fit(data, run))
        return {"nothing": np.zeros(1)}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        return super().encode(KEPT, signals, run)


@fault("resume", "interrupted and called again with the same run.scratch, returned another.*checkpoint")
@dataclass(frozen=True)
class ResumesWrongly(ToyEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        weights, file = super().fit(data, run)["means"], run.scratch / "step"
        done = int(file.read_text()) if file.exists() else 0
        with run.progress(3, "steps") as progress:
            for _ in range(3):  # should start at the step that was reached
                done += 1
                file.write_text(str(done))
                progress.advance()
        return {"means": weights * done}


@fault("outputs", "encode returned float32 \\(48, 3\\) as logits; the contract asks for .*\\(48, 4\\)")
@dataclass(frozen=True)
class TooFewScores(ToyEncoder):
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        assert features.logits is not None
        return Features(features.embedding, features.logits[:, :3])


@fault("permutation", "other embedding when the trials come in another order.*from that trial")
@dataclass(frozen=True)
class Counting(ToyEncoder):
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        return Features(features.embedding + np.arange(len(signals.trial))[:, None], features.logits)


@fault("subset", "other logits for a third of the trials.*by itself")
@dataclass(frozen=True)
class ByNumber(ToyEncoder):
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        assert features.logits is not None
        return Features(features.embedding, features.logits / len(signals.trial))


@fault("no-test-statistics", "other embedding when the other trials change.*of the training trials")
@dataclass(frozen=True)
class TestStatistics(ToyEncoder):
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        return Features(features.embedding - features.embedding.mean(axis=0), features.logits)


@fault("pictures-embedded", r"embed.* other pictures for one at a time.*that picture and the weights alone")
@dataclass(frozen=True)
class CentredPictures(ToyEncoder):
    @property
    def space(self) -> str:
        return "mean-colour"

    def embed(self, weights: Arrays, pictures: Pictures, run: Run) -> Floats:
        width = self.encode(weights, toy_recordings().test.signals(), run).embedding.shape[1]
        colours = np.stack([pictures[row].mean(axis=(0, 1)) for row in range(len(pictures))])
        return np.tile((colours - colours.mean(axis=0)).mean(axis=1, keepdims=True), (1, width))


@dataclass(frozen=True)
class Standardising(ToyEncoder):
    """Standardises the embedding by the test trials, so that a single one is divided by zero."""

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        centred = features.embedding - features.embedding.mean(axis=0)
        return Features(centred / features.embedding.std(axis=0), features.logits)


@dataclass(frozen=True)
class ManyTrials(ToyEncoder):
    """Subtracts the mean of the test trials where there are many."""

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        mean = features.embedding.mean(axis=0) if len(signals.trial) >= 20 else 0
        return Features(features.embedding - mean, features.logits)


FIRST: dict[str, Any] = {}


@dataclass(frozen=True)
class FirstBatch(ToyEncoder):
    """Subtracts the mean of the trials of the first call, whatever they are."""

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        return Features(features.embedding - FIRST.setdefault("mean", features.embedding.mean(axis=0)), features.logits)


class Mean:
    """The first of many."""

    def __init__(self) -> None:
        self.value: Any = None


@functools.cache
def shared_mean() -> Mean:
    return Mean()


@dataclass(frozen=True)
class FirstBatchCached(ToyEncoder):
    """The same, kept in the result of a cached function."""

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features, kept = super().encode(weights, signals, run), shared_mean()
        if kept.value is None:
            kept.value = features.embedding.mean(axis=0)
        return Features(features.embedding - kept.value, features.logits)


@dataclass(frozen=True)
class ATuple(ToyEncoder):
    """Returns a tuple."""

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        return features.embedding, features.logits  # type: ignore[return-value]


@dataclass(frozen=True)
class Misspelt(ToyEncoder):
    """Reads a name that there is not."""

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        return featurs  # type: ignore[name-defined] # noqa: F821


@fault("trial-identity", "only the numbers of the trials change.*signals.trial")
@dataclass(frozen=True)
class ReadsTheTrial(ToyEncoder):
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        features = super().encode(weights, signals, run)
        assert features.logits is not None
        return Features(features.embedding, features.logits + np.eye(4)[signals.trial % 4])


@dataclass(frozen=True)
class Colours(Conditioner):
    """The mean colour of a picture; of a class, grey."""

    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        return np.full((len(classes), 1, 3), 0.5)

    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        return np.stack([pictures[row].mean(axis=(0, 1)) / 255 for row in range(len(pictures))])[:, None]


@fault("targets", "fine returned .* as targets; the contract asks for .*\\(10, 1, 3\\)")
@dataclass(frozen=True)
class OtherWidth(Colours):
    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        return np.zeros((len(pictures), 1, 5))


@fault("each-by-itself", "other targets for some of the pictures.*by itself")
@dataclass(frozen=True)
class Centred(Colours):
    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        found = super().fine(pictures, captions, run)
        assert found is not None
        return found - found.mean(axis=0)


@fault("captions", "yields other texts the second time.*draw none")
@dataclass(frozen=True)
class Whimsical(Captioner):
    identity: str = "whimsical"  # type: ignore[assignment]

    def captions(self, pictures: Pictures, run: Run) -> Iterator[str]:
        return (f"picture {next(COUNT)}" for _ in range(len(pictures)))


@fault("views", "logits \\(10, 4\\) for 3 classes")
@dataclass(frozen=True)
class ThreeClasses(ToyJudge):
    @property
    def classes(self) -> tuple[str, ...]:
        return ("a", "b", "c")


@fault("batch-size", "look returns other features for 1 pictures at a time than for 10.*batch")
@dataclass(frozen=True)
class BatchStatistics(ToyJudge):
    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        views = dict(super().look(pictures, run))
        return {**views, "features": views["features"] - views["features"].mean(axis=0)}


@fault("pictures-unchanged", "look wrote into pictures.*copy the array")
@dataclass(frozen=True)
class Inverting(ToyJudge):
    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        np.subtract(255, pictures, out=pictures)
        return super().look(pictures, run)


@fault("scores", "identity is 'accuracy', without the number of trials.*/n")
@dataclass(frozen=True)
class Anonymous(ToyAccuracy):
    def identity(self, outcome: Outcome) -> str:
        return "accuracy"


@fault("direction", "says that lower is better for 'toy accuracy'.*declare the other direction")
@dataclass(frozen=True)
class UpsideDown(ToyAccuracy):
    columns: ClassVar[tuple[Column, ...]] = (Column("toy accuracy", "lower"),)


@fault("hand-cases", "gives 1 for 'toy accuracy' of case 2, worked out as 0.5")
@dataclass(frozen=True)
class Miscounted(ToyAccuracy):
    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        return [(toy_outcome(1.0), {"toy accuracy": value}) for value in (1.0, 0.5, 0.0)]


@fault("outcome-unchanged", "score wrote into outcome.features.logits.*copy the array")
@dataclass(frozen=True)
class Sorting(ToyAccuracy):
    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        found = super().score(outcome, run)
        if outcome.features is not None and outcome.features.logits is not None:
            outcome.features.logits.sort(axis=1)
        return found


@fault("permuted-scores", "permuted_scores gives .*0.25.* and score.*leave it out")
@dataclass(frozen=True)
class GuessedNull(ToyAccuracy):
    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        return {"toy accuracy": np.full(len(orders), 0.2501)}


@dataclass(frozen=True)
class InMemory(Dataset):
    """The toy recordings."""

    protocol: str = "within-image"

    def subjects(self) -> tuple[int, ...]:
        return (1,)

    def load(self, subject: int, run: Run) -> Recordings:
        return toy_recordings()


@fault("recordings", "in train and in test.*put each trial into one share")
@dataclass(frozen=True)
class Leaking(InMemory):
    def load(self, subject: int, run: Run) -> Recordings:
        loaded = super().load(subject, run)
        leaked = replace(loaded.test, trial=loaded.test.trial - len(loaded.test.trial))
        return replace(loaded, test=replace(leaked, trial=loaded.training.train.trial[: len(leaked.trial)]))


@fault("montage", "unit 'volts'; convert it to one of uV, z")
@dataclass(frozen=True)
class InVolts(InMemory):
    def load(self, subject: int, run: Run) -> Recordings:
        loaded = super().load(subject, run)
        montage = Montage(loaded.training.montage.channels, 128.0, 0.0, "volts")
        return replace(loaded, training=replace(loaded.training, montage=montage))


@fault("stable", "another train.label the second time.*fixed seed")
@dataclass(frozen=True)
class Drawn(InMemory):
    def load(self, subject: int, run: Run) -> Recordings:
        loaded = super().load(subject, run)
        train = replace(loaded.training.train, label=(loaded.training.train.label + next(COUNT)) % 4)
        return replace(loaded, training=replace(loaded.training, train=train))


@fault("data-check", "check does not find that b.bin is truncated.*read every file")
@dataclass(frozen=True)
class NamesOnly(InMemory):
    folder: str = ""

    FOLDER: ClassVar[Path]  # set by the test

    @classmethod
    def small(cls) -> NamesOnly:
        for name in ("b.bin", "c.bin"):
            (cls.FOLDER / name).write_bytes(name.encode() * 9)
        return cls(folder=str(cls.FOLDER))

    def check(self) -> Sequence[Finding]:
        return [Finding((Path(self.folder) / name).is_file(), name) for name in ("b.bin", "c.bin")]


@fault("prepared", "prepare returned another eeg the second time.*fixed seed")
@dataclass(frozen=True)
class Noisy(Preparation):
    def prepare(self, run: Run) -> Arrays:
        return {"eeg": np.array([float(next(COUNT))])}


@dataclass(frozen=True)
class Constant(Audit):
    """Whether the decoded classes vary."""

    question = "Do the decoded classes vary?"
    looks_at = frozenset({"features"})

    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        features = evidence.outcome.features
        assert features is not None
        assert features.logits is not None
        return {"classes": np.unique(features.logits.argmax(axis=1))}

    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        classes = max(len(arrays["classes"]) for arrays in measured)
        return Opinion("PASS" if classes > 1 else "FAIL", f"{classes} classes")


@fault("verdict", "conclude returned Opinion\\(verdict='MAYBE'.*PASS, WARN, FAIL, inconclusive")
@dataclass(frozen=True)
class Undecided(Constant):
    def conclude(self, measured: Sequence[Arrays], known: Circumstances) -> Opinion:
        return Opinion("MAYBE", "who knows")  # type: ignore[arg-type]


@fault("positive-control", "says PASS of its own positive control.*more sensitive")
@dataclass(frozen=True)
class Insensitive(Constant):
    @classmethod
    def positive_control(cls, evidence: Evidence) -> tuple[Evidence, Circumstances] | None:
        return evidence, Circumstances()


@fault("evidence-unchanged", "measure wrote into evidence.outcome.features.logits")
@dataclass(frozen=True)
class Scribbling(Constant):
    def measure(self, evidence: Evidence, run: Run) -> Arrays:
        found = super().measure(evidence, run)
        assert evidence.outcome.features is not None
        assert evidence.outcome.features.logits is not None
        evidence.outcome.features.logits[:] = 0
        return found


@dataclass(frozen=True)
class Broken(Encoder):
    """An encoder whose ``fit`` raises."""

    def fit(self, data: Training, run: Run) -> Arrays:
        raise RuntimeError("no luck")

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        raise NotImplementedError


@dataclass(frozen=True)
class Painter(Generator):
    """Grey pictures as bright as the tokens, with noise in the order of the trials, which is its fault."""

    needs = frozenset({"tokens"})
    size: tuple[int, int] = (8, 8)  # type: ignore[assignment]

    def conditioner(self) -> Conditioner:
        return Colours()

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        assert conditions.tokens is not None
        assert conditions.label is None, "it is not among the needs"
        grey = 255 * np.clip(conditions.tokens.mean(axis=(1, 2)), 0, 1)
        noise = np.random.default_rng(run.seed).normal(0, 30, (len(grey), samples, *self.size, 3))
        return np.clip(grey[:, None, None, None, None] + noise, 0, 255).astype(np.uint8)


@dataclass(frozen=True)
class Line(Aligner):
    """The mean tokens of the training pictures, standardised by the test trials, which is its fault."""

    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        assert targets.fine is not None
        return {"mean": targets.fine[data.train.image].mean(axis=0)}

    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        embedding = encoder.component.encode(encoder.weights, signals, run).embedding
        standard = (embedding - embedding.mean(axis=0)) / embedding.std()
        return weights["mean"] + standard[:, :1, None]
