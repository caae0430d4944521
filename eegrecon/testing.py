"""For the tests of plugin authors: a ``Run`` that needs no store and no graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from eegrecon.components import Component, Learner, Precision, Preparation
from eegrecon.console import Silent
from eegrecon.data import Arrays

T = TypeVar("T")


@dataclass
class PlainRun:
    """A Run that keeps everything in memory.

    ``learned`` holds what ``fitted`` returns, by component: a test puts the weights of nested learners there, in the
    order in which the runner would have made them.
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
        """Return the weights that the test put into ``learned``."""
        return self.learned[component]

    def prepared(self, component: Preparation) -> Arrays:
        """Prepare at first use."""
        if component not in self.learned:
            self.learned[component] = component.prepare(self)
        return self.learned[component]

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Return the live object of that name, made at first use."""
        found: T = self.live.setdefault(name, None) or make()
        self.live[name] = found
        return found

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[Silent]:
        """Watch nothing."""
        yield Silent()

    def log(self, message: str, /, **numbers: float) -> None:
        """Keep the line."""
        self.logs.append((message, numbers))

    def note(self, text: str) -> None:
        """Keep the sentence."""
        self.notes.append(text)
