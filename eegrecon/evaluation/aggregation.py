"""Aggregation of scores over subjects and seeds: means, intervals, paired differences and tests."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eegrecon.evaluation import statistics
from eegrecon.evaluation.scoring import PERMUTED, WITHOUT
from eegrecon.evaluation.statistics import Array, Interval, Sample, Whole
from eegrecon.interfaces.components import Metric
from eegrecon.interfaces.records import Summary
from eegrecon.pipeline.context import Artifacts, Product
from eegrecon.pipeline.graph import Cell, Graph
from eegrecon.pipeline.storage.store import Artifact

Column = tuple[str, str]  # metric, column
_FITS = ("fit", "align-fit", "generate-fit")  # kinds of stages whose products are weights


@dataclass(frozen=True, eq=False)
class CellScore:
    """The score of one cell in one column, with what intervals and tests are computed from.

    Attributes:
        metric: name of the metric.
        column: name of its column.
        identity: everything that changes the number.
        subject: the subject.
        seed: seed of the run.
        value: the score.
        higher: whether a higher score is better.
        test: equal for scores on the same test trials in the same order.
        picture: (n,) which picture each trial saw.
        of: whether the score is the mean or the median of ``per_trial``.
        per_trial: (n,) values by trial; None for a score of a set.
        without: (groups,) a set score without each group of pictures.
        permuted: (permutations,) the score under permutations of the outputs among the trials.
        trained: the fits that it depends on.
    """

    metric: str
    column: str
    identity: str
    subject: int
    seed: int
    value: float
    higher: bool
    test: str
    picture: Whole
    of: Literal["mean", "median"] = "mean"
    per_trial: Array | None = None
    without: Array | None = None
    permuted: Array | None = None
    trained: frozenset[str] = frozenset()


ByColumn = Mapping[Column, Sequence[CellScore]]  # of one variant, in the order of its cells


def scores_of(
    name: str, metric: Metric, product: Product | Artifact, test: str, picture: Whole, **more: Any
) -> Iterator[CellScore]:
    """Yield the scores of one cell from what the scoring of a metric returned.

    Args:
        name: name of the metric.
        metric: the metric.
        product: product of `eegrecon.evaluation.scoring.score`.
        test: what identifies the test trials.
        picture: (n,) which picture each trial saw.
        more: ``subject``, ``seed`` and ``trained``.
    """
    arrays, metadata = product.arrays, product.metadata
    better = {column.name: column.better for column in metric.columns}
    for column, score in metadata["scores"].items():
        yield CellScore(
            metric=name,
            column=column,
            identity=metadata["identity"],
            value=float(score["value"]),
            higher=better[column] == "higher",
            test=test,
            picture=picture,
            of=metadata["of"][column],
            per_trial=arrays.get(column),
            without=arrays.get(f"{WITHOUT}{column}"),
            permuted=arrays.get(f"{PERMUTED}{column}"),
            **more,
        )


def aggregate(variants: Sequence[Sequence[Cell]], graph: Graph, artifacts: Artifacts) -> list[tuple[Summary, ...]]:
    """Return the summaries of each variant of an executed graph; see `summaries`.

    Args:
        variants: the cells of each variant, by subject and seed.
        graph: the stages, of which the fits tell whether two scores come from the same weights.
        artifacts: products of the score and test stages.
    """
    keys = sorted({key for cells in variants for cell in cells for key in cell.scores.values()})
    trained = {key: frozenset(one for one in graph.ancestors(key) if graph.stages[one].kind in _FITS) for key in keys}
    return summaries([_of_cells(cells, artifacts, trained) for cells in variants])


def summaries(variants: Sequence[ByColumn]) -> list[tuple[Summary, ...]]:
    """Return the summaries of each variant; differences are from the first, p values corrected over all variants.

    A difference between two trained rows says something of what distinguishes them only if it exceeds the spread
    between trainings. With one seed it is one training each and is not tested; with several its interval counts that
    spread. A row that has no weights but those of the first (a control of its conditions, an ablation without training)
    is compared with the same networks.
    """
    found = [
        [_summary(column, cells, variants[0].get(column) if place else None) for column, cells in variant.items()]
        for place, variant in enumerate(variants)
    ]
    corrected = iter(statistics.holm([summary.p for variant in found for summary in variant]))
    return [
        tuple(summary.model_copy(update={"p_corrected": next(corrected)}) for summary in variant) for variant in found
    ]


def intervals(cell: Cell, artifacts: Artifacts) -> dict[Column, tuple[float, float] | None]:
    """Return the interval of each score of one cell, by column."""
    return {column: interval_of(cells) for column, cells in _of_cells([cell], artifacts, {}).items()}


def interval_of(cells: Sequence[CellScore]) -> tuple[float, float] | None:
    """Return the interval of the mean over cells; None where there are too few pictures."""
    return _ends(_interval(cells))


def by_column(scores: Iterable[CellScore]) -> dict[Column, list[CellScore]]:
    """Return scores by their column."""
    found: dict[Column, list[CellScore]] = {}
    for score in scores:
        found.setdefault((score.metric, score.column), []).append(score)
    return found


def _of_cells(
    cells: Iterable[Cell], artifacts: Artifacts, trained: Mapping[str, frozenset[str]]
) -> dict[Column, list[CellScore]]:
    found: list[CellScore] = []
    for cell in cells:
        assert cell.variant.benchmark is not None
        metrics = dict(cell.variant.benchmark.metrics)
        picture = artifacts[cell.test].arrays["picture"]
        for name, key in cell.scores.items():
            more = {"subject": cell.subject, "seed": cell.seed, "trained": trained.get(key, frozenset())}
            found += scores_of(name, metrics[name], artifacts[key], cell.test, picture, **more)
    return by_column(found)


def _summary(column: Column, cells: Sequence[CellScore], base: Sequence[CellScore] | None) -> Summary:
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
    return summary if base is None else summary.model_copy(update=difference(cells, base))


def _null(cells: Sequence[CellScore]) -> dict[str, Any]:
    """Return the null range and p value of the mean over subjects and seeds under each permutation."""
    permuted = _mean_over_cells([cell.permuted for cell in cells])
    if permuted is None or not np.isfinite(permuted).all():
        return {}
    value = float(np.mean([cell.value for cell in cells]))
    p = statistics.null_p(value, permuted, higher=cells[0].higher)
    return {"null": statistics.null_range(permuted), "p_null": p}


def _identity(cells: Iterable[CellScore]) -> str:
    return " ".join(dict.fromkeys(cell.identity for cell in cells))


def _mean_by(cells: Sequence[CellScore], name: str) -> Array:
    """Return the mean score of each subject or of each seed, in the order of their numbers."""
    labels = np.asarray([getattr(cell, name) for cell in cells])
    values = np.asarray([cell.value for cell in cells])
    return np.asarray([values[labels == label].mean() for label in np.unique(labels)])


def _interval(cells: Sequence[CellScore]) -> Interval | None:
    sample = _sample(cells)
    if sample is not None:
        share = sample.of == "mean" and bool(np.isin(sample.value, (0, 1)).all())
        return statistics.over_pictures(sample, share=share)
    without = _mean_over_cells([cell.without for cell in cells])
    return None if without is None else statistics.jackknife(float(np.mean([cell.value for cell in cells])), without)


def _sample(cells: Sequence[CellScore]) -> Sample | None:
    """Return the trials of all subjects and seeds; None if the score is not a mean or median over trials."""
    values = [cell.per_trial for cell in cells if cell.per_trial is not None]
    if len(values) < len(cells):
        return None
    picture = np.concatenate([cell.picture for cell in cells])
    run = np.concatenate([np.full(len(value), place) for place, value in enumerate(values)])
    return Sample(np.concatenate(values), picture, run, cells[0].of)


def _mean_over_cells(scores: list[Array | None]) -> Array | None:
    """Return the mean over cells of their scores under permutations or without groups; None if any lacks them."""
    present = [values for values in scores if values is not None]
    if not present or len(present) < len(scores) or len({len(values) for values in present}) > 1:
        return None
    return np.asarray(np.mean(present, axis=0))


def difference(cells: Sequence[CellScore], base: Sequence[CellScore]) -> dict[str, Any]:
    """Return the difference from another row with interval and p value, as a summary has them.

    Empty if identities, trials or seeds differ.
    """
    if _identity(cells) != _identity(base) or list(map(_place, cells)) != list(map(_place, base)):
        return {}
    pairs = list(zip(cells, base, strict=True))
    apart = any(cell.trained - base_cell.trained for cell, base_cell in pairs)  # weights of its own
    by_seed = _mean_by(cells, "seed") - _mean_by(base, "seed")
    if apart and len(by_seed) > 1:
        interval, p = _tested_over_trainings(cells, base, by_seed)
    else:
        interval, p = _tested_over_pictures(cells, base)
    found: dict[str, Any] = {"difference": float(np.mean([cell.value - base_cell.value for cell, base_cell in pairs]))}
    if apart and len(by_seed) == 1:
        return found | {"difference_interval": _ends(interval), "trainings": 1}
    return found | {"difference_interval": _ends(interval), "p": p, "trainings": len(by_seed) if apart else None}


def _place(cell: CellScore) -> tuple[str, int, int]:
    return cell.test, cell.subject, cell.seed


def _tested_over_pictures(
    cells: Sequence[CellScore], base: Sequence[CellScore]
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
    cells: Sequence[CellScore], base: Sequence[CellScore], by_seed: Array
) -> tuple[Interval | None, float | None]:
    sample, base_sample = _sample(cells), _sample(base)
    if sample is not None and base_sample is not None:
        known = statistics.pictures_error(sample, base_sample)
    else:
        without = _difference_without(cells, base)
        error = None if without is None else statistics.jackknife_error(without)
        known = None if without is None or error is None else (error, len(without) - 1)
    return (None, None) if known is None else statistics.over_trainings(by_seed, *known)


def _difference_without(cells: Sequence[CellScore], base: Sequence[CellScore]) -> Array | None:
    """Return the difference without each group of pictures, (groups,)."""
    return _mean_over_cells([_minus(one.without, other.without) for one, other in zip(cells, base, strict=True)])


def _minus(first: Array | None, second: Array | None) -> Array | None:
    return None if first is None or second is None or first.shape != second.shape else first - second


def _ends(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.low, interval.high)
