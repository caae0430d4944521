"""What travels between data sets, components and metrics: arrays with a role.

Arrays that cross the contract are numpy; torch stays inside components. EEG and pictures that are read by indexing are
the reader's own copies. No other argument is written to: an aligner hands what it received on to an encoder. (The core
protects the store and other stages even so.) The type of an argument decides what a component can see: ``encode``
receives `Signals`, which have no labels, and ``fit`` receives `Training`, which has no test trials. In the descriptions
of shapes, n is trials, c channels and t samples in time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, ForwardRef, Literal, Protocol, TypeAlias

if TYPE_CHECKING:  # numpy takes ten times as long to import as the contract
    import numpy as np
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.floating[Any]]
    Ints: TypeAlias = NDArray[np.int64]
    Pixels: TypeAlias = NDArray[np.uint8]
    Arrays: TypeAlias = Mapping[str, NDArray[Any]]
else:  # of a form that allows ``Floats | None`` in a module that evaluates its annotations
    Floats, Ints = ForwardRef("NDArray[np.floating[Any]]"), ForwardRef("NDArray[np.int64]")
    Pixels, Arrays = ForwardRef("NDArray[np.uint8]"), ForwardRef("Mapping[str, NDArray[Any]]")


UNSEEN_CLASSES = "not applicable: the test classes do not occur in training"  # what needs a class says of such data


class Rows(Protocol):
    """Rows of an array that may be on disk; indexing reads the selected rows only."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the whole array, (n, c, t)."""
        ...

    def __getitem__(self, rows: Any, /) -> Any:
        """Return some rows (an int, a slice or an integer array) as a numpy array of the caller's own."""
        ...


class Pictures(Protocol):
    """Pictures of possibly different sizes, decoded on demand."""

    def __len__(self) -> int:
        """Return the number of pictures."""
        ...

    def __getitem__(self, row: int, /) -> Pixels:
        """Return one picture, uint8 (height, width, 3) RGB."""
        ...


@dataclass(frozen=True, eq=False)
class Signals:
    """What an encoder sees at test time: no labels, no pictures.

    Attributes:
        eeg: (n, c, t) float32, in the unit of the `Montage`.
        subject: (n,) number of the subject.
        trial: (n,) identity of the trial; at test time opaque and in random order, to hide the block.
    """

    eeg: Rows
    subject: Ints
    trial: Ints


@dataclass(frozen=True, eq=False)
class Trials(Signals):
    """Signals with their truth.

    Attributes:
        label: (n,) class, 0 to classes - 1.
        image: (n,) row of the picture among the pictures that belong to these trials.
        block: (n,) recording block, if the data set knows it.
        order: (n,) position in time, if the data set knows it.
    """

    label: Ints
    image: Ints
    block: Ints | None = None
    order: Ints | None = None

    def signals(self) -> Signals:
        """Return what may be seen of these trials at test time."""
        return Signals(self.eeg, self.subject, self.trial)

    def take(self, rows: Ints, eeg: Rows | None = None) -> Trials:
        """Return some of the trials, in the given order.

        Args:
            rows: (m,) rows of the trials.
            eeg: their EEG, if it is not to be read now.
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
    """How the signals were recorded.

    Attributes:
        channels: names of the channels, in order.
        sfreq: sampling rate, Hz.
        tmin: time of the first sample from picture onset, s.
        unit: "uV", or "z" for standardised values.
    """

    channels: tuple[str, ...]
    sfreq: float
    tmin: float
    unit: str


@dataclass(frozen=True, eq=False)
class Training:
    """What ``fit`` receives; test trials and test pictures are not in it.

    Attributes:
        train: training trials.
        val: validation trials; may be empty.
        pictures: pictures of training and validation trials, indexed by their ``image``.
        captions: one per picture, or None.
        classes: names of the classes.
        montage: how the signals were recorded.
    """

    train: Trials
    val: Trials
    pictures: Pictures
    captions: Sequence[str] | None
    classes: tuple[str, ...]
    montage: Montage


@dataclass(frozen=True, eq=False)
class Gallery:
    """Pictures of the test classes that no test trial shows, to which EEG can be compared instead of the stimuli.

    Attributes:
        pictures: the pictures.
        label: (pictures,) class of each.
        captions: one per picture, or None.
    """

    pictures: Pictures
    label: Ints
    captions: Sequence[str] | None = None


@dataclass(frozen=True, eq=False)
class Recordings:
    """One subject's share of a data set under one protocol; only the core reads it as a whole.

    Attributes:
        training: training data of the subject.
        pool: training data of all permitted subjects together, for pre-training.
        test: test trials of the subject.
        pictures: pictures of the test trials, indexed by their ``image``.
        captions: one per test picture, or None.
        synsets: WordNet id of each class, if there are any.
        notes: remarks for the result.
        attributes: known attributes of each test picture, (pictures,) by name.
        selected_on_test: whether the protocol selects models on test trials, as some papers did. Validation trials may
            then be test trials, and every score is marked.
        gallery: further pictures of the test classes; None where the pictures of the training trials are the only ones.
    """

    training: Training
    pool: Training
    test: Trials
    pictures: Pictures
    captions: Sequence[str] | None
    synsets: tuple[str, ...] | None
    notes: tuple[str, ...] = ()
    attributes: Mapping[str, Ints] = field(default_factory=dict)
    selected_on_test: bool = False
    gallery: Gallery | None = None

    @property
    def occurring(self) -> tuple[int, ...]:
        """Classes with a trial of the subject's training, validation or test share, ascending: those to choose from."""
        import numpy as np

        shares = (self.training.train, self.training.val, self.test)
        return tuple(np.unique(np.concatenate([trials.label for trials in shares])).tolist())

    @property
    def zero_shot(self) -> bool:
        """Whether no class of a test trial has a training trial, of the subject or of the pool."""
        import numpy as np

        trained = (self.training.train.label, self.pool.train.label)
        return len(self.test.label) > 0 and not np.isin(self.test.label, np.concatenate(trained)).any()


