"""The contract between eegrecon and a plugin: what each kind of component receives and returns.

A component is a frozen dataclass whose fields are its whole configuration: printable, hashable, overridable by a
dotted path. What it learns is a value (a mapping of arrays) that ``fit`` returns and later calls are given; nothing
is kept on ``self``. Components nest, and each nested learner is a stage of its own.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, runtime_checkable

from eegrecon.interfaces.data import (
    Arrays,
    Conditions,
    Features,
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
    """How far a long piece of work is."""

    def advance(self, n: int = 1) -> None:
        """Say that ``n`` more of the announced total are done."""
        ...


class Run(Protocol):
    """What the benchmark hands to a component: everything that is not configuration or data."""

    @property
    def seed(self) -> int:
        """Seed of this run. The runner seeds torch with it round every stage; components never seed globally."""
        ...

    @property
    def device(self) -> str:
        """Device for torch, for instance ``"cpu"`` or ``"cuda:0"``."""
        ...

    @property
    def precision(self) -> Precision:
        """Arithmetic for networks; everything that is scored is computed in float64."""
        ...

    @property
    def scratch(self) -> Path:
        """Folder of this stage alone. It survives an interruption and is removed on success."""
        ...

    def fitted(self, component: Learner) -> Arrays:
        """Weights of a learner held in a field of the caller: a stage of its own, already done."""
        ...

    def prepared(self, component: Preparation) -> Arrays:
        """Arrays of a preparation held in a field of the caller, memory-mapped and read-only."""
        ...

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """One live object per process (a loaded pipeline) for all stages that ask by this name."""
        ...

    def progress(self, total: int, about: str) -> AbstractContextManager[Progress]:
        """Announce ``total`` steps of work; the object entered has ``advance(n)``."""
        ...

    def log(self, message: str, /, **numbers: float) -> None:
        """Record what happens, with numbers; shown with ``--debug`` and kept with the stage."""
        ...

    def note(self, text: str) -> None:
        """Say a sentence that a reader must see beside every row that used this stage."""
        ...


def part(about: str, *, default: Any = True, without: Any = False) -> Any:
    """Declare a field that can be ablated.

    Args:
        about: what the part is; a row of the table reads "w/o ``about``".
        default: the field's value.
        without: the field's value when the part is removed.
    """
    return field(default=default, metadata={"part": (about, without)})


class Component(ABC):  # noqa: B024 - what is abstract differs by kind
    """Anything that a plugin registers. Raise InvalidConfiguration from ``__post_init__``; do no work there."""

    revision: ClassVar[str] = "1"  # raise it when results change though fields and source do not tell

    def reads(self) -> Mapping[str, str]:
        """Fields that are addresses (a model folder, a file), each with a digest of what it points to.

        Such a field enters no key; its digest does.
        """
        return {}

    @classmethod
    def small(cls) -> Component:
        """Return a version that trains in seconds, for conformance tests."""
        return cls()

    def check(self) -> Sequence[Finding]:
        """Say in plain words which of the files that it needs are there, and what mends what is not."""
        return ()


@dataclass(frozen=True)
class Finding:
    """One line of ``eegrecon data check`` and ``eegrecon doctor``."""

    ok: bool
    text: str


class Preparation(Component):
    """Work on a data set's files that is done once for all subjects, seeds and protocols, and kept in the store."""

    @abstractmethod
    def prepare(self, run: Run) -> Arrays:
        """Return the arrays to keep. Large ones may be ``np.memmap`` below ``run.scratch``: they are streamed."""


class Captioner(Component):
    """Describes pictures in words."""

    @property
    @abstractmethod
    def identity(self) -> str:
        """Model and revision, which are kept beside every caption."""

    @abstractmethod
    def captions(self, pictures: Pictures, run: Run) -> Iterator[str]:
        """Describe pictures one after the other."""


class Dataset(Component):
    """Recordings of people looking at pictures. ``protocol`` (a field) says how they are divided."""

    protocols: ClassVar[tuple[str, ...]] = ("within-image",)
    exports: ClassVar[tuple[str, ...]] = ()  # formats that ``export`` writes
    common_pictures: ClassVar[bool] = False  # whether training pictures are the same list for all subjects with the
    # same permitted ones, and test pictures for all, so that their targets are made once
    protocol: str

    @abstractmethod
    def subjects(self) -> tuple[int, ...]:
        """Subjects that can be evaluated."""

    @abstractmethod
    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings under the protocol. EEG stays on disk, pictures are decoded on demand.

        Raises:
            DataError: a file is not what it should be.
        """

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Subjects whose training trials form the pool when ``subject`` is evaluated."""
        return self.subjects()

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Whether a folder looks like this data set. Cheap, and never raises."""
        return False

    def caption(self, captioner: Captioner, run: Run) -> int:
        """Write a caption for each picture that has none yet, beside the data; return how many were written."""
        raise NotImplementedError(f"{type(self).__name__} takes no captions")

    def export(self, folder: Path, form: str, run: Run) -> None:
        """Write the data in another format, one of ``exports``."""
        raise NotImplementedError(f"{type(self).__name__} writes none of the formats of other data sets")


class Learner(Component):
    """Anything with weights.

    A learner of scope ``"pool"`` is fitted once on all permitted subjects together, one of scope ``"subject"`` for
    each subject. A pool learner holds no subject learner.
    """

    scope: ClassVar[Literal["subject", "pool"]] = "subject"

    @abstractmethod
    def fit(self, data: Training, run: Run) -> Arrays:
        """Learn from training data (chosen on validation data) and return the weights."""

    def imported(self, path: str) -> Arrays:
        """Return the weights that a published checkpoint holds for this component; nothing if it holds none.

        Raises:
            DataError: the file is none of the method's, or of other sizes than this component.
        """
        return {}


class Encoder(Learner):
    """Turns signals into an embedding and, if it classifies, class scores."""

    @abstractmethod
    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return embedding (n, width) and logits (n, classes) or None."""


