"""A `Run` without store and graph."""

from __future__ import annotations

import shutil
import sys
import tempfile
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeVar

from eegrecon.errors import ComponentError
from eegrecon.interfaces.components import Component, Learner, Precision, Preparation, Run
from eegrecon.interfaces.data import Arrays, Training
from eegrecon.pipeline.run import torch_seeded
from eegrecon.registry.source import closure

T = TypeVar("T")


def seeded(component: Component, run: Run) -> AbstractContextManager[None]:
    """Return the context in which the core calls a component: torch seeded, if the component's source imports it."""
    if "torch" in sys.modules or "torch" in closure([type(component).__module__])[1]:
        return torch_seeded(run.seed, run.device)
    return nullcontext()


class _Progress:
    """Progress that is not shown."""

    def advance(self, n: int = 1) -> None:
        """Do nothing."""


@dataclass
class PlainRun:
    """A `Run` that keeps everything in memory.

    Attributes:
        learned: what `fitted` returns, by component; a test puts the weights of nested learners here.
        training: what a nested learner without weights there is fitted on; without it, that is an error.
    """

    scratch: Path
    seed: int = 0
    device: str = "cpu"
    precision: Precision = "fp32"
    learned: dict[Component, Arrays] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    logs: list[tuple[str, dict[str, float]]] = field(default_factory=list)
    live: dict[str, Any] = field(default_factory=dict)
    training: Training | None = None

    @classmethod
    def temporary(cls, **fields: Any) -> PlainRun:
        """Return a run with a temporary folder, which is removed with the run."""
        run = cls(Path(tempfile.mkdtemp(prefix="eegrecon-")), **fields)
        weakref.finalize(run, shutil.rmtree, run.scratch, ignore_errors=True)
        return run

    def fitted(self, component: Learner) -> Arrays:
        """Return the weights in `learned`, fitted on `training` at first use.

        Raises:
            ComponentError: there are neither.
        """
        if component not in self.learned:
            if self.training is None:
                raise ComponentError(
                    f"PlainRun.fitted has no weights of {type(component).__name__}; put them into PlainRun.learned, or "
                    "give the run training data: PlainRun(folder, training=toy_training())"
                )
            with seeded(component, self):
                self.learned[component] = component.fit(self.training, self.nested(type(component).__name__))
        return self.learned[component]

    def nested(self, name: str) -> PlainRun:
        """Return a run with the same weights and a folder of its own below this one."""
        folder = self.scratch / name
        folder.mkdir(exist_ok=True)
        return replace(self, scratch=folder)

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
