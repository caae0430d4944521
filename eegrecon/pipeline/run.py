"""The `Run` that a component receives while its stage is computed, and the state of torch around it."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import threadpoolctl

from eegrecon.errors import ComponentError, UsageError
from eegrecon.interfaces.components import Component, Learner, Precision, Preparation
from eegrecon.interfaces.data import Arrays
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.storage.store import Store

T = TypeVar("T")
_MMAP_THRESHOLD, _TRIM_THRESHOLD = -3, -1  # options of mallopt, in malloc.h
SHARED = 8  # objects of `Run.shared` that are kept: models of one configuration, not those of all variants


@dataclass
class StageRun:
    """Everything that a component receives besides configuration and data."""

    name: str
    seed: int
    device: str
    precision: Precision
    store: Store
    console: Console
    place: tuple[str, str]  # stage kind and key, for the scratch folder
    weights: Mapping[Component, tuple[str, str]]  # kind and key of learners and preparations held by the component
    live: dict[str, Any]
    notes: list[str] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)

    @property
    def scratch(self) -> Path:
        """Folder of this stage alone."""
        return self.store.scratch(*self.place)

    def fitted(self, component: Learner) -> Arrays:
        """Return the weights of a learner in a field of the calling component."""
        return self._stored(component, "fitted")

    def prepared(self, component: Preparation) -> Arrays:
        """Return the arrays of a preparation in a field of the calling component."""
        return self._stored(component, "prepared")

    def _stored(self, component: Component, method: str) -> Arrays:
        if component not in self.weights:
            raise ComponentError(
                f"{self.name}: run.{method}({type(component).__name__}) is not a field of the calling component; "
                "hold it in a field, so that it is planned as a stage"
            )
        kind, key = self.weights[component]
        arrays = self.store.private(kind, key)
        if arrays is None:
            raise ComponentError(f"{self.name}: {kind} {key} has disappeared from the store; run again")
        return arrays

    def shared(self, name: str, make: Callable[[], T]) -> T:
        """Return the shared object of this name, created at first use; the objects used last are kept."""
        found: T = self.live.pop(name) if name in self.live else make()
        self.live[name] = found
        for unused in list(self.live)[:-SHARED]:
            del self.live[unused]
        return found

    def progress(self, total: int, about: str) -> AbstractContextManager[Any]:
        """Show how far the stage is."""
        return self.console.progress(total, f"{self.name}: {about}")

    def log(self, message: str, /, **numbers: float) -> None:
        """Keep a line with the stage, and show it when debugging."""
        self.logs.append({"message": message, **{name: float(value) for name, value in numbers.items()}})
        self.console.detail(f"{message} " + " ".join(f"{name}={value:.4g}" for name, value in numbers.items()))

    def note(self, text: str) -> None:
        """Keep a sentence for the reader of the table."""
        if text not in self.notes:
            self.notes.append(text)


@contextmanager
def torch_seeded(seed: int, device: str) -> Iterator[None]:
    """Seed torch for one stage, use deterministic algorithms, and restore the process's own state afterwards.

    Without deterministic algorithms some gradients (of indexing, for one) are summed in an order that varies from run
    to run, on the CPU too. An operation that has no deterministic form warns.
    """
    import torch

    devices = [torch.device(device)] if device.startswith("cuda") else []
    before = torch.get_deterministic_debug_mode()
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        torch.set_deterministic_debug_mode("warn")  # unlike use_deterministic_algorithms, it does not import inductor
        try:
            yield
        finally:
            torch.set_deterministic_debug_mode(before)


@functools.cache
def keep_freed_memory() -> None:
    """Let the C library keep freed memory for the next tensors, where it is the GNU one, which can be told so.

    It learns that by itself, but not where MALLOC_TRIM_THRESHOLD_ is set, as Dask sets it for its workers: there each
    tensor would be mapped and cleared by the system anew, which takes as long as the networks themselves.
    """
    if os.name == "posix":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_MMAP_THRESHOLD, 32 << 20)  # the most that it learns
            mallopt(_TRIM_THRESHOLD, 64 << 20)


def check_device(requested: str) -> None:
    """Refuse a device that no machine has.

    Raises:
        UsageError: torch knows no such device.
    """
    if requested in ("auto", "cpu"):  # known without torch, which takes seconds to import
        return
    import torch

    try:
        torch.device(requested)
    except RuntimeError as error:
        raise UsageError(
            f"no device called {requested!r} (--device); give auto, cpu, cuda, cuda:1 or another that torch knows"
        ) from error


def resolve_device(requested: str) -> str:
    """Return the device to use: ``auto`` is a GPU where there is one.

    Raises:
        UsageError: torch knows no such device, or this machine has none.
    """
    if requested == "cpu":
        return requested
    check_device(requested)
    import torch

    if requested == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=requested).item()
    except (RuntimeError, AssertionError) as error:
        reason = str(error).partition("\n")[0].partition(". ")[0]
        raise UsageError(
            f"this machine cannot compute on {requested!r} (--device): {reason}; give auto, or a device that it has"
        ) from error
    return requested


@functools.lru_cache(maxsize=1)
def _pools(modules: int) -> threadpoolctl.ThreadpoolController:
    """Return the libraries that have threads of their own, looked up again when more modules have been imported."""
    return threadpoolctl.ThreadpoolController()


@contextmanager
def limited_threads(threads: int, *, network: bool) -> Iterator[int]:
    """Compute with a number of threads, and restore the process's own afterwards; yield torch's number of them.

    Another number sums in another order and so trains another network.

    Args:
        threads: how many; 0 for what the libraries have chosen.
        network: whether torch computes, too.
    """
    with _pools(len(sys.modules)).limit(limits=threads or None):
        if not network:
            yield threads
            return
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(threads or before)
        try:
            yield torch.get_num_threads()
        finally:
            torch.set_num_threads(before)
