"""What travels between data sets, components and metrics: arrays with a role.

Arrays that cross the contract are numpy; torch stays inside components. In the shape comments ``n`` is trials,
``c`` channels and ``t`` samples in time. What a component may see is decided by the type that it is given: an
encoder's ``encode`` receives ``Signals``, which have no labels, and ``fit`` receives ``Training``, which has no test
trials.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:  # the contract alone is imported in a tenth of the time that numpy takes
    import numpy as np
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.floating[Any]]"
Ints: TypeAlias = "NDArray[np.int64]"
Pixels: TypeAlias = "NDArray[np.uint8]"
Arrays: TypeAlias = "Mapping[str, NDArray[Any]]"


class Rows(Protocol):
    """Rows of an array that may lie on disk: indexing reads only what is asked for."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array, (n, c, t)."""
        ...

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the rows asked for (an int, a slice or an integer array) as a numpy array."""
        ...


class Pictures(Protocol):
    """Pictures of possibly different sizes, decoded when asked for."""

    def __len__(self) -> int:
        """How many pictures there are."""
        ...

    def __getitem__(self, row: int, /) -> Pixels:
        """Return one picture, uint8 (height, width, 3) RGB."""
        ...


@dataclass(frozen=True, eq=False)
class Signals:
    """All that an encoder may see at test time: no labels, no pictures."""

    eeg: Rows  # (n, c, t) float32; unit in Montage
    subject: Ints  # (n,)
    trial: Ints  # (n,) identity; opaque and in random order at test time, so that it does not tell the block


@dataclass(frozen=True, eq=False)
class Trials(Signals):
    """Signals with their truth."""

    label: Ints  # (n,) 0 .. classes - 1
    image: Ints  # (n,) row of the pictures that travel with these trials
    block: Ints | None = None  # (n,) recording block, where the data set knows it
    order: Ints | None = None  # (n,) position in time, where the data set knows it

    def signals(self) -> Signals:
        """Return what may be seen of these trials at test time."""
        return Signals(self.eeg, self.subject, self.trial)

    def take(self, rows: Ints, eeg: Rows | None = None) -> Trials:
        """Return some of the trials, in the order given.

        Args:
            rows: which.
            eeg: their EEG, where it shall not be read now.
        """
        return Trials(
            eeg=self.eeg[rows] if eeg is None else eeg,
            subject=self.subject[rows],
            trial=self.trial[rows],
            label=self.label[rows],
            image=self.image[rows],
            block=None if self.block is None else self.block[rows],
            order=None if self.order is None else self.order[rows],
        )


@dataclass(frozen=True)
class Montage:
    """How the signals were recorded."""

    channels: tuple[str, ...]
    sfreq: float  # Hz
    tmin: float  # s, of the first sample from picture onset
    unit: str  # "uV" or "z"


@dataclass(frozen=True, eq=False)
class Training:
    """What ``fit`` receives. Test trials and test pictures are not in it."""

    train: Trials
    val: Trials
    pictures: Pictures  # training and validation pictures only
    captions: Sequence[str] | None  # one per picture
    classes: tuple[str, ...]
    montage: Montage


@dataclass(frozen=True, eq=False)
class Recordings:
    """One subject's share of a data set under one protocol. Read whole by the runner alone."""

    training: Training
    pool: Training  # the same for all permitted subjects together: for pre-training
    test: Trials
    pictures: Pictures  # of the test trials
    captions: Sequence[str] | None  # one per test picture
    synsets: tuple[str, ...] | None  # WordNet id per class, where there is one
    notes: tuple[str, ...] = ()  # said in the result, for instance "selected on test"
    attributes: Mapping[str, Ints] = field(default_factory=dict)  # of each test picture, by name, where they are known


@dataclass(frozen=True, eq=False)
class Features:
    """What an encoder makes of signals."""

    embedding: Floats  # (n, width)
    logits: Floats | None  # (n, classes); None for encoders that do not classify


@dataclass(frozen=True, eq=False)
class Targets:
    """Where an aligner should bring the signals to, in a conditioner's space."""

    coarse: Floats  # (classes, tokens, width), from class names
    fine: Floats | None  # (pictures, tokens, width), from captions or pictures


@dataclass(frozen=True, eq=False)
class Conditions:
    """What a generator is given. The core builds it; the label is the encoder's own best class."""

    tokens: Floats | None  # (n, tokens, width)
    label: Ints | None  # (n,)
    trial: Ints  # (n,) noise is drawn per (seed, trial, sample)
    signals: Signals | None  # only for generators that declare the need


@dataclass(frozen=True, eq=False)
class Score:
    """One number and what it takes to read it."""

    value: float
    n: int  # how many trials or pictures it is computed from
    per_trial: Floats | None = None  # (n trials,), where the score is their mean or median
    chance: float | None = None
    of: Literal["mean", "median"] = "mean"  # what of ``per_trial`` the score is


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a metric may see: arrays with a role, one row per test trial."""

    truth: Trials
    classes: tuple[str, ...]
    synsets: tuple[str, ...] | None
    features: Features | None
    tokens: Floats | None  # (n, tokens, width)
    targets: Targets | None  # of the test pictures; fine is (pictures, tokens, width), indexed by truth.image
    reference: Pixels  # (n, h, w, 3) what each trial saw, at the generator's size
    generated: Pixels | None  # (n, samples, h, w, 3)
    reference_views: Mapping[str, Floats]  # the judge's view of the reference, (n, …) by layer
    generated_views: (
        Mapping[str, Floats] | None
    )  # and of the generated pictures, (n * samples, …) by layer, samples fastest
    attributes: Mapping[str, Ints] = field(default_factory=dict)  # (n,) of the true pictures, where they are known

    def take(self, rows: Ints) -> Outcome:
        """Return the same outcome for some trials, in the order given, repeats allowed (for resampling)."""
        import numpy as np

        samples = 1 if self.generated is None else self.generated.shape[1]
        pictures = (rows[:, None] * samples + np.arange(samples)).ravel()  # rows of ``generated_views``
        return replace(
            self,
            truth=self.truth.take(rows),
            features=self.features and _take_features(self.features, rows),
            tokens=None if self.tokens is None else self.tokens[rows],
            reference=self.reference[rows],
            generated=None if self.generated is None else self.generated[rows],
            reference_views={layer: view[rows] for layer, view in self.reference_views.items()},
            generated_views=_take_views(self.generated_views, pictures),
            attributes={name: values[rows] for name, values in self.attributes.items()},
        )

    def permuted(self, rows: Ints, pixels: bool = True) -> Outcome:
        """Return the outcome in which trial i is credited with what was made of trial ``rows[i]``, (n,).

        Args:
            rows: a permutation of the trials.
            pixels: deal the generated pictures too; else only what a judge saw in them, and the pictures stay.
        """
        import numpy as np

        samples = 1 if self.generated is None else self.generated.shape[1]
        pictures = (rows[:, None] * samples + np.arange(samples)).ravel()  # rows of ``generated_views``
        return replace(
            self,
            features=self.features and _take_features(self.features, rows),
            tokens=None if self.tokens is None else self.tokens[rows],
            generated=self.generated[rows] if pixels and self.generated is not None else self.generated,
            generated_views=_take_views(self.generated_views, pictures),
        )


def _take_features(features: Features, rows: Ints) -> Features:
    return Features(features.embedding[rows], None if features.logits is None else features.logits[rows])


def _take_views(views: Mapping[str, Floats] | None, rows: Ints) -> Mapping[str, Floats] | None:
    return None if views is None else {layer: view[rows] for layer, view in views.items()}
