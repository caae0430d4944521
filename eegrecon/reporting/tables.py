"""The table of a result as a value, for every renderer.

Scores of different identities never share a column. A published row is marked, and no difference is computed from it
unless the profile is the paper's.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from eegrecon.interfaces.records import PublishedRecord, ResultRecord, ResultRow, ScoreRecord, Summary

NOT_COMPARABLE = "†"
SIGNIFICANT = "*"
DOUBTFUL = "‡"
INTERVALS = (
    "[low, high]: 95 % interval for these subjects seeing other pictures (bootstrap over pictures; for scores of sets, "
    "such as FID, IS and macro F1, a jackknife over groups of pictures, at this number of pictures); "
    f"{SIGNIFICANT} the difference from the first row survives a paired test, Holm-corrected over the table (5 %)"
)
NULL = (
    "chance: below it the range of 95 % of the scores when what was made is dealt anew among the trials "
    "(200 permutations); a score outside of it on the better side is above chance at 2.5 %"
)


@dataclass(frozen=True)
class TableColumn:
    """One column: scores of one identity."""

    metric: str
    name: str
    better: str
    identity: str  # those of all subjects, joined
    n: int  # trials or pictures, over subjects
    label: str = ""  # instead of the name, where two metrics have a column of that name

    @property
    def title(self) -> str:
        """Name with the direction in which it is better."""
        return f"{self.label or self.name} {'↑' if self.better == 'higher' else '↓'}"


@dataclass(frozen=True)
class TableCell:
    """One number of the table."""

    value: float | None
    difference: float | None = None  # from the first row
    reason: str = ""  # why there is no value
    interval: tuple[float, float] | None = None  # 95 %, these subjects
    difference_interval: tuple[float, float] | None = None
    p: float | None = None  # of the difference, corrected over the table
    marks: tuple[str, ...] = ()  # why the value is not to be trusted

    @property
    def text(self) -> str:
        """The value as shown, with a mark where it is not to be trusted."""
        return "-" if self.value is None else number(self.value) + (DOUBTFUL if self.marks else "")

    @property
    def spread(self) -> str:
        """The interval as shown, nothing where there is none."""
        return between(self.interval)

    @property
    def significant(self) -> bool:
        """Whether the difference survives correction."""
        return self.p is not None and self.p < 0.05

    @property
    def change(self) -> str:
        """The difference as shown, with its interval, and a mark where it survives correction."""
        if self.difference is None:
            return ""
        mark = SIGNIFICANT if self.significant else ""
        return f"{signed(self.difference)}{mark}" + (
            f" {between(self.difference_interval)}" if self.difference_interval else ""
        )


@dataclass(frozen=True)
class TableRow:
    """One row of the table: a variant, a control, a published row, or the chance level."""

    label: str
    kind: str  # "variant", "control", "published", "chance"
    cells: tuple[TableCell, ...]
    headings: tuple[TableColumn, ...]

    def flat(self) -> dict[str, Any]:
        """Return the row as a dictionary by column title."""
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
    """A table of words, under a title."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Rows under headings, and what has to be said about them."""

    headings: tuple[TableColumn, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...]
    matters: SideTable | None = None  # whether the EEG matters
    audits: SideTable | None = None  # what the audits found

    @property
    def beside(self) -> tuple[SideTable, ...]:
        """The small tables that have rows."""
        return tuple(small for small in (self.matters, self.audits) if small and small.rows)


def number(value: float) -> str:
    """Write a number with three decimals, fewer the more digits stand before the point."""
    return f"{value:.{3 if abs(value) < 10 else 2 if abs(value) < 1e4 else 0}f}"


def between(interval: tuple[float, float] | None) -> str:
    """Write an interval with the precision of ``number``."""
    return "" if interval is None else f"[{number(interval[0])}, {number(interval[1])}]"


def table_of(result: ResultRecord) -> Table:
    """Return the table of a result."""
    headings = _shown(result, tuple(_headings(result.rows)))
    base = result.rows[0]
    lines = [_chance(result.rows, headings)]
    for row in result.rows:
        own = _line(row, base, headings)
        lines.append(own)
        beside = [published for published in result.published if _matches(published, row)]
        lines += [_published(published, headings, own if result.comparable else None) for published in beside]
    if result.paper_table is not None:
        others = [published for published in result.published if published.without is None and not published.row]
        lines += [_published(published, headings) for published in others]
    shown = Table(headings, tuple(line for line in lines if line), tuple(_notes(result)))
    return replace(shown, matters=_matters(result, shown), audits=_audits(result))


