"""What a worker is told about a run. It plans the run itself; what is large travels through the store."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from eegrecon.interfaces.hooks import GROUP
from eegrecon.pipeline.context import ExecutionContext, StageKind
from eegrecon.pipeline.environment import environment
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.progress import Console
from eegrecon.registry.digests import digest

PROBE = "probe"  # a kind of stage that no component has: the folder and the lock by which a shared store is recognised
CLIENT = "client"  # the file in that folder that the client writes
ATTEMPTS = 3  # times that a stage is begun before it is given up, when workers die

Planned = tuple[ExecutionContext, Mapping[str, StageKind]]
Plan = Callable[[Mapping[str, Any], Console, str, int], Planned]
"""Plans a run on a worker, from the record of its options, a console, the store's folder and a number of threads."""

_OF_MACHINE = ("system", "machine", "cores")  # may differ between client and worker


@dataclass(frozen=True)
class Order:
    """The run that a worker computes stages of.

    Attributes:
        options: the record of its options.
        folder: the current folder of the client, from which relative paths lead.
        store: folder of the client's store.
        threads: that one stage may use; 0: what the libraries of the worker choose.
        versions: those of the client.
        graph: digest of the keys of all stages.
        run: a key of this run alone, for the probe of the store.
        debug: whether details are shown.
    """

    options: Mapping[str, Any]
    folder: str
    store: str
    threads: int
    versions: Mapping[str, str]
    graph: str
    run: str
    debug: bool

    def text(self) -> str:
        """Return the order as JSON."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def of(cls, text: str) -> Order:
        """Return the order that `text` has written."""
        return cls(**json.loads(text))


def keys_of(graph: Graph) -> str:
    """Return a digest of the keys of a graph's stages."""
    return digest(sorted(graph.stages))


def versions() -> dict[str, str]:
    """Return the versions of Python, of the libraries that numbers depend on, and of installed plugins, by name."""
    found = {name: version for name, version in environment().items() if name not in _OF_MACHINE}
    for point in importlib.metadata.entry_points(group=GROUP):
        if point.dist is not None:
            found[point.dist.name] = point.dist.version
    return found


def differences(client: Mapping[str, str], worker: Mapping[str, str]) -> Iterable[str]:
    """Yield, in words, the versions in which a worker differs from the client."""
    for name in sorted({*client, *worker}):
        ours, theirs = client.get(name, "not installed"), worker.get(name, "not installed")
        if ours != theirs:
            yield f"{name} is {ours} for the client and {theirs} for the worker"