C = TypeVar("C", bound=Component)


@dataclass(frozen=True, eq=False)
class Fitted(Generic[C]):
    """A component with its weights."""

    component: C
    weights: Arrays


@runtime_checkable
class Differentiable(Protocol):
    """An encoder that lets others train it along."""

    def network(self, weights: Arrays) -> Any:
        """Return a torch module with these weights: eeg (n, c, t) -> (embedding, logits)."""
        ...


class Conditioner(Component):
    """A space in which a generator is steered. Pictures and texts are embedded once each, not per trial."""

    @abstractmethod
    def coarse(self, classes: Sequence[str], run: Run) -> Floats:
        """Embed class names: (classes, tokens, width)."""

    @abstractmethod
    def fine(self, pictures: Pictures, captions: Sequence[str] | None, run: Run) -> Floats | None:
        """Embed captions or pictures: (pictures, tokens, width); None where there is nothing to embed."""


class Aligner(Component):
    """Maps signals to a generator's conditioning tokens."""

    @abstractmethod
    def fit(self, encoder: Fitted[Encoder], data: Training, targets: Targets, run: Run) -> Arrays:
        """Learn from training data. ``targets.fine`` is indexed by ``data.train.image`` and ``data.val.image``."""

    def imported(self, path: str) -> Arrays:
        """Return the weights that a published checkpoint holds for this component; nothing if it holds none.

        Raises:
            DataError: the file is none of the method's, or of other sizes than this component.
        """
        return {}

    @abstractmethod
    def align(self, weights: Arrays, encoder: Fitted[Encoder], signals: Signals, run: Run) -> Floats:
        """Return conditioning tokens (n, tokens, width)."""


class Generator(Component):
    """Makes pictures from conditions."""

    @property
    def needs(self) -> frozenset[Need]:
        """What it must be given in this configuration; stages whose product nobody needs do not run."""
        return frozenset({"tokens", "label"})

    @property
    @abstractmethod
    def size(self) -> tuple[int, int]:
        """Height and width of the pictures that it makes."""

    @abstractmethod
    def conditioner(self) -> Conditioner:
        """The space that its tokens live in."""

    def fit(
        self, encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, data: Training, targets: Targets, run: Run
    ) -> Arrays:
        """Learn from training data; a generator that does not override this is not fitted."""
        return {}

    @abstractmethod
    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3). Called in chunks of trials; noise per (seed, trial, sample)."""


class Judge(Component):
    """A network that looks at pictures: features and class scores by layer name."""

    @property
    @abstractmethod
    def classes(self) -> tuple[str, ...]:
        """Names of the classes of its ``logits`` layer."""

    @property
    def synsets(self) -> tuple[str, ...] | None:
        """WordNet id of each class, where there is one."""
        return None

    @property
    def attributes(self) -> Mapping[str, str]:
        """Layer of ``look`` with a score for each value of an attribute that it reads, by the attribute's name."""
        return {}

    @property
    def identity(self) -> str:
        """All that changes what it sees, in short: part of the identity of every number it takes part in."""
        return type(self).__name__.lower()

    @abstractmethod
    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        """Look at uint8 (n, h, w, 3): ``features`` (n, width), ``logits`` (n, classes), and further layers."""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    name: str
    better: Literal["higher", "lower"]
    unit: str = ""


MetricNeed = Literal["features", "tokens", "generated"]


class Metric(Component):
    """Computes numbers from an outcome, in float64, and states everything that changes them."""

    needs: ClassVar[frozenset[MetricNeed]]  # a row that lacks one of these is blank, with a reason
    columns: ClassVar[tuple[Column, ...]]  # what ``score`` fills, by name
    judge: Judge | None  # a field: who looks at the pictures, if anyone has to

    @abstractmethod
    def identity(self, outcome: Outcome) -> str:
        """Everything that changes the number, for instance ``fid@inception2015-2048/n656v164``."""

    @abstractmethod
    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Return a score by column name; a column that cannot be computed is left out and noted by ``run.note``."""

    def permuted_scores(self, outcome: Outcome, orders: Sequence[Ints], run: Run) -> Mapping[str, Floats]:
        """Return the scores of ``outcome.permuted(order)`` for each order, (orders,) by column.

        They are the null of the columns that have a chance level. Override it where scoring is slow and what does not
        depend on the order can be computed once; return nothing, and the core scores one by one.
        """
        return {}
