"""The plan of a dry run as values: JSON for programs, how many stages of each kind are in which state, and its cost."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.pipeline.costs.estimates import Cost, Estimate
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.pipeline.graph import Stage

STATES = ("to run", "in store", "not needed")


@dataclass(frozen=True)
class KindCount:
    """The stages of one kind.

    Attributes:
        kind: the kind.
        counts: number of stages in each of `STATES`.
        names: names of the stages, each once.
    """

    kind: str
    counts: tuple[int, ...]
    names: tuple[str, ...]


def by_kind(planned: Iterable[PlannedStage]) -> tuple[KindCount, ...]:
    """Return the counts of each kind, in the order in which the first stage of each is computed."""
    groups: dict[str, list[PlannedStage]] = {}
    for step in planned:
        groups.setdefault(step.stage.kind, []).append(step)
    return tuple(
        KindCount(kind, totals(steps), tuple(dict.fromkeys(step.stage.name for step in steps)))
        for kind, steps in groups.items()
    )


def totals(planned: Sequence[PlannedStage]) -> tuple[int, ...]:
    """Return the number of stages in each of `STATES`."""
    return tuple(sum(step.state == state for step in planned) for state in STATES)


@dataclass(frozen=True)
class CostLine:
    """What the stages to run of one name, or of one kind, are expected to cost.

    Attributes:
        name: the name or kind.
        stages: number of stages.
        unknown: number of stages of which nothing is known.
        fastest: seconds of the stage that takes least; None where nothing is known.
        slowest: seconds of the stage that takes most.
        records: number of stages that were computed before and are alike.
        seconds: of all stages of which something is known.
    """

    name: str
    stages: int
    unknown: int
    fastest: float | None
    slowest: float | None
    records: int
    seconds: float


def cost_lines(planned: Iterable[PlannedStage], cost: Cost, *, by_name: bool) -> tuple[CostLine, ...]:
    """Return what the stages to run cost, what costs most first and what is unknown last.

    Args:
        planned: the stages of the dry run.
        cost: what they cost.
        by_name: a line for each name; otherwise one for all that are named after their kind, as ``score.fid``.
    """
    groups: dict[str, list[Stage]] = {}
    for step in planned:
        stage = step.stage
        if stage.key in cost.stages:
            name = stage.kind if stage.name.startswith(f"{stage.kind}.") and not by_name else stage.name
            groups.setdefault(name, []).append(stage)
    lines = [_cost_line(name, stages, cost) for name, stages in groups.items()]
    return tuple(sorted(lines, key=lambda line: (line.fastest is None, -line.seconds)))


def _cost_line(name: str, stages: Sequence[Stage], cost: Cost) -> CostLine:
    alike: dict[str, Estimate] = {}
    for stage in stages:
        found = cost.stages[stage.key]
        if found is not None:
            alike[stage.like] = found
    known = [found.seconds for stage in stages if (found := cost.stages[stage.key]) is not None]
    return CostLine(
        name=name,
        stages=len(stages),
        unknown=len(stages) - len(known),
        fastest=min(known, default=None),
        slowest=max(known, default=None),
        records=sum(found.records for found in alike.values()),
        seconds=sum(known),
    )


def cost_sentences(planned: Sequence[PlannedStage], cost: Cost) -> list[str]:
    """Return what the whole of a dry run costs, in sentences."""
    count, unknown = len(cost.stages), cost.unknown
    if unknown == count:
        return [
            f"unknown: the store has no record of a stage like one of these {count}, with the same component, data "
            "and precision; a run of one subject and seed leaves them"
        ]
    least = "at least " if unknown else ""
    names = {step.stage.key: step.stage.name for step in planned}
    workers, times = (_listed(values) for values in (map(str, cost.workers), map(human, cost.workers.values())))
    found = [
        f"one after the other: {least}{human(cost.seconds)}",
        f"the longest chain of stages that read each other, which no number of workers shortens: {least}"
        f"{human(cost.critical)} ({' → '.join(names[key] for key in cost.chain)})",
        f"on {workers} workers: {least}{times}; if each is as fast as what the records are from, and takes the next "
        "stage whose inputs are done",
    ]
    if unknown:
        found.append(
            f"{unknown} of {count} stages are unknown and not in these times: the store has no record of a stage with "
            "the same component, data and precision"
        )
    elsewhere = sum(each is not None and each.elsewhere for each in cost.stages.values())
    if elsewhere:
        found.append(f"of {elsewhere} stages there are only records of another device or number of threads")
    return found


def _listed(values: Iterable[str]) -> str:
    *others, last = values
    return f"{', '.join(others)} and {last}" if others else last


def human(seconds: float) -> str:
    """Return seconds in the unit that a person would use, with about two digits."""
    if seconds < 1:
        return "< 0.01 s" if 0 < seconds < 0.01 else f"{seconds:.2f} s"
    if seconds < 120:
        value, unit = seconds, "s"
    elif seconds < 7200:
        value, unit = seconds / 60, "min"
    else:
        value, unit = seconds / 3600, "h"
    return f"{value:.{int(value < 10)}f} {unit}"


def between(line: CostLine) -> str:
    """Return how long one stage of a line takes."""
    if line.fastest is None or line.slowest is None:
        return "unknown"
    low, high = human(line.fastest), human(line.slowest)
    value, _, unit = low.rpartition(" ")
    return low if low == high else f"{value if high.endswith(f' {unit}') else low} to {high}"


def plan_as_json(planned: Iterable[PlannedStage], cost: Cost | None = None) -> str:
    """Return the plan of a dry run, and what it costs, as JSON."""
    planned = list(planned)
    stages = [
        {
            "stage": step.stage.name, "kind": step.stage.kind, "key": step.stage.key, "state": step.state,
            "subject": step.stage.subject, "seed": step.stage.seed, "rows": step.variants,
            **({} if cost is None else _expected(cost.stages.get(step.stage.key))),
        }
        for step in planned
    ]  # fmt: skip
    return json.dumps(
        {"stages": stages, **({} if cost is None else {"cost": _cost(planned, cost)})}, indent=1, ensure_ascii=False
    )


def _expected(found: Estimate | None) -> dict[str, Any]:
    return {
        "seconds": None if found is None else round(found.seconds, 3),
        "records": 0 if found is None else found.records,
        "elsewhere": found is not None and found.elsewhere,
    }


def _cost(planned: Sequence[PlannedStage], cost: Cost) -> dict[str, Any]:
    return {
        "stages": len(cost.stages),
        "unknown": cost.unknown,
        "seconds": round(cost.seconds, 3),
        "critical_path": {"seconds": round(cost.critical, 3), "stages": cost.chain},
        "workers": {str(number): round(seconds, 3) for number, seconds in cost.workers.items()},
        "names": [
            {n: round(v, 3) if isinstance(v, float) else v for n, v in dataclasses.asdict(line).items()}
            for line in cost_lines(planned, cost, by_name=True)
        ],
    }
