"""The stage graph as a value: stages by key, and the cells of the result that are read from them."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from eegrecon.benchmark.variants import Variant
from eegrecon.interfaces.components import Dataset


@dataclass(frozen=True)
class Stage:
    """One unit of computation: its kind, its component, and the keys of its inputs.

    Attributes:
        kind: one of the registered kinds of stage, for instance ``"fit"``.
        name: as shown, for instance ``"encoder.time"``.
        key: digest of everything that the product depends on.
        component: the component whose method is called, or None.
        dataset: the data set that is read, or None.
        subject: the subject whose recordings are read; for a pool stage, any subject that shares the pool.
        seed: seed of the run; None where nothing is drawn.
        share: the share of the recordings that is read: "subject", "pool", "test", "whole", or empty.
        inputs: keys of the inputs by role.
        context: further values that the stage needs.
        current_key: computes the key again, from source and files as they are now; None for a stage without a key.
        like: digest of what its time depends on; stages with the same one take about as long. Empty: nothing is known.
    """

    kind: str
    name: str
    key: str
    component: Any
    dataset: Dataset | None
    subject: int | None
    seed: int | None
    share: str = ""
    inputs: Mapping[str, str] = field(default_factory=dict)
    context: Mapping[str, Any] = field(default_factory=dict)
    current_key: Callable[[], str] | None = field(default=None, compare=False, repr=False)
    like: str = field(default="", compare=False, repr=False)

    @property
    def owner(self) -> int | None:
        """The subject that the product belongs to; None where all subjects share it."""
        return None if self.share == "pool" or self.share.endswith(" of all") else self.subject


@dataclass(frozen=True)
class Cell:
    """One variant for one subject and seed: the stages that its numbers are read from.

    Attributes:
        variant: the variant.
        subject: the subject.
        seed: seed of the run.
        scores: key of the score stage by metric.
        blank: by metric, why it has no score.
        test: key of the test trials.
        features: key of the encoder's output on the test trials.
        reference: key of the true pictures at the generator's size.
        generated: key of the generated pictures.
        stages: every key that the cell depends on.
        audits: key of the measurement by audit; of the first variant alone.
        audited: every key that these measurements depend on.
        description: key of the description of the subject's data, for the report; of the first variant alone.
        maps: key of the drawn maps of the scalp; of the first cell alone.
        failed: whether a stage of the cell failed when it was executed.
    """

    variant: Variant
    subject: int
    seed: int
    scores: Mapping[str, str]
    blank: Mapping[str, str]
    test: str
    features: str | None
    reference: str | None
    generated: str | None
    stages: tuple[str, ...]
    audits: Mapping[str, str] = field(default_factory=dict)
    audited: tuple[str, ...] = ()
    description: str | None = None
    maps: str | None = None
    failed: bool = False

    @property
    def outputs(self) -> list[str]:
        """Keys of the stages that are read when the cell is shown."""
        shown = (*self.scores.values(), self.test, self.features, self.reference, self.generated)
        return [key for key in (*shown, *self.audits.values(), *self.views) if key]

    @property
    def views(self) -> tuple[str, ...]:
        """Keys of the stages that only the report reads."""
        return tuple(key for key in (self.description, self.maps) if key)


@dataclass
class Graph:
    """Stages by key, in an order in which each comes after its inputs, and the cells of the result.

    Attributes:
        stages: the stages by key.
        cells: the cells of the variants that could be planned.
        unplanned: why a variant could not be planned; the first one always is.
    """

    stages: dict[str, Stage] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    unplanned: dict[Variant, str] = field(default_factory=dict)
    _position: dict[str, int] = field(default_factory=dict, repr=False, compare=False)

    def inputs(self, key: str) -> Iterator[str]:
        """Yield the keys of a stage's direct inputs."""
        yield from (source for source in self.stages[key].inputs.values() if source in self.stages)

    def ancestors(self, *keys: str) -> tuple[str, ...]:
        """Return the stages that some stages depend on, themselves included, in order."""
        wanted: set[str] = set()
        todo = list(keys)
        while todo:
            key = todo.pop()
            if key not in wanted:
                wanted.add(key)
                todo.extend(self.inputs(key))
        for key in itertools.islice(self.stages, len(self._position), None):  # those added since the last call
            self._position[key] = len(self._position)
        return tuple(sorted(wanted, key=self._position.__getitem__))

    def users(self) -> dict[str, tuple[str, ...]]:
        """Return the labels of the variants that depend on each stage, by its key."""
        labels: dict[str, dict[str, None]] = {}
        for cell in self.cells:
            for key in (*cell.stages, *cell.audited, *cell.views):
                labels.setdefault(key, {})[cell.variant.label] = None
        return {key: tuple(found) for key, found in labels.items()}

    def of(self, variant: Variant) -> list[Cell]:
        """Return the cells of a variant."""
        return [cell for cell in self.cells if cell.variant == variant]

    def required(self) -> frozenset[str]:
        """Return the stages of the first variant, without which there is no result."""
        return frozenset(key for cell in self.of(self.cells[0].variant) for key in cell.stages)

    def without_views(self) -> Graph:
        """Return the graph with cells that need nothing that only a report reads."""
        cells = [dataclasses.replace(cell, description=None, maps=None) for cell in self.cells]
        return Graph(self.stages, cells, self.unplanned)

    def without_unavailable(self, unavailable: Mapping[str, str], failed: Collection[str]) -> Graph:
        """Return the graph with the cells as they can be shown: an unavailable stage leaves its reason.

        A metric that is unavailable for one subject or seed is left out of its variant for all of them, because a mean
        over fewer would be compared with means over all.

        Args:
            unavailable: why a stage has no product, by key.
            failed: keys of the unavailable stages that failed.
        """
        blank: dict[Variant, dict[str, str]] = {}
        for cell in self.cells:
            reasons = {metric: unavailable[key] for metric, key in cell.scores.items() if key in unavailable}
            blank.setdefault(cell.variant, {}).update(reasons)
        cells = [
            dataclasses.replace(
                cell,
                scores={metric: key for metric, key in cell.scores.items() if metric not in blank[cell.variant]},
                blank={**cell.blank, **blank[cell.variant]},
                features=None if cell.features in unavailable else cell.features,
                generated=None if cell.generated in unavailable else cell.generated,
                description=None if cell.description in unavailable else cell.description,
                maps=None if cell.maps in unavailable else cell.maps,
                stages=tuple(key for key in cell.stages if key not in unavailable),
                failed=any(key in failed for key in cell.stages),
            )
            for cell in self.cells
        ]
        return Graph(self.stages, cells, self.unplanned)
