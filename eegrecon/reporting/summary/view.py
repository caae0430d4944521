"""A result with its table, row by row: what the sentences and the short table read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from eegrecon.interfaces.records import AuditRecord, ResultRecord, ResultRow
from eegrecon.reporting.cells import Standing, TableCell, TableColumn, TableRow
from eegrecon.reporting.summary.headline import headline
from eegrecon.reporting.tables import Table, summary_of


@dataclass(frozen=True)
class Line:
    """A variant or control: its record, and its row of the table."""

    record: ResultRow
    row: TableRow

    @property
    def label(self) -> str:
        """Its name in the table."""
        return self.record.label

    def cell(self, column: TableColumn) -> TableCell:
        """Return its number in a column."""
        return self.row.cell(column)


@dataclass(frozen=True)
class View:
    """A result and its table."""

    result: ResultRecord
    table: Table

    @cached_property
    def lines(self) -> tuple[Line, ...]:
        """Variants and controls; the first is the full method."""
        own = [row for row in self.table.rows if row.kind in ("variant", "control")]
        return tuple(Line(record, row) for record, row in zip(self.result.rows, own, strict=True))

    @property
    def full(self) -> Line:
        """The full method."""
        return self.lines[0]

    @cached_property
    def headline(self) -> tuple[TableColumn, ...]:
        """The columns that matter most, the most important first."""
        return headline(self.result, self.table.headings)

    @cached_property
    def columns(self) -> tuple[TableColumn, ...]:
        """Every column, the most important first."""
        return (*self.headline, *(column for column in self.table.headings if column not in self.headline))

    @property
    def variants(self) -> tuple[Line, ...]:
        """The configurations that are compared with the full method, without those that were refused or failed."""
        others = (line for line in self.lines[1:] if not line.record.control and not line.record.baseline)
        return tuple(line for line in others if not line.record.refused and not line.record.failed)

    def control(self, name: str) -> Line | None:
        """Return the row of a control, if there is one with scores."""
        return next((line for line in self.lines if line.record.control == name and line.record.scores), None)

    def audit(self, name: str) -> AuditRecord | None:
        """Return what an audit concluded, if it was made."""
        return next((audit for audit in self.result.audits if audit.name == name), None)

    def chance(self, column: TableColumn) -> float | None:
        """Return the chance level of a column."""
        rows = [row for row in self.table.rows if row.kind == "chance"]
        return rows[0].cell(column).value if rows else None

    def p_of_chance(self, column: TableColumn) -> float | None:
        """Return the p value that the full method is no better in a column than permuted outputs are."""
        summary = summary_of(self.full.record, column)
        return summary.p_null if summary else None

    def standings(self, line: Line) -> dict[TableColumn, Standing]:
        """Return how a row compares with the full method in each column that was tested, the important ones first."""
        found = {column: line.cell(column).standing(column) for column in self.columns}
        return {column: standing for column, standing in found.items() if standing}

    def trained_once(self, line: Line) -> list[TableColumn]:
        """Return the columns in which a row differs from the full method by one training each.

        Such a difference is between two trainings, and is not tested. The important columns are first.
        """
        return [column for column in self.columns if line.cell(column).one_training]

    @property
    def baseline(self) -> Line | None:
        """The first baseline of the benchmark file that has scores."""
        return next((line for line in self.lines if line.record.baseline and line.record.scores), None)

    def doubts(self, columns: Iterable[TableColumn]) -> tuple[str, ...]:
        """Return why the full method's numbers in these columns are doubtful, each reason once."""
        return tuple(dict.fromkeys(mark for column in columns for mark in self.full.cell(column).marks))