@dataclass(frozen=True, eq=False)
class Features:
    """The output of an encoder.

    Attributes:
        embedding: (n, width) float.
        logits: (n, classes) float class scores; None for an encoder that does not classify.
    """

    embedding: Floats
    logits: Floats | None


@dataclass(frozen=True, eq=False)
class Targets:
    """What an aligner learns to predict, in a conditioner's space.

    Attributes:
        coarse: (classes, tokens, width), from class names.
        fine: (pictures, tokens, width), from captions or pictures; None where there are none.
    """

    coarse: Floats
    fine: Floats | None


@dataclass(frozen=True, eq=False)
class Conditions:
    """The input of a generator, built by the core.

    Attributes:
        tokens: (n, tokens, width) from the aligner; None if the generator does not need them.
        label: (n,) the encoder's best class; None if the generator does not need it.
        trial: (n,) identity of the trial; noise is drawn per (seed, trial, sample).
        signals: the EEG, for generators that declare this need.
    """

    tokens: Floats | None
    label: Ints | None
    trial: Ints
    signals: Signals | None


@dataclass(frozen=True)
class Finding:
    """One line of ``eegrecon data check`` and ``eegrecon doctor``.

    Attributes:
        ok: whether it is in order.
        text: what was found.
    """

    ok: bool
    text: str


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    better: Literal["higher", "lower"]
    unit: str = ""


@dataclass(frozen=True, eq=False)
class Score:
    """One number with what is needed to read it.

    Attributes:
        value: the score.
        n: number of trials or pictures that it is computed from.
        per_trial: (n trials,) values whose mean or median is the score; None for scores of sets, such as FID.
        chance: expected value without information; None if there is no such level.
        of: whether the score is the mean or the median of ``per_trial``.
    """

    value: float
    n: int
    per_trial: Floats | None = None
    chance: float | None = None
    of: Literal["mean", "median"] = "mean"


@dataclass(frozen=True, eq=False)
class Candidates:
    """A `Gallery` in the space in which EEG and pictures are compared.

    Attributes:
        values: (pictures, …) of each picture.
        label: (pictures,) class of each.
    """

    values: Floats
    label: Ints


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a metric sees: arrays with a role, one row per test trial.

    Attributes:
        truth: the test trials; their ``eeg`` is empty.
        classes: names of the classes.
        synsets: WordNet id of each class, if there are any.
        features: the encoder's output; None where nothing is decoded.
        tokens: (n, tokens, width) of the aligner; None without one.
        targets: targets of the test pictures; ``fine`` is indexed by ``truth.image``.
        reference: uint8 (n, h, w, 3), the true picture of each trial at the generator's size.
        generated: uint8 (n, samples, h, w, 3); None where nothing is generated.
        reference_views: the judge's views of ``reference``, (n, …) by layer.
        generated_views: the judge's views of ``generated``, (n * samples, …) by layer, samples fastest.
        attributes: known attributes of the true pictures, (n,) by name.
        occurring: the classes that occur in the data, ascending, of which chance levels count the number; by default
            all of ``classes``.
        zero_shot: whether no class of a test trial has a training trial, so that no class score names one; what needs a
            class then says `UNSEEN_CLASSES`.
        embedded: (pictures, width) test pictures in the space of ``features.embedding``, indexed by ``truth.image``;
            None for an encoder that embeds no pictures.
        gallery: other pictures of the classes in the space of ``embedded``, or else of ``targets``.
        space: name of that space.
    """

    truth: Trials
    classes: tuple[str, ...]
    synsets: tuple[str, ...] | None
    features: Features | None
    tokens: Floats | None
    targets: Targets | None
    reference: Pixels
    generated: Pixels | None
    reference_views: Mapping[str, Floats]
    generated_views: Mapping[str, Floats] | None
    attributes: Mapping[str, Ints] = field(default_factory=dict)
    occurring: tuple[int, ...] = ()
    zero_shot: bool = False
    embedded: Floats | None = None
    gallery: Candidates | None = None
    space: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "occurring", self.occurring or tuple(range(len(self.classes))))

    def take(self, rows: Ints) -> Outcome:
        """Return the outcome of some trials, in the given order, with repeats allowed (for resampling)."""
        import numpy as np

        samples = 1 if self.generated is None else self.generated.shape[1]
        pictures = (rows[:, None] * samples + np.arange(samples)).ravel()  # rows of generated_views
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
        """Return the outcome in which trial i has the outputs for trial ``rows[i]``, (n,).

        Args:
            rows: a permutation of the trials.
            pixels: permute the generated pictures as well; otherwise only the judge's views of them.
        """
        import numpy as np

        samples = 1 if self.generated is None else self.generated.shape[1]
        pictures = (rows[:, None] * samples + np.arange(samples)).ravel()  # rows of generated_views
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
