"""The contract of plugins: what each kind of component receives and returns.

A component is a frozen dataclass whose fields are its whole configuration: printable, hashable, overridable by a dotted
path. What it learns is a value, a mapping of arrays that ``fit`` returns and later calls receive; nothing is kept on
``self``. Components nest, and each nested learner is a stage of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

from eegrecon.interfaces.data import (
    Arrays,
    Column,
    Conditions,
    Features,
    Finding,
    Floats,
    Ints,
    Outcome,
    Pictures,
    Pixels,
    Recordings,
    Score,
    Signals,
    Targets,
    Training,
)

T = TypeVar("T")
Precision = Literal["fp32", "bf16", "fp16"]
Need = Literal["tokens", "label", "signals"]


class Progress(Protocol):
    """Progress of a long task."""

    def advance(self, n: int = 1) -> None:
        """Advance by ``n`` steps."""
        ...


class Run(Protocol):
    """What a component receives besides configuration and data."""

    @property
    def seed(self) -> int:
        """Seed of this run. The core seeds torch with it around every stage; components never seed globally."""
        ...

    @property
    def device(self) -> str:
        """Torch device, for instance ``"cpu"`` or ``"cuda:0"``."""
        ...

    @property
    def precision(self) -> Precision:
        """Arithmetic for networks; scores are computed in float64."""
        ...

    @property
    def scratch(self) -> Path:
        """Folder of this stage alone, which survives an interruption and is removed on success."""
        ...

    def fitted(self, component: Learner) -> Arrays:
        """Return the weights of a learner in a field of the caller, fitted in a stage of its own."""
        ...

    def prepared(self, component: Preparation) -> Arrays:
        """Return the arrays of a preparation in a field of the caller; large ones are memory-mapped."""
        ...

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Return the object of this name, created at first use and shared by all stages (a loaded pipeline).

        The objects used last are kept; one that was not used for long is created again.
        """
        ...

    def progress(self, total: int, about: str) -> AbstractContextManager[Progress]:
        """Return a context manager that shows the progress of a task with ``total`` steps."""
        ...

    def log(self, message: str, /, **numbers: float) -> None:
        """Record a message with numbers; it is shown with ``--debug`` and stored with the stage."""
        ...

    def note(self, text: str) -> None:
        """Add a note to every result row that depends on this stage."""
        ...


class Component(ABC):  # noqa: B024 - what is abstract differs by kind
    """Base class of everything that a plugin registers.

    ``__post_init__`` may raise `InvalidConfiguration` and does nothing else.

    Attributes:
        revision: raised when results change although fields and source do not show it.
        exempt: checks of ``eegrecon plugin check`` that do not apply to it, each with the reason (``show`` has them).
    """

    revision: ClassVar[str] = "1"
    exempt: ClassVar[Mapping[str, str]] = {}

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the content that each field names (a model folder, a file), by field.

        The digest enters the keys of stages instead of the field's value. A class that does not override this method is
        taken to read everything in every file and folder that one of its fields names.
        """
        return {}

    @classmethod
    def small(cls) -> Component:
        """Return an instance that is fitted in a second, for ``eegrecon plugin check``; by default, the default one."""
        return cls()

    def check(self) -> Sequence[Finding]:
        """Return findings on the files that the component needs, with the remedy for missing ones.

        A `MissingFiles` or `DataError` that it raises counts as a finding.
        """
        return ()


class Preparation(Component):
    """A conversion of a data set's files, computed once for all subjects, seeds and protocols and kept in the store."""

    @abstractmethod
    def prepare(self, run: Run) -> Arrays:
        """Return the converted arrays; large ones may be ``np.memmap`` below ``run.scratch`` and are streamed."""


class Captioner(Component):
    """A model that describes pictures in words."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """Model and revision, which are stored beside every caption."""

    @abstractmethod
    def captions(self, pictures: Pictures, run: Run) -> Iterator[str]:
        """Yield the caption of each picture, in order."""


class Dataset(Component):
    """Recordings of people looking at pictures.

    Attributes:
        protocols: names of the supported protocols.
        exports: formats that ``export`` writes.
        common_pictures: whether all subjects with the same permitted ones have the same list of training pictures, and
            all subjects the same test pictures, so that their targets are computed once.
        test_only: fields that change test trials alone (one may be a preparation), so that no training depends on them.
        protocol: how the data are split (a field).
    """

    protocols: ClassVar[tuple[str, ...]] = ("within-image",)
    exports: ClassVar[tuple[str, ...]] = ()
    common_pictures: ClassVar[bool] = False
    test_only: ClassVar[tuple[str, ...]] = ()
    protocol: str

    @abstractmethod
    def subjects(self) -> tuple[int, ...]:
        """Return the subjects that can be evaluated."""

    @abstractmethod
    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings under the protocol, with EEG on disk and pictures decoded on demand.

        Raises:
            DataError: a file is damaged or has another format.
        """

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Return the subjects whose training trials form the pool when ``subject`` is evaluated."""
        return self.subjects()

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Whether a folder looks like this data set; quick, and never raises."""
        return False

    def caption(self, captioner: Captioner, run: Run) -> int:
        """Write a caption for each picture without one, beside the data, and return their number."""
        raise NotImplementedError(f"{type(self).__name__} does not support captions")

    def export(self, folder: Path, form: str, run: Run) -> None:
        """Write the data in another format, one of ``exports``."""
        raise NotImplementedError(f"{type(self).__name__} does not write other formats")


