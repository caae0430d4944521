"""The scores of a run as charts and tables: by column, subject, seed, swept field, and the errors of structure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.interfaces.records import ResultRow, ScoreRecord
from eegrecon.reporting.cells import TableColumn, between, number
from eegrecon.reporting.html.charts import Entry, Panel, Score, Trend, panel, trend
from eegrecon.reporting.html.gallery import kind_of
from eegrecon.reporting.summary.headline import FAMILIES
from eegrecon.reporting.summary.view import Line, View
from eegrecon.reporting.tables import Table

LEAST = 3  # values of a field whose scores are drawn as a line
PANELS = 4  # charts of the columns that matter most
_STRUCTURE = "metric.structure"  # the metric of errors of position, size, orientation and colour


@dataclass(frozen=True)
class Grouped:
    """Scores by subject or by seed, as a chart and as a table.

    Attributes:
        column: the column that is shown.
        chart: all rows on one axis.
        header: names of the subjects or seeds.
        rows: label, and value with interval for each subject or seed.
    """

    column: TableColumn
    chart: Panel
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def panels(view: View) -> tuple[Panel, ...]:
    """Return the charts of the columns that matter most."""
    found = (chart_of(view, column) for column in view.headline[:PANELS])
    return tuple(chart for chart in found if chart)


def structure(view: View) -> tuple[Panel, ...]:
    """Return the charts of the errors of structure, where a metric compares them with known attributes."""
    metrics = {
        name.removeprefix("metric.")
        for name, fields in view.full.record.configuration.items()
        if isinstance(fields, dict) and fields.get("use") == _STRUCTURE
    }
    charts = (chart_of(view, column) for column in view.table.headings if column.metric in metrics)
    return tuple(chart for chart in charts if chart)


def chart_of(view: View, column: TableColumn) -> Panel | None:
    """Return the chart of a column: each row with its interval, chance, and a published number if comparable."""
    lines = {id(line.row): line for line in view.lines}
    entries = []
    for row in view.table.rows:
        cell = row.cell(column)
        if cell.value is None or row.kind == "chance" or (row.kind == "published" and not view.result.comparable):
            continue
        line, scores = lines.get(id(row)), (Score(cell.value, cell.interval),)
        entries.append(_entry(line, view, scores) if line else Entry(row.label, row.kind, scores))
    null = next((row.cell(column).interval for row in view.table.rows if row.kind == "chance"), None)
    return panel(titled(column, view.table), entries, view.chance(column), null)


def _entry(line: Line, view: View, scores: tuple[Score, ...]) -> Entry:
    """Return a row of a chart, where room is scarce: a control has its short label."""
    control = CONTROLS.get(line.record.control or "")
    return Entry(control.short if control else line.label, kind_of(line.record, line is view.full), scores)


def titled(column: TableColumn, table: Table) -> str:
    """Return a column's name, its direction in words, and its n."""
    name = column.label or column.name
    return f"{name} ({column.better} is better, n {column.n})"


def plain(label: str) -> str:
    """Return a label without the word that tells controls from variants, which a chart's colours do."""
    return label.removeprefix("control: ")


def by_subject(view: View) -> Grouped | None:
    """Return the accuracy of each row by subject; None for a single one."""
    return _grouped(view, _accuracy(view), "subject", view.result.subjects)


def by_seed(view: View) -> tuple[Grouped, ...]:
    """Return the columns that matter most by seed; empty for a single one."""
    found = (_grouped(view, column, "seed", view.result.seeds) for column in view.headline[:PANELS])
    return tuple(grouped for grouped in found if grouped)


def _accuracy(view: View) -> TableColumn:
    """Return the column of accuracy, or else the most important one."""
    named = [column for name in FAMILIES[0] for column in view.table.headings if column.name == name]
    return [*named, *view.columns][0]


