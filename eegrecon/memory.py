"""When memory runs out: smaller pieces of the same work, and a sentence that says so."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from eegrecon.errors import ComponentError

if TYPE_CHECKING:
    from eegrecon.components import Run
    from eegrecon.data import Ints

T = TypeVar("T")


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory is used up: Python's own, torch's on a GPU, or its allocator's on the CPU."""
    torch = sys.modules.get("torch")
    on_gpu = torch is not None and isinstance(error, torch.OutOfMemoryError)
    return on_gpu or isinstance(error, MemoryError) or "can't allocate memory" in str(error)


@dataclass
class Pieces:
    """Rows worked on in pieces of at most ``size``, which is halved for good whenever memory runs out.

    Attributes:
        size: how many rows at a time.
        about: what is worked on, for people.
        run: is told when the size is halved, so that it stands beside the result.
    """

    size: int
    about: str
    run: Run

    def each(self, rows: Ints, work: Callable[[Ints], T]) -> list[T]:
        """Return what ``work`` makes of each piece of the rows (n,), in order.

        Raises:
            ComponentError: a single row is too much.
        """
        made: list[T] = []
        start = 0
        while start < len(rows):
            piece = rows[start : start + self.size]
            if self.fits(piece, lambda rows: made.append(work(rows))):
                start += len(piece)
        return made

    def fits(self, rows: Ints, work: Callable[[Ints], object]) -> bool:
        """Do a piece of work on some rows (n,); where memory runs out, halve the size and return False.

        Raises:
            ComponentError: it was one row alone.
        """
        try:
            work(rows)
        except (MemoryError, RuntimeError) as error:
            if not ran_out(error):
                raise
            if len(rows) == 1:
                raise ComponentError(
                    f"memory ran out for a single row of the {self.about} on {self.run.device}: {error}; "
                    "free memory there, choose a smaller network, or another --device"
                ) from error
        else:
            return True
        self._halve(len(rows))  # outside of the except block, whose error keeps what it refers to in memory
        return False

    def _halve(self, rows: int) -> None:
        self.size = rows // 2
        gc.collect()
        if "torch" in sys.modules and self.run.device.startswith("cuda"):
            sys.modules["torch"].cuda.empty_cache()
        self.run.note(f"memory ran out in the {self.about}: worked on {self.size} at a time from there on")