def _shown(result: ResultRecord, headings: tuple[TableColumn, ...]) -> tuple[TableColumn, ...]:
    """Leave out the columns that the paper's table does not have."""
    wanted = result.paper_table.columns if result.paper_table else ()
    return tuple(heading for heading in headings if not wanted or heading.name in wanted)


def _group(scores: Iterable[ScoreRecord]) -> dict[tuple[str, str], list[ScoreRecord]]:
    groups: dict[tuple[str, str], list[ScoreRecord]] = {}
    for score in scores:
        groups.setdefault((score.metric, score.column), []).append(score)
    return groups


def _identity(scores: Iterable[ScoreRecord]) -> str:
    return " ".join(dict.fromkeys(score.identity for score in scores))


def _headings(rows: Iterable[ResultRow]) -> Iterable[TableColumn]:
    seen: dict[tuple[str, str, str], TableColumn] = {}
    for row in rows:
        for (metric, column), scores in _group(row.scores).items():
            seeds = len({score.seed for score in scores})
            n = sum(score.n for score in scores) // seeds
            heading = TableColumn(metric, column, scores[0].better, _identity(scores), n)
            seen.setdefault((metric, column, heading.identity), heading)
    metrics = {name: {h.metric for h in seen.values() if h.name == name} for _, name, _ in seen}
    return [replace(h, label=f"{h.metric} {h.name}") if len(metrics[h.name]) > 1 else h for h in seen.values()]


def _mean(row: ResultRow, heading: TableColumn) -> float | None:
    """Mean over subjects and seeds of the scores under a heading."""
    scores = _group(row.scores).get((heading.metric, heading.name), [])
    if not scores or _identity(scores) != heading.identity:
        return None
    return sum(score.value for score in scores) / len(scores)


def _summary(row: ResultRow, heading: TableColumn) -> Summary | None:
    wanted = (heading.metric, heading.name, heading.identity)
    return next((one for one in row.summaries if (one.metric, one.column, one.identity) == wanted), None)


def _line(row: ResultRow, base: ResultRow, headings: tuple[TableColumn, ...]) -> TableRow:
    cells = []
    for heading in headings:
        value, full = _mean(row, heading), _mean(base, heading)
        difference = None if row is base or value is None or full is None else value - full
        reason = row.refused or row.blank.get(heading.metric, "its scores have another identity")
        if value is None:
            cells.append(TableCell(None, reason=reason))
            continue
        said = _summary(row, heading)
        more = (said.interval, said.difference_interval, said.p_corrected, said.marks) if said else ()
        cells.append(TableCell(value, difference, "", *more))
    return TableRow(row.label, "control" if row.control else "variant", tuple(cells), headings)


def _chance(rows: tuple[ResultRow, ...], headings: tuple[TableColumn, ...]) -> TableRow | None:
    cells = []
    for heading in headings:
        scores = _group(rows[0].scores).get((heading.metric, heading.name), [])
        chances = [score.chance for score in scores if score.chance is not None]
        said = _summary(rows[0], heading)
        value = sum(chances) / len(chances) if chances else None
        cells.append(TableCell(value, reason="no chance level is defined", interval=said.null if said else None))
    if all(cell.value is None for cell in cells):
        return None
    return TableRow("chance", "chance", tuple(cells), headings)


def _matches(published: PublishedRecord, row: ResultRow) -> bool:
    if row.control:
        return False
    if published.row:
        return published.row == row.label
    return published.without is not None and not row.settings and set(published.without) == set(row.removed)


def _published(published: PublishedRecord, headings: tuple[TableColumn, ...], own: TableRow | None = None) -> TableRow:
    """Return a published row; below each number what ``own``, where it may be compared, is above it."""
    cells = []
    for column, heading in enumerate(headings):
        value = published.scores.get(f"{heading.metric}.{heading.name}")
        found = own.cells[column].value if own else None
        difference = None if value is None or found is None else found - value
        cells.append(TableCell(value, difference, reason="not published"))
    return TableRow(f"{published.label} {NOT_COMPARABLE}", "published", tuple(cells), headings)


