"""Progress and messages on standard error: bars on a terminal, plain lines elsewhere, nothing when quiet.

Standard output is left to the result.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console as RichConsole
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from eegrecon.errors import printable

LINE_EVERY = 15.0  # seconds between plain lines of one task


class Silent:
    """Progress that is not shown."""

    def advance(self, n: int = 1) -> None:
        """Do nothing."""


@dataclass
class _Bar:
    bars: Progress
    task: Any

    def advance(self, n: int = 1) -> None:
        self.bars.advance(self.task, n)


@dataclass
class _Lines:
    console: RichConsole
    about: str
    total: int
    done: int = 0
    last: float = field(default_factory=time.monotonic)

    def advance(self, n: int = 1) -> None:
        self.done += n
        if time.monotonic() - self.last >= LINE_EVERY:
            self.last = time.monotonic()
            line = f"    {self.about}: {self.done} of {self.total}"
            self.console.print(printable(line), markup=False, highlight=False)


class _StandardError(RichConsole):
    """Standard error as a console; where nobody reads it any more, it falls silent, and the run goes on."""

    def on_broken_pipe(self) -> None:
        """Print nothing from now on."""
        self.quiet = True


@dataclass
class Console:
    """Shows progress and messages."""

    quiet: bool = False
    debug: bool = False
    rich: RichConsole = field(default_factory=lambda: _StandardError(file=sys.stderr, soft_wrap=True))

    def info(self, message: str) -> None:
        """Print one line, unless quiet."""
        if not self.quiet:
            self.rich.print(printable(message), markup=False, highlight=False)

    def warn(self, message: str) -> None:
        """Print a warning, also when quiet."""
        self.rich.print(printable(f"warning: {message}"), markup=False, highlight=False, style="yellow")

    def detail(self, message: str) -> None:
        """Print one line when debugging."""
        if self.debug:
            self.rich.print(printable(f"    {message}"), markup=False, highlight=False)

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[Any]:
        """Show the progress of a task with a known number of steps."""
        if self.quiet:
            yield Silent()
        elif self.rich.is_terminal:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
            )
            with Progress(*columns, TimeRemainingColumn(), console=self.rich, transient=True) as bars:
                yield _Bar(bars, bars.add_task(printable(f"  {about}"), total=total))
        else:
            yield _Lines(self.rich, about, total)
