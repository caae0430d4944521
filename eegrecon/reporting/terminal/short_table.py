"""The table within a width: a line for each row, the columns that matter most, values with half of their interval.

Where a benchmark compares methods, their parameters and seconds are behind the scores.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.interfaces.records import ResultRecord
from eegrecon.reporting.cells import (
    DOUBTFUL,
    HARDLY_VARIES,
    ONE_TRAINING,
    SIGNIFICANT,
    TableCell,
    TableColumn,
    TableRow,
)
from eegrecon.reporting.summary.clauses import listed
from eegrecon.reporting.summary.view import View
from eegrecon.reporting.tables import NOT_COMPARABLE, changes
from eegrecon.reporting.terminal.text import distinct, fitted, one_line

_LABEL = 22  # characters that the labels have at least, if they need them
_HEADING = 16
_GAPS = (2, 1)  # characters between columns: the second where labels would be cut otherwise
_METHODS = 2  # baselines from which on a table compares methods
_FEW = 3  # changed settings that are listed


@dataclass(frozen=True)
class ShortTable:
    """The table in lines.

    Attributes:
        lines: text and kind of row of each line; "heading" for those above.
        marks: what the marks in the lines mean.
        hidden: number of columns that are left out.
    """

    lines: tuple[tuple[str, str], ...]
    marks: tuple[str, ...]
    hidden: int


@dataclass(frozen=True)
class _Row:
    """A row, and its label in this table."""

    label: str
    row: TableRow


def short_table(view: View, width: int) -> ShortTable:
    """Return the table of a view in lines of at most a width."""
    rows = _rows(view)
    longest = max(cell_len(row.label) for row in rows)
    columns = [_padded(column) for column in _costs(view, rows)]
    used = sum(_GAPS[0] + cell_len(column[0]) for column in columns)
    shown = 0
    for column in view.headline:
        texts = _padded(_column(column, rows))
        if shown and width - used - _GAPS[0] - cell_len(texts[0]) < min(_LABEL, longest):
            break
        columns.insert(shown, texts)
        shown += 1
        used += _GAPS[0] + cell_len(texts[0])
    narrower = width - used < longest
    room = width - used + (_GAPS[0] - _GAPS[1]) * len(columns) * narrower
    labels = distinct([row.label for row in rows], room)
    lines_of_cells = zip(_padded(["", "", *labels]), *columns, strict=True)
    texts = [(" " * _GAPS[narrower]).join(line).rstrip() for line in lines_of_cells]
    kinds = ["heading", "heading", *(row.row.kind for row in rows)]
    lines = list(zip(texts, kinds, strict=True))
    if "control" in kinds:
        lines.insert(kinds.index("control"), ("controls:", "control"))
    return ShortTable(tuple(lines), tuple(_marks(view, rows, texts)), len(view.table.headings) - shown)


def _rows(view: View) -> list[_Row]:
    """Return the rows with their labels: chance, variants and published rows, then controls."""
    lines = {id(line.row): line for line in view.lines}
    others: list[_Row] = []
    controls: list[_Row] = []
    for row in view.table.rows:
        line = lines.get(id(row))
        control = line.record.control if line else None
        label = one_line(row.label)
        if line and control in CONTROLS:
            label = CONTROLS[control].short + (f" {HARDLY_VARIES}" if line.record.constant else "")
        (controls if control else others).append(_Row(f"  {label}" if control else label, row))
    return [*others, *controls]


def _costs(view: View, rows: Sequence[_Row]) -> list[list[str]]:
    """Return parameters and seconds of each row, where a benchmark compares methods: it has several baselines."""
    if sum(line.record.baseline for line in view.lines) < _METHODS:
        return []
    label = {id(line.row): line.record.label for line in view.lines}
    numbers = {name: (parameters, seconds) for name, parameters, seconds, *_ in view.table.methods.rows}
    of_row = [numbers.get(label.get(id(row.row), ""), ("", "")) for row in rows]
    names = ("parameters", "seconds")
    return [[name, "", *(one[place].rjust(len(name)) for one in of_row)] for place, name in enumerate(names)]


def _column(column: TableColumn, rows: Sequence[_Row]) -> list[str]:
    """Return name and direction of a column, and its number in each row, with the points in one line."""
    cells = [row.row.cell(column) for row in rows]
    decimals = _decimals([cell.value for cell in cells if cell.value is not None])
    values = ["-" if cell.value is None else f"{cell.value:.{decimals}f}" for cell in cells]
    longest = max(map(len, values))
    heading = [fitted(one_line(column.label or column.name), _HEADING), f"{column.title[-1]} n={column.n}"]
    return heading + [
        value.rjust(longest) + _behind(cell, row, decimals)
        for value, cell, row in zip(values, cells, rows, strict=True)
    ]


def _decimals(values: Sequence[float]) -> int:
    largest = max(map(abs, values), default=0.0)
    return 5 if 0 < largest < 0.01 else 3 if largest < 10 else 1 if largest < 100 else 0


def _behind(cell: TableCell, row: _Row, decimals: int) -> str:
    """Return half the width of the interval, and the marks."""
    if cell.value is None or row.row.kind not in ("variant", "control"):
        return ""
    text = f" ±{(cell.interval[1] - cell.interval[0]) / 2:.{decimals}f}" if cell.interval else ""
    return text + cell.mark + (DOUBTFUL if cell.marks else "")


def _padded(texts: Sequence[str]) -> list[str]:
    width = max(map(cell_len, texts))
    return [text + " " * (width - cell_len(text)) for text in texts]


def _marks(view: View, rows: Sequence[_Row], texts: Sequence[str]) -> Iterator[str]:
    """Yield what each mark means that is in the lines."""
    full, shown = view.full.label, "\n".join(texts)
    if "±" in shown:
        yield "± half the width of the 95 % interval"
    if SIGNIFICANT in shown:
        yield f"{SIGNIFICANT} differs from {full} (corrected test)"
    if ONE_TRAINING in shown:
        yield f"{ONE_TRAINING} one training each: its difference from {full} is between two trainings, and not tested"
    if HARDLY_VARIES in shown:
        yield f"{HARDLY_VARIES} its outputs hardly vary over trials"
    if any(row.row.kind == "published" for row in rows):
        yield f"{NOT_COMPARABLE} {_on_published(view.result)}"
    if DOUBTFUL in shown:
        yield f"{DOUBTFUL} doubtful: {', '.join(_doubts(view))}"


def _on_published(result: ResultRecord) -> str:
    if not result.comparable:
        return "published for other data, NOT comparable with this run"
    changed = changes(result)
    return "as published" + (f", where this run differs from the paper's: {listed(changed, _FEW)}" if changed else "")


def _doubts(view: View) -> dict[str, None]:
    return {mark: None for line in view.lines for cell in line.row.cells for mark in cell.marks}
