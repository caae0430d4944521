"""Comparison of runs row by row: paired by trial where they read the same data, and otherwise only side by side."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from eegrecon.errors import UsageError
from eegrecon.evaluation import statistics
from eegrecon.evaluation.aggregation import CellScore, interval_of
from eegrecon.evaluation.recorded import changes
from eegrecon.interfaces.records import ResultRow
from eegrecon.reporting.comparison.recorded import RecordedRun, paired_difference

_SAME = ("dataset", "fingerprint", "protocol", "subjects", "seeds")  # of runs whose trials are paired
_NAMES = {"fingerprint": "the data (fingerprint)"}


@dataclass(frozen=True)
class Difference:
    """A run's number minus that of the first run.

    Attributes:
        value: the difference.
        interval: its 95 % interval, paired by trial; None where it cannot be computed.
        p: p value, corrected over the comparison; None where it was not tested.
        trainings: trainings of each run behind it, if they have other weights; one is not tested.
    """

    value: float
    interval: tuple[float, float] | None
    p: float | None
    trainings: int | None


@dataclass(frozen=True)
class Compared:
    """One run's number in one column of one row.

    Attributes:
        row: label of the row.
        metric: name of the metric.
        column: name of its column.
        identity: identity of the number; numbers of other identities are in other lines.
        better: "higher" or "lower".
        run: position of the run.
        value: the number.
        interval: its 95 % interval.
        difference: from the first run; None where the runs cannot be paired.
    """

    row: str
    metric: str
    column: str
    identity: str
    better: Literal["higher", "lower"]
    run: int
    value: float
    interval: tuple[float, float] | None
    difference: Difference | None = None


@dataclass(frozen=True)
class Comparison:
    """A comparison.

    Attributes:
        runs: the runs.
        unpaired: in what each run differs from the first, so that nothing is subtracted; empty if it is paired.
        settings: in which fields of the first row each run differs from the first one.
        numbers: the numbers, by row, column and run.
        notes: why differences are missing.
    """

    runs: tuple[RecordedRun, ...]
    unpaired: tuple[tuple[str, ...], ...]
    settings: tuple[tuple[str, ...], ...]
    numbers: tuple[Compared, ...]
    notes: tuple[str, ...]


def compared(runs: Sequence[RecordedRun]) -> Comparison:
    """Return the comparison of runs with the first one, in every row that two of them have.

    Raises:
        UsageError: fewer than two runs.
    """
    if len(runs) < 2:
        raise UsageError("compare needs two runs or more; name their folders")
    first = runs[0]
    unpaired = tuple(tuple(unlike(run, first)) for run in runs)
    settings = tuple(tuple(_settings(run, first)) for run in runs)
    labels = dict.fromkeys(row.label for run in runs for row in run.result.rows)
    numbers: list[Compared] = []
    for label in labels:
        present = {place: row for place, run in enumerate(runs) if (row := _row(run, label)) is not None and row.scores}
        if len(present) > 1:
            numbers += _of_row(label, present, runs, unpaired)
    return Comparison(tuple(runs), unpaired, settings, tuple(_corrected(numbers)), tuple(_notes(runs, unpaired)))


def unlike(run: RecordedRun, first: RecordedRun) -> Iterator[str]:
    """Yield in what a run differs from another one so that their trials cannot be paired."""
    for name in _SAME:
        own, other = getattr(run.result, name), getattr(first.result, name)
        if own != other:
            yield f"{_NAMES.get(name, name)} {_shown(own)}, not {_shown(other)}"
    if run is not first and not (run.trials and first.trials):
        without = run if not run.trials else first
        yield f"{without.name} has no trials.csv of this result"


def _shown(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)[:32]


def _row(run: RecordedRun, label: str) -> ResultRow | None:
    return next((row for row in run.result.rows if row.label == label), None)


def _of_row(
    label: str, rows: Mapping[int, ResultRow], runs: Sequence[RecordedRun], unpaired: Sequence[tuple[str, ...]]
) -> Iterator[Compared]:
    scores = {place: runs[place].scores(row) for place, row in rows.items()}
    columns = dict.fromkeys((column, _identity(cells)) for found in scores.values() for column, cells in found.items())
    for (metric, column), identity in columns:
        for place, found in scores.items():
            cells = found.get((metric, column))
            if cells is None or _identity(cells) != identity:
                continue
            base = scores.get(0, {}).get((metric, column)) if place else None
            paired = base is not None and _identity(base) == identity and not unpaired[place]
            yield Compared(
                row=label,
                metric=metric,
                column=column,
                identity=identity,
                better="higher" if cells[0].higher else "lower",
                run=place,
                value=_mean(cells),
                interval=_interval(rows[place], cells),
                difference=_difference(cells, base) if paired and base else None,
            )


def _identity(cells: Sequence[CellScore]) -> str:
    return " ".join(dict.fromkeys(cell.identity for cell in cells))


def _mean(cells: Sequence[CellScore]) -> float:
    by_subject = {subject: [c.value for c in cells if c.subject == subject] for subject in {c.subject for c in cells}}
    return float(np.mean([np.mean(values) for values in by_subject.values()]))


def _interval(row: ResultRow, cells: Sequence[CellScore]) -> tuple[float, float] | None:
    """Return the recorded interval, or else that of the trials."""
    place = (cells[0].metric, cells[0].column, _identity(cells))
    recorded = next((s for s in row.summaries if (s.metric, s.column, s.identity) == place), None)
    return recorded.interval if recorded is not None else interval_of(cells)


def _difference(cells: Sequence[CellScore], base: Sequence[CellScore]) -> Difference | None:
    """Return the paired difference as inside a run; None where the trials are not the same."""
    found = paired_difference(cells, base)
    if not found:
        return None
    return Difference(found["difference"], found["difference_interval"], found.get("p"), found["trainings"])


def _corrected(numbers: Sequence[Compared]) -> Iterator[Compared]:
    """Yield numbers with the p values of their differences corrected over all of them."""
    corrected = statistics.holm([one.difference.p if one.difference else None for one in numbers])
    for one, p in zip(numbers, corrected, strict=True):
        again = one.difference and replace(one.difference, p=p)
        yield replace(one, difference=again)


def _notes(runs: Sequence[RecordedRun], unpaired: Sequence[tuple[str, ...]]) -> Iterator[str]:
    for run, reasons in zip(runs, unpaired, strict=True):
        if reasons:
            yield f"no difference of {run.name} from {runs[0].name}: {'; '.join(reasons)}"


def _settings(run: RecordedRun, first: RecordedRun) -> Iterator[str]:
    """Yield the fields of the first rows in which two runs differ, and what else may move a number."""
    for name in ("benchmark", "version", "profile", "precision"):
        own, other = getattr(run.result, name), getattr(first.result, name)
        if own != other:
            yield f"{name} {other} -> {own}"
    for path, old, new in changes(first.result.rows[0].configuration, run.result.rows[0].configuration):
        yield f"{path} {_written(old)} -> {_written(new)}"
    for name in ("eegrecon", "torch", "device", "threads", "machine"):
        own, other = run.result.environment.get(name), first.result.environment.get(name)
        if own != other:
            yield f"{name} {other} -> {own}"


def _written(value: Any) -> str:
    return str(value.get("use", "…")) if isinstance(value, Mapping) else str(value)