def _notes(result: ResultRecord) -> Iterable[str]:
    yield from dict.fromkeys(result.notes)
    yield from result.paper_table.notes if result.paper_table else ()
    if result.paper_table or any(_matches(p, row) for row in result.rows for p in result.published):
        if result.comparable:
            yield (
                f"{NOT_COMPARABLE} as published, and below it this run minus it; the metrics' code differs (see the "
                "identities in result.json)"
            )
            if changed := [*result.request.get("set", ()), *result.request.get("sweep", ())]:
                yield f"{NOT_COMPARABLE} this run is not the paper's: {', '.join(changed)}"
        else:
            yield (
                f"{NOT_COMPARABLE} as published on the real data set: NOT comparable with this run "
                f"(profile {result.profile}: other pictures, EEG, sizes and judges)"
            )
    if any(row.summaries for row in result.rows):
        yield INTERVALS
    if any(summary.null for summary in result.rows[0].summaries):
        yield NULL
    yield from _doubts(result.rows)
    yield from _row_notes(result.rows)


def _doubts(rows: Iterable[ResultRow]) -> Iterable[str]:
    """Yield why numbers carry the mark of doubt, each reason once with the columns that it is about."""
    reasons: dict[str, dict[str, None]] = {}
    for row in rows:
        for summary in row.summaries:
            for mark in summary.marks:
                reasons.setdefault(mark, {})[summary.column] = None
    for reason, columns in reasons.items():
        yield f"{DOUBTFUL} {reason}: {', '.join(columns)} cannot be taken at face value"


def _row_notes(rows: Sequence[ResultRow]) -> Iterable[str]:
    """Yield what is said of single rows, the same sentence once with the rows that it is about."""
    said: dict[str, list[str]] = {}
    for row in rows:
        reasons: dict[str, list[str]] = {}
        for metric, reason in row.blank.items():
            reasons.setdefault(reason, []).append(metric)
        sentences = [f"no {', '.join(metrics)}: {reason}" for reason, metrics in reasons.items()]
        sentences += [f"refused: {row.refused}"] if row.refused else []
        for sentence in (*sentences, *row.notes):
            said.setdefault(sentence, []).append(row.label)
    for sentence, labels in said.items():
        about = "every row" if len(labels) == len(rows) > 1 else "; ".join(labels)
        yield f"{about}: {sentence}"


_BESIDE = ("shuffle", "predicted-label", "oracle")  # the controls that tell whether the EEG matters


def _matters(result: ResultRecord, shown: Table) -> SideTable:
    """Put *Full* beside the controls that take its EEG away, and say for each column what the difference shows."""
    lines = dict(zip([(row.label, row.control) for row in result.rows], _own(shown), strict=True))
    first = next(iter(lines.values()))
    controls = {row.control: lines[row.label, row.control] for row in result.rows if row.control in _BESIDE}
    rows = []
    for column, heading in enumerate(shown.headings):
        full, beside = first.cells[column], {name: line.cells[column] for name, line in controls.items()}
        if full.value is None or all(cell.value is None for cell in beside.values()):
            continue
        own = f"{full.text} {full.spread}".strip()
        others = [f"{beside[name].text} {beside[name].spread}".strip() if name in beside else "-" for name in _BESIDE]
        answers = [_better(full, beside.get(name), heading) for name in _BESIDE[:2]]
        rows.append((f"{heading.title} (n {heading.n})", own, *others, *answers))
    header = (
        "", "Full", "EEG shuffled", "only the predicted class", "true caption and class", "from the EEG?",
        "more than the class?",
    )  # fmt: skip
    notes = (
        "yes: Full is better than with the EEG shuffled, or than with only the predicted class, after correction over "
        "the table; less: it is worse; not seen: this run cannot tell, which does not prove that there is nothing",
        "from the EEG is not yet from the picture: what else the EEG may tell is what the audits ask",
    )
    return SideTable("Does the EEG matter?", header, tuple(rows), notes)


def _own(shown: Table) -> list[TableRow]:
    return [line for line in shown.rows if line.kind in ("variant", "control")]


def _better(full: TableCell, control: TableCell | None, heading: TableColumn) -> str:
    """Say whether *Full* is better than a control, by the corrected test of the difference between them."""
    if control is None or control.difference is None or control.p is None:
        return "-"
    if not control.significant:
        return "not seen"
    return "yes" if (control.difference < 0) == (heading.better == "higher") else "less"


def _audits(result: ResultRecord) -> SideTable:
    rows = tuple((audit.verdict, audit.name, audit.evidence) for audit in result.audits)
    return SideTable("Audits of the first row", ("", "audit", "evidence"), rows)


def signed(value: float) -> str:
    """Write a difference with its sign."""
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"
