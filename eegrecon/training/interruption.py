"""Work that can only be left between two of its steps: signals wait until there."""

from __future__ import annotations

import signal
import threading
from types import FrameType, TracebackType
from typing import Any, Self

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Leaving:
    """While it is entered, SIGTERM and SIGINT only make ``asked`` true; ``now`` then does what they would have done.

    A second signal does not wait. Whatever has not been answered by the end is answered there. In threads other than
    the main one, which get no signals, it does nothing.

    Attributes:
        asked: whether a signal has come.
    """

    def __init__(self) -> None:
        self.asked: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            self._before = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._restore()
        if kind is None:
            self.now()

    def now(self) -> None:
        """Leave, if it was asked for: by the exception that the signal's own handler raises, as a rule."""
        if self.asked is not None:
            number, self.asked = self.asked, None
            self._restore()
            signal.raise_signal(number)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.asked is None:
            self.asked = number
        else:
            self.now()

    def _restore(self) -> None:
        while self._before:
            number, handler = self._before.popitem()
            signal.signal(number, handler)
