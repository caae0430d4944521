"""When memory runs out: smaller pieces of the same work, and a sentence that says so."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from eegrecon.errors import ComponentError

if TYPE_CHECKING:
    from eegrecon.interfaces.components import Run
    from eegrecon.interfaces.data import Ints

T = TypeVar("T")


def ran_out(error: BaseException) -> bool:
    """Whether an error says that memory is used up: Python's own, torch's on a GPU, or its allocator's on the CPU."""
    torch = sys.modules.get("torch")
    on_gpu = torch is not None and isinstance(error, torch.OutOfMemoryError)
    return on_gpu or isinstance(error, MemoryError) or "can't allocate memory" in str(error)


def free_memory(device: str) -> int:
    """Return how many bytes can still be taken on a device, without swapping."""
    if device.startswith("cuda"):
        import torch

        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    import psutil

    return int(psutil.virtual_memory().available)


@dataclass
class AdaptiveBatches:
    """Rows worked on in pieces of at most ``size``, which is halved for good whenever memory runs out.

    Attributes:
        size: how many rows at a time.
        about: what is worked on, for people.
        run: is told when the size is halved, so that it stands beside the result.
    """

    size: int
    about: str
    run: Run

    def plan(self, row: float, besides: float) -> float:
        """Choose the size by the memory that is free, and return how many bytes the work will then take.

        Args:
            row: bytes for each row of a piece.
            besides: bytes whatever the size.

        Raises:
            ComponentError: a single row is too much.
        """
        free = free_memory(self.run.device)
        if besides + row > free:
            raise ComponentError(
                f"the {self.about} takes about {(besides + row) / 1e9:.2g} GB of memory with a single row at a time, "
                f"{free / 1e9:.2g} GB are free on {self.run.device}; free memory there, choose a smaller network, or "
                "another --device"
            )
        if besides + row * self.size > free:
            size = int((free - besides) / row)
            self.run.note(
                f"the {self.about} would take about {(besides + row * self.size) / 1e9:.2g} GB of memory with "
                f"{self.size} at a time, {free / 1e9:.2g} GB are free: worked on {size} at a time"
            )
            self.size = size
        return besides + row * self.size

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
