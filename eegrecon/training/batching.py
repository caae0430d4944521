"""Batches whose size is halved when memory runs out."""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from eegrecon.errors import ComponentError
from eegrecon.interfaces.components import Run
from eegrecon.interfaces.data import Ints

T = TypeVar("T")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory is used up: Python's own, torch's on a GPU, or its allocator's on the CPU."""
    torch = sys.modules.get("torch")
    on_gpu = torch is not None and isinstance(error, torch.OutOfMemoryError)
    return on_gpu or isinstance(error, MemoryError) or "can't allocate memory" in str(error)


@dataclass
class AdaptiveBatches:
    """Batches of at most ``size`` rows; the size is halved for good whenever memory runs out, with a note.

    Attributes:
        size: rows at a time.
        about: what is computed, for messages.
        run: receives the note.
    """

    size: int
    about: str
    run: Run

    def each(self, rows: Ints, compute: Callable[[Ints], T]) -> list[T]:
        """Return what ``compute`` returns for each batch of the rows (n,), in order.

        Raises:
            ComponentError: memory runs out for a single row.
        """
        results: list[T] = []
        start = 0
        while start < len(rows):
            batch = rows[start : start + self.size]
            if self.fits(batch, lambda rows: results.append(compute(rows))):
                start += len(batch)
        return results

    def fits(self, rows: Ints, compute: Callable[[Ints], object]) -> bool:
        """Call ``compute`` on some rows (n,); where memory runs out, halve the size and return False.

        Raises:
            ComponentError: memory runs out for a single row.
        """
        try:
            compute(rows)
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            if len(rows) == 1:
                raise ComponentError(
                    f"memory ran out for a single row of the {self.about} on {self.run.device}: {error}; "
                    "free memory there, choose a smaller network, or another --device"
                ) from error
        else:
            return True
        self._halve(len(rows))  # outside the except block, whose error keeps tensors alive
        return False

    def _halve(self, rows: int) -> None:
        self.size = rows // 2
        gc.collect()
        if "torch" in sys.modules and self.run.device.startswith("cuda"):
            sys.modules["torch"].cuda.empty_cache()
        self.run.note(f"memory ran out in the {self.about}: continued with {self.size} rows at a time")
