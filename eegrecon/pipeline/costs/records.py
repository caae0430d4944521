"""Records of how long stages took: one in the description of every artifact, found again by what stages share."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eegrecon.pipeline.context import StageKind
from eegrecon.pipeline.run import resolve_device
from eegrecon.pipeline.storage.store import Store

CPU = "cpu"


@dataclass(frozen=True)
class Place:
    """What a stage is computed on.

    Attributes:
        device: of its networks; "cpu" for a kind of stage without one.
        threads: how many.
    """

    device: str
    threads: int


@dataclass(frozen=True)
class Record:
    """One stage that was computed.

    Attributes:
        kind: its kind.
        like: digest of what its time depends on.
        seconds: how long it took.
        place: what it was computed on.
    """

    kind: str
    like: str
    seconds: float
    place: Place


def cost_record(like: str, device: str, threads: int) -> dict[str, Any]:
    """Return what the description of an artifact says beside its seconds; 0 threads are all that the process has."""
    return {"like": like, "device": device, "threads": threads or usable_cores()}


def usable_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def records_of(store: Store, kinds: Collection[str]) -> Iterator[Record]:
    """Yield the records of all artifacts of some kinds of stage, of which only the descriptions are read."""
    for kind in kinds:
        for meta in store.descriptions(kind):
            record = _record(kind, meta)
            if record is not None:
                yield record


def _record(kind: str, meta: Mapping[str, Any]) -> Record | None:
    """Return the record in a description; None where it has none, as of an artifact that was imported."""
    match meta:
        case {
            "seconds": float() | int() as seconds,
            "cost": {"like": str() as like, "device": str() as device, "threads": int() as threads},
        } if like and math.isfinite(seconds) and seconds >= 0:
            return Record(kind, like, float(seconds), Place(device, threads))
    return None


@dataclass(frozen=True)
class Machine:
    """What the stages of a run are going to be computed on.

    Attributes:
        kinds: how each kind of stage is computed.
        requested_device: the device that was asked for, or "auto".
        limit: threads that networks are trained with; 0 for what the libraries choose.
    """

    kinds: Mapping[str, StageKind]
    requested_device: str
    limit: int

    def place(self, kind: str) -> Place:
        """Return what a kind of stage will be computed on, as `cost_record` would say it."""
        found = self.kinds[kind]
        limit = 0 if found.all_cores else self.limit
        if not found.network:
            return Place(CPU, limit or usable_cores())
        return Place(self._device, limit or self._chosen)

    @cached_property
    def _device(self) -> str:
        """The device; not looked for where it was named, as a dry run may be made on another machine."""
        return resolve_device(self.requested_device) if self.requested_device == "auto" else self.requested_device

    @cached_property
    def _chosen(self) -> int:
        """The threads that torch chooses; it takes a second to import, so that only what has records asks for it."""
        import torch

        return torch.get_num_threads()
