"""The table of a result as a value, for every renderer.

Scores of different identities never share a column. A published row is marked, and no difference is computed from it
unless the profile is the paper's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eegrecon.interfaces.records import PublishedRecord, ResultRecord, ResultRow, ScoreRecord, Summary
from eegrecon.reporting.cells import (
    DOUBTFUL,
    HARDLY_VARIES,
    ONE_TRAINING,
    SIGNIFICANT,
    SideTable,
    TableCell,
    TableColumn,
    TableRow,
)
from eegrecon.reporting.side_tables import audit_table, eeg_table, methods_table

NOT_COMPARABLE = "†"
INTERVALS = (
    "[low, high]: 95 % interval for these subjects and other pictures of the kind (bootstrap over pictures; for scores "
    "of sets, such as FID, IS and macro F1, a delete-a-group jackknife at this number of pictures); "
    f"{SIGNIFICANT} significant difference from the first row (paired test, Holm-corrected over the table, 5 %)"
)
NULL = (
    "chance: below it the range of 95 % of the scores when the outputs are permuted among the trials (200 "
    "permutations); a score beyond it on the better side is above chance at 2.5 %"
)


TRAININGS = (
    f"{ONE_TRAINING} one training each: the difference is between these two trainings, with its interval over "
    "pictures, and is not tested; whether the two configurations differ takes more seeds (--seeds 3)"
)


@dataclass(frozen=True)
class Table:
    """A table with its side tables.

    Attributes:
        headings: the columns.
        rows: the rows, chance first.
        notes: remarks below the table.
        eeg: whether the EEG matters.
        audits: what the audits found.
        methods: every row with its parameters, seconds, and scores beside permuted ones.
    """

    headings: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...]
    eeg: SideTable
    audits: SideTable
    methods: SideTable

    @property
    def side_tables(self) -> tuple[SideTable, ...]:
        """The side tables that have rows."""
        return tuple(table for table in (self.methods, self.eeg, self.audits) if table.rows)


def table_of(result: ResultRecord) -> Table:
    """Return the table of a result."""
    columns = _selected(result, _columns(result.rows))
    own = [_row(row, result.rows[0], columns) for row in result.rows]
    rows = [_chance(result.rows, columns)]
    for record, row in zip(result.rows, own, strict=True):
        rows.append(row)
        rows += [
            _published(published, columns, row if result.comparable else None)
            for published in result.published
            if _matches(published, record)
        ]
    if result.paper_table is not None:
        others = [published for published in result.published if published.without is None and not published.row]
        rows += [_published(published, columns) for published in others]
    return Table(
        headings=columns,
        rows=tuple(row for row in rows if row),
        notes=tuple(_notes(result)),
        eeg=eeg_table(result, columns, own),
        audits=audit_table(result),
        methods=methods_table(result, columns),
    )


def _selected(result: ResultRecord, columns: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """Return the columns that a table preset has, or all."""
    wanted = result.paper_table.columns if result.paper_table else ()
    return tuple(column for column in columns if not wanted or column.name in wanted)


def _by_column(scores: Iterable[ScoreRecord]) -> dict[tuple[str, str], list[ScoreRecord]]:
    groups: dict[tuple[str, str], list[ScoreRecord]] = {}
    for score in scores:
        groups.setdefault((score.metric, score.column), []).append(score)
    return groups


def _identity(scores: Iterable[ScoreRecord]) -> str:
    return " ".join(dict.fromkeys(score.identity for score in scores))


def _columns(rows: Iterable[ResultRow]) -> list[TableColumn]:
    found: dict[tuple[str, str, str], TableColumn] = {}
    for row in rows:
        for (metric, name), scores in _by_column(row.scores).items():
            seeds = len({score.seed for score in scores})
            n = sum(score.n for score in scores) // seeds
            column = TableColumn(metric, name, scores[0].better, _identity(scores), n)
            found.setdefault((metric, name, column.identity), column)
    metrics = {name: {c.metric for c in found.values() if c.name == name} for _, name, _ in found}
    return [replace(c, label=f"{c.metric} {c.name}") if len(metrics[c.name]) > 1 else c for c in found.values()]


def _of_column(row: ResultRow, column: TableColumn) -> list[ScoreRecord]:
    """Return a row's scores of a column: of its metric and identity."""
    scores = [score for score in row.scores if score.column == column.name and score.metric == column.metric]
    return scores if _identity(scores) == column.identity else []


def _mean(row: ResultRow, column: TableColumn) -> float | None:
    """Return the mean over subjects and seeds of a row's scores of a column."""
    scores = _of_column(row, column)
    return sum(score.value for score in scores) / len(scores) if scores else None


def summary_of(row: ResultRow, column: TableColumn) -> Summary | None:
    """Return the summary that a row has of a column, if any."""
    wanted = (column.metric, column.name, column.identity)
    return next((s for s in row.summaries if (s.metric, s.column, s.identity) == wanted), None)


def _row(row: ResultRow, base: ResultRow, columns: tuple[TableColumn, ...]) -> TableRow:
    cells = tuple(_cell(row, base, column) for column in columns)
    label = f"{row.label} {HARDLY_VARIES}" if row.constant else row.label
    return TableRow(label, "control" if row.control else "variant", cells, columns)


