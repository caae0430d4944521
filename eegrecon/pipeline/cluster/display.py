"""One display of what all workers do: lines and bars on standard error, in this process."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from eegrecon.errors import printable
from eegrecon.pipeline.progress import LINE_EVERY, Console


@dataclass
class Display:
    """Shows which stages run where, and how far they are. It is called from several threads.

    Attributes:
        console: where it is shown.
    """

    console: Console
    _about: dict[str, str] = field(default_factory=dict)  # line of each submitted stage, by its key
    _bars: Progress | None = None
    _tasks: dict[str, dict[str, Any]] = field(default_factory=dict)  # tasks of each stage by their text
    _shown: dict[str, float] = field(default_factory=dict)  # when a line of progress was shown last, by stage
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _open: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Display:
        if self.console.rich.is_terminal and not self.console.quiet:
            columns = (
                SpinnerColumn(),
                TextColumn("{task.description}", markup=False),
                BarColumn(),
                MofNCompleteColumn(),
            )
            bars = Progress(*columns, TimeRemainingColumn(), console=self.console.rich, transient=True)
            self._bars = self._open.enter_context(bars)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            self._bars = None
            self._open.close()

    def announce(self, key: str, about: str) -> None:
        """Take the line by which a stage is announced when a worker begins it."""
        self._about[key] = about

    def ended(self, key: str) -> None:
        """Remove what is shown of a stage."""
        with self._lock:
            self._about.pop(key, None)
            self._shown.pop(key, None)
            for task in self._tasks.pop(key, {}).values():
                if self._bars is not None:
                    self._bars.remove_task(task)

    def event(self, event: Mapping[str, Any]) -> None:
        """Show a message of a worker."""
        key, name = event["key"], f"worker {event['worker']}"
        match event["form"]:
            case "warn":
                self.console.warn(f"{event['message']} ({name})")
            case "detail":
                self.console.detail(f"{name}: {event['message']}")
            case "start" if key in self._about:
                self.console.info(f"{self._about[key]}, {name}")
            case "progress" if key in self._about and not self.console.quiet:
                with self._lock:
                    self._progress(key, f"  {event['about']}, {name}", int(event["done"]), int(event["total"]))

    def _progress(self, key: str, about: str, done: int, total: int) -> None:
        if self._bars is not None:
            tasks = self._tasks.setdefault(key, {})
            if about not in tasks:
                tasks[about] = self._bars.add_task(printable(about), total=total)
            self._bars.update(tasks[about], completed=done)
            if done >= total:
                self._bars.remove_task(tasks.pop(about))
        elif (
            not self.console.rich.is_terminal
            and time.monotonic() - self._shown.setdefault(key, time.monotonic()) > LINE_EVERY
        ):
            self._shown[key] = time.monotonic()
            self.console.info(f"  {about}: {done} of {total}")
