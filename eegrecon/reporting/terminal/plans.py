"""The plan of a dry run as values: JSON for programs, and how many stages of each kind are in which state."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from eegrecon.pipeline.executor import PlannedStage

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


def plan_as_json(planned: Iterable[PlannedStage]) -> str:
    """Return the plan of a dry run as JSON."""
    stages = [
        {
            "stage": step.stage.name, "kind": step.stage.kind, "key": step.stage.key, "state": step.state,
            "subject": step.stage.subject, "seed": step.stage.seed, "rows": step.variants,
        }
        for step in planned
    ]  # fmt: skip
    return json.dumps({"stages": stages}, indent=1, ensure_ascii=False)
