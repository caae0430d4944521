"""Toy data: a few trials of four classes, small enough for a test and strict about what the contract promises.

The class is in the evoked response and in the picture's colour, the picture's place in nothing else. EEG and pictures
offer what `Rows` and `Pictures` promise and no more: what works here works on a data set that lies on disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.interfaces.audits import Evidence, Scored
from eegrecon.interfaces.components import Conditioner, Judge, Run
from eegrecon.interfaces.data import (
    Conditions,
    Features,
    Floats,
    Ints,
    Montage,
    Outcome,
    Pixels,
    Recordings,
    Targets,
    Training,
    Trials,
)
from eegrecon.testing.toy_components import (
    ATTRIBUTES,
    CLASSES,
    COLOURS,
    ToyAccuracy,
    ToyDistance,
    ToyIdentification,
    ToyJudge,
)

MONTAGE = Montage(("Fz", "C3", "Cz", "C4", "Pz", "O1", "Oz", "O2"), 128.0, 0.0, "uV")
SAMPLES = 64  # of a trial, half a second
NOISE, RESPONSE = 10.0, 12.0  # microvolts
SIDE = 16  # pixels
TOKENS, WIDTH = 3, 6
TRAIN, VAL, TEST = 48, 16, 32  # trials


@dataclass(frozen=True, eq=False)
class ToyRows:
    """EEG as if it were on disk: it has a shape, and indexing returns a copy."""

    values: NDArray[np.float32]

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array, (n, c, t)."""
        return self.values.shape

    def __getitem__(self, rows: Any, /) -> Any:
        """Return a copy of some rows."""
        return np.array(self.values[rows])


@dataclass(frozen=True, eq=False)
class ToyPictures:
    """Pictures as if they were on disk: they have a number, and indexing returns a copy of one."""

    pixels: Pixels

    def __len__(self) -> int:
        return len(self.pixels)

    def __getitem__(self, row: int, /) -> Pixels:
        """Return a copy of one picture."""
        return np.array(self.pixels[row])


