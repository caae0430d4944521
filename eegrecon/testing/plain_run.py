"""A `Run` without store and graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from eegrecon.interfaces.components import Component, Learner, Precision, Preparation
from eegrecon.interfaces.data import Arrays

T = TypeVar("T")


class _Progress:
    """Progress that is not shown."""

    def advance(self, n: int = 1) -> None:
        """Do nothing."""


@dataclass
class PlainRun:
    """A `Run` that keeps everything in memory.

    Attributes:
        learned: what `fitted` returns, by component; a test puts the weights of nested learners here.
    """

    scratch: Path
    seed: int = 0
    device: str = "cpu"
    precision: Precision = "fp32"
    learned: dict[Component, Arrays] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    logs: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    live: dict[str, Any] = field(default_factory=dict)

    def fitted(self, component: Learner) -> Arrays:
        """Return the weights in `learned`."""
        return self.learned[component]

    def prepared(self, component: Preparation) -> Arrays:
        """Return the arrays of a preparation, computed at first use."""
        if component not in self.learned:
            self.learned[component] = component.prepare(self)
        return self.learned[component]

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Return the object of this name, created at first use."""
        if name not in self.live:
            self.live[name] = make()
        shared: T = self.live[name]
        return shared

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[_Progress]:
        """Show nothing."""
        yield _Progress()

    def log(self, message: str, /, **numbers: float) -> None:
        """Keep the message in `logs`."""
        self.logs.append((message, numbers))

    def note(self, text: str) -> None:
        """Keep the text in `notes`."""
        self.notes.append(text)
