"""Signals that are delivered between two steps of a computation instead of within one."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class DeferredSignals:
    """A context manager that records SIGTERM and SIGINT until `deliver` is called or the context ends.

    A second signal is delivered at once. In threads other than the main one, which receive no signals, it does nothing.

    Attributes:
        requested: the number of the recorded signal; None without one.
    """

    def __init__(self) -> None:
        self.requested: int | None = None
        self._handlers: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._handlers = {number: signal.signal(number, self._record) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
        if kind is None:
            self.deliver()

    def deliver(self) -> None:
        """Call the original handler of the recorded signal, which usually raises; without a signal, do nothing."""
        if self.requested is not None:
            number, self.requested = self.requested, None
            self._restore()
            signal.raise_signal(number)

    def _record(self, number: int, _frame: FrameType | None) -> None:
        if self.requested is None:
            self.requested = number
        else:
            self.deliver()

    def _restore(self) -> None:
        while self._handlers:
            number, handler = self._handlers.popitem()
            signal.signal(number, handler)