def toy_pixels(label: Ints, place: Ints, seed: int = 0) -> Pixels:
    """Return pictures uint8 (n, 16, 16, 3): a square of the class's colour in one of four quadrants, on grey noise."""
    rng = np.random.default_rng([7, seed])
    pixels = rng.integers(90, 110, (len(label), SIDE, SIDE, 3)).astype(np.uint8)
    half = SIDE // 2
    for row, (colour, quadrant) in enumerate(zip(COLOURS[label], place, strict=True)):
        top, left = half * (int(quadrant) // 2), half * (int(quadrant) % 2)
        pixels[row, top : top + half, left : left + half] = colour
    return pixels


def toy_eeg(label: Ints, seed: int = 0) -> NDArray[np.float32]:
    """Return EEG (n, 8, 64) in microvolts: white noise, and a response at two channels of the class's own."""
    rng = np.random.default_rng([11, seed])
    eeg = rng.normal(0, NOISE, (len(label), len(MONTAGE.channels), SAMPLES))
    response = RESPONSE * np.hanning(24)
    for row, number in enumerate(label):
        eeg[row, 2 * number : 2 * number + 2, 16:40] += response
    return eeg.astype(np.float32)


def toy_trials(n: int, seed: int = 0, first: int = 0) -> Trials:
    """Return n trials of subject 1, each with a picture of its own: picture 0 belongs to the first of them.

    Args:
        n: number of trials; the classes take turns.
        seed: of the noise.
        first: position of the first trial in the recording, and the first trial's number.
    """
    rows = np.arange(n)
    label = rows % len(CLASSES)
    order = rows + first
    return Trials(ToyRows(toy_eeg(label, seed)), np.ones(n, np.int64), order, label, rows, order // 16, order)


def _places(n: int, seed: int) -> Ints:
    return np.random.default_rng([13, seed]).integers(0, 4, n)


def toy_training(*, val: bool = True) -> Training:
    """Return what ``fit`` receives: 48 training trials of four classes, and 16 for validation unless ``val`` is off."""
    everything = toy_trials(TRAIN + VAL)
    rows = np.arange(TRAIN + VAL)
    train, held = everything.take(rows[:TRAIN]), everything.take(rows[TRAIN:] if val else rows[:0])
    train, held = (_on_disk(trials) for trials in (train, held))
    pictures = ToyPictures(toy_pixels(everything.label, _places(len(rows), 0)))
    captions = [f"a {CLASSES[label]} square" for label in everything.label]
    return Training(train, held, pictures, captions, CLASSES, MONTAGE)


def _on_disk(trials: Trials) -> Trials:
    return trials.take(np.arange(len(trials.trial)), ToyRows(np.asarray(trials.eeg[:])))


def toy_recordings() -> Recordings:
    """Return one subject's recordings: `toy_training`, and 32 test trials with pictures of their own."""
    test, places = toy_trials(TEST, seed=1, first=TRAIN + VAL), _places(TEST, 1)
    captions = [f"a {CLASSES[label]} square" for label in test.label]
    pictures = ToyPictures(toy_pixels(test.label, places, seed=1))
    training = toy_training()
    return Recordings(training, training, test, pictures, captions, None, attributes={"place": places})


def toy_targets(conditioner: Conditioner | None = None, run: Run | None = None) -> Targets:
    """Return the targets of `toy_training`: those of a conditioner, by default random tokens by class and picture.

    Args:
        conditioner: the space of the targets.
        run: what the conditioner receives.
    """
    training = toy_training()
    if conditioner is not None and run is not None:
        return Targets(
            conditioner.coarse(training.classes, run), conditioner.fine(training.pictures, training.captions, run)
        )
    return _targets(np.concatenate([training.train.label, training.val.label]), 0)


def _targets(label: Ints, seed: int) -> Targets:
    coarse = np.random.default_rng(17).standard_normal((len(CLASSES), TOKENS, WIDTH)).astype(np.float32)
    own = np.random.default_rng([19, seed]).standard_normal((len(label), TOKENS, WIDTH)).astype(np.float32)
    return Targets(coarse, coarse[label] + 0.5 * own)


def toy_conditions(tokens: Floats | None = None) -> Conditions:
    """Return what ``generate`` receives for the 32 test trials: tokens, label and signals.

    Args:
        tokens: (32, tokens, width) in the generator's space; by default those of `toy_targets`.
    """
    test = toy_recordings().test
    given = _targets(test.label, 1).fine if tokens is None else tokens
    return Conditions(given, test.label, test.trial, test.signals())


def toy_outcome(
    right: float = 0.75, *, judge: Judge | None = None, samples: int = 2, run: Run | None = None
) -> Outcome:
    """Return what a metric sees of the 32 test trials.

    Args:
        right: share of the trials whose class scores, tokens and pictures are perfect; those of the others are noise.
            In the space of the embedding a picture is where its class is.
        judge: of the pictures; by default `ToyJudge`.
        samples: pictures generated for each trial.
        run: what the judge receives.
    """
    from eegrecon.testing.plain_run import PlainRun

    recordings, rng = toy_recordings(), np.random.default_rng(23)
    truth, n = recordings.test, TEST
    hit = np.arange(n) < round(right * n)
    reference = np.stack([recordings.pictures[int(row)] for row in truth.image])
    noise = rng.integers(0, 256, (n, samples, *reference.shape[1:]), dtype=np.uint8)
    generated = np.where(hit[:, None, None, None, None], reference[:, None], noise)
    logits = rng.standard_normal((n, len(CLASSES)))
    logits[hit] += 8 * np.eye(len(CLASSES))[truth.label[hit]]
    targets = _targets(truth.label, 1)
    tokens = np.where(hit[:, None, None], np.asarray(targets.fine), rng.standard_normal((n, TOKENS, WIDTH)))
    look, run = (judge or ToyJudge()).look, run or PlainRun.temporary()
    directions = rng.standard_normal((len(CLASSES), 5))
    return Outcome(
        truth=truth.take(np.arange(n), ToyRows(np.zeros((n, 0, 0), np.float32))),
        classes=CLASSES,
        synsets=None,
        features=Features(logits @ directions, logits),
        tokens=tokens,
        targets=targets,
        reference=reference,
        generated=generated,
        reference_views=look(reference, run),
        generated_views=look(generated.reshape(-1, *reference.shape[1:]), run),
        attributes={name: recordings.attributes[name] for name in ATTRIBUTES},
        embedded=8 * directions[truth.label],
        space="toy",
    )


def hand_outcome(
    label: Sequence[int],
    *,
    image: Sequence[int] | None = None,
    classes: Sequence[str] = CLASSES,
    **roles: Any,
) -> Outcome:
    """Return an outcome worked out by hand: what is not given is absent.

    Args:
        label: class of each trial, (n,).
        image: the picture of each trial, (n,); by default each has its own.
        classes: their names.
        roles: fields of `Outcome`; ``reference`` and ``generated`` may have any size.
    """
    n, numbers = len(label), np.asarray(label, np.int64)
    rows = np.arange(n)
    truth = Trials(
        ToyRows(np.zeros((n, 0, 0), np.float32)),
        0 * rows + 1,
        rows,
        numbers,
        rows if image is None else np.asarray(image),
    )
    absent: dict[str, Any] = {
        "synsets": None, "features": None, "tokens": None, "targets": None, "generated": None, "generated_views": None,
        "reference": np.zeros((n, 1, 1, 3), np.uint8), "reference_views": {},
    }  # fmt: skip
    return Outcome(truth=truth, classes=tuple(classes), **{**absent, **roles})


def toy_evidence(right: float = 0.75) -> Evidence:
    """Return what an audit measures: `toy_recordings`, and `toy_outcome` with the toy metrics that score it.

    Args:
        right: share of the trials with a perfect output.
    """
    recordings, outcome = toy_recordings(), toy_outcome(right)
    metrics = {"toy-accuracy": ToyAccuracy(), "toy-identification": ToyIdentification(), "toy-distance": ToyDistance()}
    scored = {name: Scored(metric, outcome) for name, metric in metrics.items()}
    return Evidence(recordings, np.arange(TEST), outcome, scored)
