"""What a check is, and what it receives."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import ComponentError, MissingFiles
from eegrecon.interfaces.components import Component, Metric
from eegrecon.interfaces.data import Arrays
from eegrecon.testing.plain_run import PlainRun
from eegrecon.testing.toy_components import ToyJudge
from eegrecon.testing.toy_data import toy_training

T = TypeVar("T")
TOLERANCE = 1e-4  # of the largest value, for outputs that may differ by rounding
PATIENCE = 30.0  # seconds, on a loaded machine
LEVELS = 2  # of 256, the same for pictures


class CheckFailed(ComponentError):
    """A component does not pass a check; the message says what to change."""


class Skipped(Exception):
    """A check does not apply; the message says why."""


@dataclass
class CheckRun(PlainRun):
    """A run that ends work which takes too long, when progress is next reported.

    The time counts from the first report of progress, when libraries are imported.
    """

    until: float | None = None

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[Any]:
        """Watch the time."""
        self.until = self.until or time.perf_counter() + PATIENCE
        yield self

    def advance(self, n: int = 1) -> None:
        """Count a step.

        Raises:
            CheckFailed: it is too late.
        """
        if self.until is not None and time.perf_counter() > self.until:
            raise CheckFailed(
                f"after {PATIENCE:.0f} s on toy data the work is not done; override small() to return an instance with "
                "few epochs and narrow layers, which is ready in a second"
            )


@dataclass
class Case:
    """A component under check.

    Attributes:
        cls: its class.
        kind: its kind.
        folder: an empty folder for runs.
        memory: what checks keep for later ones.
    """

    cls: type[Component]
    kind: str
    folder: Path
    memory: dict[str, Any] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=itertools.count)
    _learned: dict[int, dict[Component, Arrays]] = field(default_factory=dict)

    @cached_property
    def component(self) -> Any:
        """The instance that is checked: ``small()``; of a metric with a judge, with `ToyJudge` in its place."""
        if not (issubclass(self.cls, Metric) and "judge" in getattr(self.cls, "__dataclass_fields__", {})):
            return self.cls.small()
        try:
            small: Any = self.cls.small()
        except TypeError:  # the judge is a required field
            return self.cls(judge=ToyJudge())  # type: ignore[call-arg]
        return small if small.judge is None else replace(small, judge=ToyJudge())

    def run(self, seed: int = 0) -> CheckRun:
        """Return a run with a folder of its own, in which nested learners are fitted on the toy data."""
        folder = self.folder / f"run{next(self._numbers)}"
        folder.mkdir()
        learned = self._learned.setdefault(seed, {})
        return CheckRun(folder, seed=seed, learned=learned, training=toy_training())

    def once(self, name: str, compute: Callable[[], T]) -> T:
        """Return what ``compute`` returned when it was first called; if it raised, skip what depends on it.

        Raises:
            Skipped: an earlier check has reported the error.
        """
        if name not in self.memory:
            self.memory[name] = Skipped(f"{name} failed")
            try:
                self.memory[name] = compute()
            except Skipped as skipped:
                self.memory[name] = skipped
            except MissingFiles:
                self.memory[name] = Skipped(f"{name} skipped, it needs files")
                raise
        if isinstance(self.memory[name], Skipped):
            raise self.memory[name]
        found: T = self.memory[name]
        return found

    def failed(self, method: str, what: str, remedy: str) -> CheckFailed:
        """Return the error of a check: a method does something; what to change."""
        name = f"{self.cls.__module__}.{self.cls.__qualname__}"
        return CheckFailed(f"{f'{name}.{method}' if method else name} {what}; {remedy}")


@dataclass(frozen=True)
class Check:
    """One check of components.

    Attributes:
        name: its name, in kebab-case.
        kinds: the kinds of component that it applies to.
        about: what it checks, in one line.
        function: raises `CheckFailed`, or `Skipped`.
    """

    name: str
    kinds: tuple[str, ...]
    about: str
    function: Callable[[Case], None]


def check(*kinds: str) -> Callable[[Callable[[Case], None]], Check]:
    """Decorate a function that checks components of some kinds; its name and docstring become those of the check."""

    def decorate(function: Callable[[Case], None]) -> Check:
        name = function.__name__.strip("_").replace("_", "-")
        return Check(name, kinds, (function.__doc__ or "").strip().partition("\n")[0].rstrip("."), function)

    return decorate


def difference(first: Arrays, second: Arrays) -> tuple[str, float]:
    """Return the array that differs most and by how much, as a share of its largest value (at least 1)."""
    if {name: np.shape(array) for name, array in first.items()} != {n: np.shape(a) for n, a in second.items()}:
        return "a name or shape", np.inf
    found = {name: _difference(first[name], second[name]) for name in first}
    return max(found.items(), key=lambda item: item[1], default=("", 0.0))


def _difference(first: NDArray[Any], second: NDArray[Any]) -> float:
    if first.size == 0:
        return 0.0
    one, other = (np.asarray(array, np.float64) for array in (first, second))
    if first.dtype == np.uint8:  # pictures: as a share of the levels that may differ
        return float(np.abs(one - other).max()) / LEVELS * TOLERANCE
    return float(np.abs(one - other).max()) / max(1.0, float(np.abs(one).max()))


@contextmanager
def unchanged(case: Case, method: str, **inputs: Any) -> Iterator[None]:
    """Check that a call does not write into its arguments: objects with arrays, mappings of arrays, or arrays."""
    before = {name: _copies(value) for name, value in inputs.items()}
    yield
    for name, value in inputs.items():
        for inside, array in _copies(value).items():
            if not np.array_equal(array, before[name][inside], equal_nan=array.dtype.kind == "f"):
                where = f"{name}.{inside}" if inside else name
                raise case.failed(
                    method,
                    f"wrote into {where}, which it received and others read after it",
                    "copy the array before changing it: x = np.array(x)",
                )


def _copies(value: Any, inside: str = "") -> dict[str, NDArray[Any]]:
    if isinstance(value, np.ndarray):
        return {inside: np.array(value)}
    if hasattr(value, "shape"):  # rows on disk are copied when they are read
        return {}
    items = value.items() if isinstance(value, dict) else vars(value).items() if hasattr(value, "__dict__") else ()
    found: dict[str, NDArray[Any]] = {}
    for name, held in items:
        found |= _copies(held, f"{inside}.{name}" if inside else str(name))
    return found