def _cell(row: ResultRow, base: ResultRow, column: TableColumn) -> TableCell:
    value, full = _mean(row, column), _mean(base, column)
    if value is None:
        reason = row.refused or row.blank.get(column.metric, "its scores have another identity")
        return TableCell(None, reason=reason)
    difference = None if row is base or full is None else value - full
    summary = summary_of(row, column)
    if summary is None:
        return TableCell(value, difference)
    return TableCell(
        value,
        difference,
        interval=summary.interval,
        difference_interval=summary.difference_interval,
        p=summary.p_corrected,
        marks=summary.marks,
        one_training=summary.trainings == 1,
    )


def _chance(rows: Sequence[ResultRow], columns: tuple[TableColumn, ...]) -> TableRow | None:
    """Return the chance level of each column, of the first row that has one; None if no column has one."""
    cells = tuple(_chance_cell(rows, column) for column in columns)
    if all(cell.value is None for cell in cells):
        return None
    return TableRow("chance", "chance", cells, columns)


def _chance_cell(rows: Sequence[ResultRow], column: TableColumn) -> TableCell:
    for row in rows:
        scores = _of_column(row, column)
        levels = [score.chance for score in scores if score.chance is not None]
        if levels:
            summary = summary_of(row, column)
            return TableCell(sum(levels) / len(levels), interval=summary.null if summary else None)
    return TableCell(None, reason="no chance level is defined")


def _matches(published: PublishedRecord, row: ResultRow) -> bool:
    if row.control:
        return False
    if published.row:
        return published.row == row.label
    return published.without is not None and not row.settings and set(published.without) == set(row.removed)


def _published(
    published: PublishedRecord, columns: tuple[TableColumn, ...], comparable: TableRow | None = None
) -> TableRow:
    """Return a published row, with the difference of a comparable row of this run below each number."""
    cells = []
    for place, column in enumerate(columns):
        value = published.scores.get(f"{column.metric}.{column.name}")
        found = comparable.cells[place].value if comparable else None
        if value is None:
            cells.append(TableCell(None, reason="not published"))
        else:
            cells.append(TableCell(value, None if found is None else found - value))
    return TableRow(f"{published.label} {NOT_COMPARABLE}", "published", tuple(cells), columns)


def _notes(result: ResultRecord) -> Iterable[str]:
    yield from dict.fromkeys(result.notes)
    yield from result.paper_table.notes if result.paper_table else ()
    if result.paper_table or any(_matches(p, row) for row in result.rows for p in result.published):
        yield from _notes_on_published(result)
    if any(row.summaries for row in result.rows):
        yield INTERVALS
    if any(summary.trainings == 1 for row in result.rows for summary in row.summaries):
        yield TRAININGS
    if any(summary.null for row in result.rows for summary in row.summaries):
        yield NULL
    yield from _notes_on_doubtful(result.rows)
    yield from _notes_on_constant(result.rows)
    yield from _notes_on_rows(result.rows)


def _notes_on_published(result: ResultRecord) -> Iterable[str]:
    if not result.comparable:
        yield (
            f"{NOT_COMPARABLE} as published for the real data set: NOT comparable with this run "
            f"(profile {result.profile}: other pictures, EEG, sizes and judges)"
        )
        return
    yield (
        f"{NOT_COMPARABLE} as published, and below it this run minus it; the metrics' code differs (see the identities "
        "in result.json)"
    )
    if changed := changes(result):
        yield f"{NOT_COMPARABLE} this run differs from the paper's: {', '.join(changed)}"


def changes(result: ResultRecord) -> list[str]:
    """Return the fields that the command line sets, in which a run differs from the benchmark file."""
    return [*result.request.get("set", ()), *result.request.get("sweep", ())]


def _notes_on_doubtful(rows: Iterable[ResultRow]) -> Iterable[str]:
    """Yield why numbers are doubtful, each reason once with the columns that it concerns."""
    reasons: dict[str, dict[str, None]] = {}
    for row in rows:
        for summary in row.summaries:
            for mark in summary.marks:
                reasons.setdefault(mark, {})[summary.column] = None
    for reason, columns in reasons.items():
        yield f"{DOUBTFUL} {reason}: {', '.join(columns)} are doubtful"


def _notes_on_constant(rows: Iterable[ResultRow]) -> Iterable[str]:
    """Yield which outputs hardly vary, the same ones once with the rows that they concern."""
    labels: dict[tuple[str, ...], list[str]] = {}
    for row in rows:
        if row.constant:
            labels.setdefault(row.constant, []).append(row.label)
    for outputs, concerned in labels.items():
        yield (
            f"{HARDLY_VARIES} {'; '.join(concerned)}: {' and '.join(outputs)} hardly vary over the test trials "
            "(standard deviation below .001 of the root mean square), so they tell nothing of single trials"
        )


def _notes_on_rows(rows: Sequence[ResultRow]) -> Iterable[str]:
    """Yield notes on single rows, the same note once with the rows that it concerns."""
    labels: dict[str, list[str]] = {}
    for row in rows:
        reasons: dict[str, list[str]] = {}
        for metric, reason in row.blank.items():
            reasons.setdefault(reason, []).append(metric)
        notes = [f"no {', '.join(metrics)}: {reason}" for reason, metrics in reasons.items()]
        notes += [f"refused: {row.refused}"] if row.refused else []
        for note in (*notes, *row.notes):
            labels.setdefault(note, []).append(row.label)
    for note, concerned in labels.items():
        yield f"{'every row' if len(concerned) == len(rows) > 1 else '; '.join(concerned)}: {note}"
