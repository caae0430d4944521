"""How long stages take together: their critical path, and list scheduling on some workers (Graham, 1969)."""

from __future__ import annotations

import heapq
from collections.abc import Mapping, Sequence

Inputs = Mapping[str, Sequence[str]]  # keys of the stages that must be done before a stage, by its key


def critical_path(seconds: Mapping[str, float], inputs: Inputs) -> tuple[str, ...]:
    """Return the chain of stages that takes longest, each reading the one before: no number of workers is faster.

    Args:
        seconds: how long each stage takes; in an order in which each comes after its inputs.
        inputs: keys of each stage's inputs, all of them among the stages.
    """
    ends: dict[str, float] = {}
    before: dict[str, str | None] = {}
    for key, duration in seconds.items():
        before[key] = max(inputs[key], key=ends.__getitem__, default=None)
        ends[key] = duration + max((ends[source] for source in inputs[key]), default=0.0)
    chain: list[str] = []
    last = max(ends, key=ends.__getitem__, default=None)
    while last is not None:
        chain.append(last)
        last = before[last]
    return tuple(reversed(chain))


def list_schedule(seconds: Mapping[str, float], inputs: Inputs, workers: int) -> float:
    """Return when the last stage ends if every free worker takes the first stage whose inputs are done.

    It is at most 2 - 1/workers times what the best schedule takes.

    Args:
        seconds: how long each stage takes, in the order in which they are taken.
        inputs: keys of each stage's inputs, all of them among the stages.
        workers: how many stages run at once.
    """
    keys = list(seconds)
    position = {key: number for number, key in enumerate(keys)}
    waiting = {key: set(inputs[key]) for key in keys}
    readers: dict[str, list[str]] = {key: [] for key in keys}
    for key in keys:
        for source in waiting[key]:
            readers[source].append(key)
    ready = [position[key] for key in keys if not waiting[key]]  # sorted, so a heap
    running: list[tuple[float, int]] = []  # when a stage ends, and its position
    now = 0.0
    while ready or running:
        while ready and len(running) < workers:
            taken = heapq.heappop(ready)
            heapq.heappush(running, (now + seconds[keys[taken]], taken))
        now = running[0][0]
        while running and running[0][0] == now:
            _, done = heapq.heappop(running)
            for reader in readers[keys[done]]:
                waiting[reader].discard(keys[done])
                if not waiting[reader]:
                    heapq.heappush(ready, position[reader])
    return now
