"""Aggregation of scores over subjects and seeds: means, intervals, paired differences and tests."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon.evaluation import statistics
from eegrecon.evaluation.scoring import PERMUTED, WITHOUT
from eegrecon.evaluation.statistics import Array, Interval, Sample
from eegrecon.interfaces.records import Summary
from eegrecon.pipeline.context import Artifacts
from eegrecon.pipeline.graph import Cell, Graph
from eegrecon.pipeline.storage.store import Artifact

Column = tuple[str, str]  # metric, column
_FITS = ("fit", "align-fit", "generate-fit")  # kinds of stages whose products are weights


@dataclass(frozen=True, eq=False)
class _ColumnOfCell:
    """The scores of one cell in one column, with the test trials that they belong to."""

    cell: Cell
    artifact: Artifact
    test: Artifact
    metric: str
    column: str

    @property
    def key(self) -> str:
        """Key of the score stage."""
        return self.cell.scores[self.metric]

    @property
    def value(self) -> float:
        return float(self.artifact.metadata["scores"][self.column]["value"])

    @property
    def per_trial(self) -> Array | None:
        return self.artifact.arrays.get(self.column)

    @property
    def without(self) -> Array | None:
        return self.artifact.arrays.get(f"{WITHOUT}{self.column}")

    @property
    def permuted(self) -> Array | None:
        return self.artifact.arrays.get(f"{PERMUTED}{self.column}")

    @property
    def higher(self) -> bool:
        """Whether a higher score is better."""
        assert self.cell.variant.benchmark is not None
        columns = dict(self.cell.variant.benchmark.metrics)[self.metric].columns
        return next(column.better for column in columns if column.name == self.column) == "higher"


def aggregate(variants: Sequence[Sequence[Cell]], graph: Graph, artifacts: Artifacts) -> list[tuple[Summary, ...]]:
    """Return the summaries of each variant; differences are from the first, p values corrected over all variants.

    A difference between two trained rows says something of what distinguishes them only if it exceeds the spread
    between trainings. With one seed it is one training each and is not tested; with several its interval counts that
    spread. A row that has no weights but those of the first (a control of its conditions, an ablation without training)
    is compared with the same networks.

    Args:
        variants: the cells of each variant, by subject and seed.
        graph: the stages, of which the fits tell whether two scores come from the same weights.
        artifacts: products of the score and test stages.
    """
    by_column = [_by_column(cells, artifacts) for cells in variants]
    trained = _trained(by_column, graph)
    summaries = [
        [
            _summary(column, cells, by_column[0].get(column) if place else None, trained)
            for column, cells in variant.items()
        ]
        for place, variant in enumerate(by_column)
    ]
    corrected = iter(statistics.holm([summary.p for variant in summaries for summary in variant]))
    return [
        tuple(summary.model_copy(update={"p_corrected": next(corrected)}) for summary in variant)
        for variant in summaries
    ]


def _trained(by_column: Iterable[Mapping[Column, list[_ColumnOfCell]]], graph: Graph) -> Mapping[str, frozenset[str]]:
    """Return the keys of the fits that each score depends on, by key of the score stage."""
    keys = {one.key for columns in by_column for cells in columns.values() for one in cells}
    return {
        key: frozenset(one for one in graph.ancestors(key) if graph.stages[one].kind in _FITS) for key in sorted(keys)
    }


def intervals(cell: Cell, artifacts: Artifacts) -> dict[Column, tuple[float, float] | None]:
    """Return the interval of each score of one cell, by column."""
    return {column: _ends(_interval(cells)) for column, cells in _by_column([cell], artifacts).items()}


def _by_column(cells: Iterable[Cell], artifacts: Artifacts) -> dict[Column, list[_ColumnOfCell]]:
    found: dict[Column, list[_ColumnOfCell]] = {}
    for cell in cells:
        for metric, key in cell.scores.items():
            artifact = artifacts[key]
            for column in artifact.metadata["scores"]:
                found.setdefault((metric, column), []).append(
                    _ColumnOfCell(cell, artifact, artifacts[cell.test], metric, column)
                )
    return found


def _summary(
    column: Column,
    cells: list[_ColumnOfCell],
    base: list[_ColumnOfCell] | None,
    trained: Mapping[str, frozenset[str]],
) -> Summary:
    interval = _interval(cells)
    by_subject, by_seed = [_mean_by(cells, name) for name in ("subject", "seed")]
    other_subjects = statistics.over_subjects(by_subject)
    summary = Summary(
        metric=column[0],
        column=column[1],
        identity=_identity(cells),
        value=float(np.mean(by_subject)),
        interval=_ends(interval),
        method=interval.method if interval else "none: too few pictures",
        other_subjects=_ends(other_subjects),
        seed_spread=float(np.std(by_seed, ddof=1)) if len(by_seed) > 1 else None,
        **_null(cells),
    )
    return summary if base is None else summary.model_copy(update=_difference(cells, base, trained))


def _null(cells: list[_ColumnOfCell]) -> dict[str, Any]:
    """Return the null range and p value of the mean over subjects and seeds under each permutation."""
    permuted = _mean_over_cells([cell.permuted for cell in cells])
    if permuted is None or not np.isfinite(permuted).all():
        return {}
    value = float(np.mean([cell.value for cell in cells]))
    p = statistics.null_p(value, permuted, higher=cells[0].higher)
    return {"null": statistics.null_range(permuted), "p_null": p}


def _identity(cells: Iterable[_ColumnOfCell]) -> str:
    return " ".join(dict.fromkeys(cell.artifact.metadata["identity"] for cell in cells))


def _mean_by(cells: list[_ColumnOfCell], name: str) -> Array:
    """Return the mean score of each subject or of each seed, in the order of their numbers."""
    labels = np.asarray([getattr(cell.cell, name) for cell in cells])
    values = np.asarray([cell.value for cell in cells])
    return np.asarray([values[labels == label].mean() for label in np.unique(labels)])


def _interval(cells: list[_ColumnOfCell]) -> Interval | None:
    sample = _sample(cells)
    if sample is not None:
        share = sample.of == "mean" and bool(np.isin(sample.value, (0, 1)).all())
        return statistics.over_pictures(sample, share=share)
    without = _mean_over_cells([cell.without for cell in cells])
    return None if without is None else statistics.jackknife(float(np.mean([cell.value for cell in cells])), without)


def _sample(cells: list[_ColumnOfCell]) -> Sample | None:
    """Return the trials of all subjects and seeds; None if the score is not a mean or median over trials."""
    values = [cell.per_trial for cell in cells if cell.per_trial is not None]
    if len(values) < len(cells):
        return None
    picture = np.concatenate([cell.test.arrays["picture"] for cell in cells])
    run = np.concatenate([np.full(len(value), place) for place, value in enumerate(values)])
    return Sample(np.concatenate(values), picture, run, cells[0].artifact.metadata["of"][cells[0].column])


def _mean_over_cells(scores: list[Array | None]) -> Array | None:
    """Return the mean over cells of their scores under permutations or without groups; None if any lacks them."""
    present = [values for values in scores if values is not None]
    if not present or len(present) < len(scores) or len({len(values) for values in present}) > 1:
        return None
    return np.asarray(np.mean(present, axis=0))


def _difference(
    cells: list[_ColumnOfCell], base: list[_ColumnOfCell], trained: Mapping[str, frozenset[str]]
) -> dict[str, object]:
    """Return the difference from the first variant with interval and p value; empty if the trials differ."""
    if _identity(cells) != _identity(base) or [cell.cell.test for cell in cells] != [cell.cell.test for cell in base]:
        return {}
    pairs = list(zip(cells, base, strict=True))
    apart = any(trained[cell.key] - trained[base_cell.key] for cell, base_cell in pairs)  # weights of its own
    by_seed = _mean_by(cells, "seed") - _mean_by(base, "seed")
    if apart and len(by_seed) > 1:
        interval, p = _tested_over_trainings(cells, base, by_seed)
    else:
        interval, p = _tested_over_pictures(cells, base)
    found = {"difference": float(np.mean([cell.value - base_cell.value for cell, base_cell in pairs]))}
    if apart and len(by_seed) == 1:
        return found | {"difference_interval": _ends(interval), "trainings": 1}
    return found | {"difference_interval": _ends(interval), "p": p, "trainings": len(by_seed) if apart else None}


def _tested_over_pictures(
    cells: list[_ColumnOfCell], base: list[_ColumnOfCell]
) -> tuple[Interval | None, float | None]:
    sample, base_sample = _sample(cells), _sample(base)
    if sample is not None and base_sample is not None:
        return statistics.difference_over_pictures(sample, base_sample)
    without = _difference_without(cells, base)
    difference = float(np.mean([cell.value for cell in cells]) - np.mean([cell.value for cell in base]))
    if without is None:
        return None, None
    return statistics.jackknife(difference, without), statistics.jackknife_p(difference, without)


def _tested_over_trainings(
    cells: list[_ColumnOfCell], base: list[_ColumnOfCell], by_seed: Array
) -> tuple[Interval | None, float | None]:
    sample, base_sample = _sample(cells), _sample(base)
    if sample is not None and base_sample is not None:
        known = statistics.pictures_error(sample, base_sample)
    else:
        without = _difference_without(cells, base)
        error = None if without is None else statistics.jackknife_error(without)
        known = None if without is None or error is None else (error, len(without) - 1)
    return (None, None) if known is None else statistics.over_trainings(by_seed, *known)


def _difference_without(cells: list[_ColumnOfCell], base: list[_ColumnOfCell]) -> Array | None:
    """Return the difference without each group of pictures, (groups,)."""
    return _mean_over_cells([_minus(one.without, other.without) for one, other in zip(cells, base, strict=True)])


def _minus(first: Array | None, second: Array | None) -> Array | None:
    return None if first is None or second is None or first.shape != second.shape else first - second


def _ends(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.low, interval.high)