def _grouped(view: View, column: TableColumn, what: str, numbers: Sequence[int]) -> Grouped | None:
    if len(numbers) < 2:
        return None
    entries, rows = [], []
    for line in view.lines:
        scores = _scores_by(line.record, column, what)
        if not scores:
            continue
        entries.append(_entry(line, view, tuple(scores.values())))
        shown = tuple(
            (number(scores[one].value), between(scores[one].interval)) if one in scores else ("-", "")
            for one in numbers
        )
        rows.append((line.label, shown))
    chart = panel(titled(column, view.table), entries, view.chance(column))
    if chart is None:
        return None
    return Grouped(column, chart, tuple(f"{what} {one}" for one in numbers), tuple(rows))


def _scores_by(row: ResultRow, column: TableColumn, what: str) -> dict[int, Score]:
    """Return a row's mean scores by subject or seed, with the interval where there is a single score."""
    groups: dict[int, list[ScoreRecord]] = {}
    for score in row.scores:
        if (score.metric, score.column) == (column.metric, column.name):
            groups.setdefault(getattr(score, what), []).append(score)
    return {
        one: Score(
            sum(score.value for score in scores) / len(scores),
            scores[0].interval if len(scores) == 1 else None,
            f"{what} {one}",
        )
        for one, scores in sorted(groups.items())
    }


@dataclass(frozen=True)
class Sweep:
    """Scores against the values of one numeric field that the rows of a run were given.

    Attributes:
        of: path of the field.
        charts: one for each of the columns that matter most.
        header: the values.
        rows: name of a column, and its value with interval at each value of the field.
    """

    of: str
    charts: tuple[Trend, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def sweeps(view: View) -> tuple[Sweep, ...]:
    """Return every numeric field that was swept over several values, with the first row's value among them."""
    rows: dict[str, dict[float, ResultRow]] = {}
    for line in (view.full, *view.variants):
        settings = {path: value for path, value in line.record.settings.items() if _is_number(value)}
        if len(line.record.settings) == len(settings) == 1 and not line.record.removed:
            ((path, value),) = settings.items()
            rows.setdefault(path, {})[float(value)] = line.record
    for path, found in rows.items():
        value = _configured(view.full.record.configuration, path)
        if _is_number(value):
            found.setdefault(float(value), view.full.record)
    return tuple(_sweep(view, path, found) for path, found in rows.items() if len(found) >= LEAST)


def _sweep(view: View, path: str, rows: dict[float, ResultRow]) -> Sweep:
    charts, table = [], []
    for column in dict.fromkeys((shown.metric, shown.name, shown.better) for shown in view.headline[:PANELS]):
        metric, name, better = column
        scores = {value: _score(rows[value], metric, name) for value in sorted(rows)}
        known = [(value, score) for value, score in scores.items() if score]
        chance = next(
            (view.chance(shown) for shown in view.headline if (shown.metric, shown.name) == (metric, name)), None
        )
        chart = trend(f"{name} ({better} is better)", path.rpartition(".")[2], known, chance)
        charts += [chart] if chart else []
        cells = ((number(score.value), between(score.interval)) if score else ("-", "") for score in scores.values())
        table.append((name, tuple(cells)))
    return Sweep(path, tuple(charts), tuple(f"{value:g}" for value in sorted(rows)), tuple(table))


def _score(row: ResultRow, metric: str, column: str) -> Score | None:
    """Return a row's score of a column, whatever the number of test trials, which is part of its identity."""
    found = [summary for summary in row.summaries if (summary.metric, summary.column) == (metric, column)]
    if len(found) != 1:
        return None
    n = sum(score.n for score in row.scores if (score.metric, score.column) == (metric, column))
    seeds = len({score.seed for score in row.scores}) or 1
    return Score(found[0].value, found[0].interval, f"(n {n // seeds})")


def _configured(configuration: Any, path: str) -> Any:
    """Return the value at a dotted path of a row's configuration; None where it has none."""
    for name in path.split("."):
        configuration = configuration.get(name) if isinstance(configuration, dict) else None
    return configuration


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
