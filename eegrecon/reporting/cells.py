"""The parts of a table as values: columns, cells, rows, and how numbers are written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

SIGNIFICANT = "*"
ONE_TRAINING = "¹"
DOUBTFUL = "‡"
HARDLY_VARIES = "§"
Standing = Literal["better", "worse", "no evidence", ""]  # beside the first row, by the corrected test


@dataclass(frozen=True)
class TableColumn:
    """One column: scores of one identity.

    Attributes:
        metric: name of the metric.
        name: name of the metric's column.
        better: "higher" or "lower".
        identity: identities of all subjects, joined.
        n: trials or pictures, over subjects.
        label: shown instead of the name, where two metrics have a column of that name.
    """

    metric: str
    name: str
    better: str
    identity: str
    n: int
    label: str = ""

    @property
    def title(self) -> str:
        """Name with the direction in which it is better."""
        return f"{self.label or self.name} {'↑' if self.better == 'higher' else '↓'}"


@dataclass(frozen=True)
class TableCell:
    """One number of the table.

    Attributes:
        value: the score; None where there is none.
        difference: from the first row.
        reason: why there is no value.
        interval: 95 % interval of the value, for these subjects.
        difference_interval: 95 % interval of the difference.
        p: p value of the difference, corrected over the table.
        marks: why the value is doubtful.
        one_training: whether the difference is between one training of each row, and so not tested.
    """

    value: float | None
    difference: float | None = None
    reason: str = ""
    interval: tuple[float, float] | None = None
    difference_interval: tuple[float, float] | None = None
    p: float | None = None
    marks: tuple[str, ...] = ()
    one_training: bool = False

    @property
    def text(self) -> str:
        """The value as shown, with a mark where it is doubtful."""
        return "-" if self.value is None else number(self.value) + (DOUBTFUL if self.marks else "")

    @property
    def spread(self) -> str:
        """The interval as shown; empty without one."""
        return between(self.interval)

    @property
    def significant(self) -> bool:
        """Whether the difference is significant after correction."""
        return self.p is not None and self.p < 0.05

    def standing(self, column: TableColumn) -> Standing:
        """Return how the value compares with that of the first row; empty where no test was made."""
        if self.difference is None or self.p is None:
            return ""
        if not self.significant:
            return "no evidence"
        return "better" if (self.difference > 0) == (column.better == "higher") else "worse"

    @property
    def mark(self) -> str:
        """The mark of the difference: significant, or of one training each."""
        return SIGNIFICANT if self.significant else ONE_TRAINING if self.one_training else ""

    @property
    def change(self) -> str:
        """The difference as shown, with its interval and mark."""
        if self.difference is None:
            return ""
        return f"{signed(self.difference)}{self.mark} {between(self.difference_interval)}".strip()


@dataclass(frozen=True)
class TableRow:
    """One row of the table.

    Attributes:
        label: its name.
        kind: "variant", "control", "published" or "chance".
        cells: one per column.
        headings: the columns.
    """

    label: str
    kind: str
    cells: tuple[TableCell, ...]
    headings: tuple[TableColumn, ...]

    def cell(self, column: TableColumn) -> TableCell:
        """Return the cell of a column."""
        return self.cells[self.headings.index(column)]

    def flat(self) -> dict[str, Any]:
        """Return the row as a dictionary: value, interval, difference, p, n and marks by name of the column."""
        row: dict[str, Any] = {"row": self.label, "kind": self.kind}
        for heading, cell in zip(self.headings, self.cells, strict=True):
            name = heading.label or heading.name
            row[name] = cell.value
            row[f"{name} interval"] = cell.interval
            row[f"{name} difference"] = cell.difference
            row[f"{name} p"] = cell.p
            row[f"{name} n"] = heading.n if cell.value is not None else None
            row[f"{name} marks"] = cell.marks
        return row


@dataclass(frozen=True)
class SideTable:
    """A small table of words, with a title and notes."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


def number(value: float) -> str:
    """Return a number with three decimals, or fewer for large ones."""
    return f"{value:.{3 if abs(value) < 10 else 2 if abs(value) < 1e4 else 0}f}"


def signed(value: float) -> str:
    """Return a difference with its sign."""
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"


def between(interval: tuple[float, float] | None) -> str:
    """Return an interval with the precision of `number`; empty for None."""
    return "" if interval is None else f"[{number(interval[0])}, {number(interval[1])}]"
