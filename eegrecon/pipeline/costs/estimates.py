"""What the stages that would run are expected to cost, from the records of stages alike."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from eegrecon.pipeline.costs.records import Place, Record
from eegrecon.pipeline.costs.schedules import critical_path, list_schedule
from eegrecon.pipeline.graph import Stage

WORKERS = (1, 2, 8, 64)


@dataclass(frozen=True)
class Estimate:
    """How long a stage is expected to take.

    Attributes:
        seconds: the median of the records.
        records: their number.
        elsewhere: whether they are of another device or another number of threads, for want of others.
    """

    seconds: float
    records: int
    elsewhere: bool


@dataclass(frozen=True)
class Cost:
    """What stages are expected to cost. A stage without an estimate counts nothing, so that every time is a lower one.

    Attributes:
        stages: the estimate of each stage that would run, by key, in order; None where no stage alike was computed.
        seconds: of all stages, one after the other.
        chain: keys of the critical path: the chain of stages, each reading the one before, that takes longest.
        critical: seconds of the critical path.
        workers: seconds by number of workers that take the stages in order, as soon as their inputs are done.
    """

    stages: Mapping[str, Estimate | None]
    seconds: float
    chain: tuple[str, ...]
    critical: float
    workers: Mapping[int, float]

    @property
    def unknown(self) -> int:
        """How many stages have no estimate."""
        return sum(found is None for found in self.stages.values())


def estimates(records: Iterable[Record], place: Callable[[str], Place]) -> dict[str, Estimate]:
    """Return what the records of stages alike say, by what these have in common.

    Records of the same device and threads are used where there are any, else those of the same device, else all.

    Args:
        records: records of stages.
        place: gives what a kind of stage will be computed on.
    """
    alike: dict[str, list[Record]] = {}
    for record in records:
        alike.setdefault(record.like, []).append(record)
    found = {}
    for like, group in alike.items():
        here = place(group[0].kind)
        nearness = [(record.place.device == here.device) + (record.place == here) for record in group]
        nearest = [r.seconds for r, near in zip(group, nearness, strict=True) if near == max(nearness)]
        found[like] = Estimate(statistics.median(nearest), len(nearest), max(nearness) < 2)
    return found


def cost_of(stages: Sequence[Stage], known: Mapping[str, Estimate], workers: Sequence[int] = WORKERS) -> Cost:
    """Return what stages cost.

    Args:
        stages: those that would run, each after its inputs; what is not among them is in the store.
        known: estimates by what stages have in common.
        workers: numbers of workers.
    """
    expected = {stage.key: known.get(stage.like) for stage in stages}
    seconds = {key: found.seconds if found else 0.0 for key, found in expected.items()}
    inputs = {stage.key: [key for key in stage.inputs.values() if key in expected] for stage in stages}
    chain = critical_path(seconds, inputs)
    return Cost(
        stages=expected,
        seconds=sum(seconds.values()),
        chain=chain,
        critical=sum(seconds[key] for key in chain),
        workers={number: list_schedule(seconds, inputs, number) for number in workers},
    )