class Trained(Component):
    """A component whose weights may also come from a published checkpoint."""

    def imported(self, path: str) -> Arrays:
        """Return the weights of a published checkpoint for this component; empty if it has none.

        Raises:
            DataError: the file belongs to another method, or has other sizes than this component.
        """
        return {}


class Learner(Trained):
    """A component with weights.

    A learner of scope ``"pool"`` is fitted once on all permitted subjects together, one of scope ``"subject"`` for
    each subject. A pool learner contains no subject learner.
    """

    scope: ClassVar[Literal["subject", "pool"]] = "subject"

    @abstractmethod
    def fit(self, data: Training, run: Run) -> Arrays:
        """Return weights learned from training data, with any selection on validation data."""


class Encoder(Learner):
    """A learner that maps signals to an embedding and, if it classifies, to class scores.

    An encoder in a space of pictures overrides `embed` and `space`, so that a picture can be found by the EEG alone.
    """

    @abstractmethod
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return embedding (n, width) and logits (n, classes) or None."""

    def embed(self, weights: Arrays, pictures: Pictures, run: Run) -> Floats:
        """Return pictures in the space of the embedding, (pictures, width)."""
        raise NotImplementedError(f"{type(self).__name__} embeds no pictures")

    @property
    def space(self) -> str:
        """Name of the space of the embedding, part of the identity of numbers; "" for one without pictures."""
        return ""


C = TypeVar("C", bound=Component)


@dataclass(frozen=True, eq=False)
class Fitted(Generic[C]):
    """A component with its weights."""

    component: C
    weights: Arrays


@runtime_checkable
class Differentiable(Protocol):
    """An encoder whose network other components can train further."""

    def network(self, weights: Arrays) -> Any:
        """Return a torch module with these weights: EEG (n, c, t) -> (embedding, logits)."""
        ...


class Conditioner(Component):
    """The space of a generator's conditions; pictures and texts are embedded once each, not per trial."""

    @property
    def identity(self) -> str:
        """Name of the space, in short; part of the identity of numbers that are computed in it."""
        return type(self).__name__.lower()

    @abstractmethod
    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        """Embed class names: (classes, tokens, width)."""

    @abstractmethod
    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        """Embed captions or pictures: (pictures, tokens, width); None without captions."""


class Aligner(Trained):
    """A component that maps signals to a generator's conditioning tokens."""

    @abstractmethod
    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Return weights; ``targets.fine`` is indexed by ``data.train.image`` and ``data.val.image``."""

    @abstractmethod
    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return conditioning tokens (n, tokens, width)."""


class Generator(Component):
    """A component that generates pictures from conditions."""

    copies: ClassVar[bool] = False  # whether they are training pictures by design; the audit of copies then says so

    @property
    def needs(self) -> frozenset[Need]:
        """The inputs of this configuration; stages whose products are not needed do not run."""
        return frozenset({"tokens", "label"})

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Height and width of the generated pictures."""

    @abstractmethod
    def conditioner(self) -> Conditioner:
        """Return the conditioner of its tokens."""

    def fit(
        self, encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, data: Training, targets: Targets, run: Run
    ) -> Arrays:
        """Return weights; a generator that does not override this method is not fitted."""
        return {}

    @abstractmethod
    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3) for a chunk of trials, with noise per (seed, trial, sample)."""


class Judge(Component):
    """A network that evaluates pictures: features and class scores by layer."""

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of its ``logits`` layer."""

    @property
    def synsets(self) -> tuple[str, ...] | None:
        """WordNet id of each class, or None."""
        return None

    @property
    def attributes(self) -> Mapping[str, str]:
        """Layers of ``look`` with a score for each value of an attribute, by name of the attribute."""
        return {}

    @property
    def identity(self) -> str:
        """Everything that changes its output, in short; part of the identity of every number that depends on it."""
        return type(self).__name__.lower()

    @abstractmethod
    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Return the views of uint8 (n, h, w, 3): ``features`` (n, width), ``logits`` (n, classes), further layers."""


MetricNeed = Literal["features", "tokens", "generated", "embedded", "gallery"]


class Metric(Component):
    """Numbers computed from an outcome, in float64, with everything that changes them.

    Attributes:
        columns: the columns that ``score`` fills.
        judge: the judge of the pictures (a field), or None; a metric without this field has none.
    """

    columns: ClassVar[tuple[Column, ...]]
    judge: Judge | None = None

    @property
    @abstractmethod
    def needs(self) -> frozenset[MetricNeed]:
        """Roles of the outcome that it reads (of one, a value in the class); a row without one has no score."""

    @property
    def mark(self) -> str:
        """Why its numbers are to be read with care, shown beside each; "" if there is no reason."""
        return ""

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return outcomes with their scores by column, worked out by hand: three or more, for ``plugin check``."""
        return ()

    @abstractmethod
    def identity(self, outcome: Outcome) -> str:
        """Return everything that changes the number, for instance ``fid@inception2015-2048/n656v164``."""

    @abstractmethod
    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Return a score by column name; a column that cannot be computed is left out with ``run.note``."""

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores of ``outcome.permuted(order)`` for each order, (orders,) by column.

        They are the null distribution of columns with a chance level. Override this method where scoring is slow and
        what does not depend on the order can be computed once; for an empty mapping the core scores one by one.
        """
        return {}
