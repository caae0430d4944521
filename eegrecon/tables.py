"""From results to tables: pure arithmetic and layout, for the terminal, Markdown and CSV.

Scores of different identities never share a column; a published row stands beside a run's own, marked, and no
difference is computed from it where the profile is not the paper's.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eegrecon.results import PublishedRecord, Result, RowRecord, ScoreRecord, Summary

NOT_COMPARABLE = "†"
SIGNIFICANT = "*"
INTERVALS = (
    "[low, high]: 95 % interval for these subjects seeing other pictures (bootstrap over pictures; for scores of sets, "
    "such as FID, IS and macro F1, a jackknife over groups of pictures, at this number of pictures); "
    f"{SIGNIFICANT} the difference from the first row survives a paired test, Holm-corrected over the table (5 %)"
)

_CSV = (
    "row", "kind", "metric", "column", "better", "value", "low", "high", "difference", "difference low",
    "difference high", "p corrected", "n", "identity", "reason",
)  # fmt: skip


@dataclass(frozen=True)
class Heading:
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
class Cell:
    """One number of the table."""

    value: float | None
    difference: float | None = None  # from the first row
    reason: str = ""  # why there is no value
    interval: tuple[float, float] | None = None  # 95 %, these subjects
    difference_interval: tuple[float, float] | None = None
    p: float | None = None  # of the difference, corrected over the table

    @property
    def text(self) -> str:
        """The value as shown."""
        return "-" if self.value is None else number(self.value)

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
class Line:
    """One row of the table: a variant, a control, a published row, or the chance level."""

    label: str
    kind: str  # "variant", "control", "published", "chance"
    cells: tuple[Cell, ...]
    headings: tuple[Heading, ...]

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
        return row


@dataclass(frozen=True)
class Table:
    """Rows under headings, and what has to be said about them."""

    headings: tuple[Heading, ...]
    rows: tuple[Line, ...]
    notes: tuple[str, ...]


def number(value: float) -> str:
    """Write a number with three decimals, fewer the more digits stand before the point."""
    return f"{value:.{3 if abs(value) < 10 else 2 if abs(value) < 1e4 else 0}f}"


def between(interval: tuple[float, float] | None) -> str:
    """Write an interval with the precision of ``number``."""
    return "" if interval is None else f"[{number(interval[0])}, {number(interval[1])}]"


def table(result: Result) -> Table:
    """Return the table of a result."""
    headings = tuple(_headings(result.rows))
    base = result.rows[0]
    lines = [_chance(result.rows, headings)]
    for row in result.rows:
        lines.append(_line(row, base, headings))
        lines += [_published(published, headings) for published in result.published if _matches(published, row)]
    return Table(headings, tuple(line for line in lines if line), tuple(_notes(result)))


def _group(scores: Iterable[ScoreRecord]) -> dict[tuple[str, str], list[ScoreRecord]]:
    groups: dict[tuple[str, str], list[ScoreRecord]] = {}
    for score in scores:
        groups.setdefault((score.metric, score.column), []).append(score)
    return groups


def _identity(scores: Iterable[ScoreRecord]) -> str:
    return " ".join(dict.fromkeys(score.identity for score in scores))


def _headings(rows: Iterable[RowRecord]) -> Iterable[Heading]:
    seen: dict[tuple[str, str, str], Heading] = {}
    for row in rows:
        for (metric, column), scores in _group(row.scores).items():
            seeds = len({score.seed for score in scores})
            n = sum(score.n for score in scores) // seeds
            heading = Heading(metric, column, scores[0].better, _identity(scores), n)
            seen.setdefault((metric, column, heading.identity), heading)
    metrics = {name: {h.metric for h in seen.values() if h.name == name} for _, name, _ in seen}
    return [replace(h, label=f"{h.metric} {h.name}") if len(metrics[h.name]) > 1 else h for h in seen.values()]


def _mean(row: RowRecord, heading: Heading) -> float | None:
    """Mean over subjects and seeds of the scores under a heading."""
    scores = _group(row.scores).get((heading.metric, heading.name), [])
    if not scores or _identity(scores) != heading.identity:
        return None
    return sum(score.value for score in scores) / len(scores)


def _summary(row: RowRecord, heading: Heading) -> Summary | None:
    wanted = (heading.metric, heading.name, heading.identity)
    return next((one for one in row.summaries if (one.metric, one.column, one.identity) == wanted), None)


def _line(row: RowRecord, base: RowRecord, headings: tuple[Heading, ...]) -> Line:
    cells = []
    for heading in headings:
        value, full = _mean(row, heading), _mean(base, heading)
        difference = None if row is base or value is None or full is None else value - full
        reason = row.refused or row.blank.get(heading.metric, "its scores have another identity")
        if value is None:
            cells.append(Cell(None, reason=reason))
            continue
        said = _summary(row, heading)
        more = (said.interval, said.difference_interval, said.p_corrected) if said else (None, None, None)
        cells.append(Cell(value, difference, "", *more))
    return Line(row.label, "control" if row.control else "variant", tuple(cells), headings)


def _chance(rows: tuple[RowRecord, ...], headings: tuple[Heading, ...]) -> Line | None:
    cells = []
    for heading in headings:
        scores = _group(rows[0].scores).get((heading.metric, heading.name), [])
        chances = [score.chance for score in scores if score.chance is not None]
        cells.append(Cell(sum(chances) / len(chances) if chances else None, reason="no chance level is defined"))
    return Line("chance", "chance", tuple(cells), headings) if any(cell.value is not None for cell in cells) else None


def _matches(published: PublishedRecord, row: RowRecord) -> bool:
    plain = not row.control and not row.settings
    return plain and published.without is not None and set(published.without) == set(row.removed)


def _published(published: PublishedRecord, headings: tuple[Heading, ...]) -> Line:
    cells = [Cell(published.scores.get(f"{h.metric}.{h.name}"), reason="not published") for h in headings]
    return Line(f"{published.label} {NOT_COMPARABLE}", "published", tuple(cells), headings)


def _notes(result: Result) -> Iterable[str]:
    yield from dict.fromkeys(result.notes)
    if any(p.without is not None and any(_matches(p, row) for row in result.rows) for p in result.published):
        if result.profile == "paper":
            yield f"{NOT_COMPARABLE} as published; the metrics' code differs (see the identities in result.json)"
        else:
            yield (
                f"{NOT_COMPARABLE} as published on the real data set: NOT comparable with this run "
                f"(profile {result.profile}: other pictures, EEG, sizes and judges)"
            )
    if any(row.summaries for row in result.rows):
        yield INTERVALS
    yield from _row_notes(result.rows)


def _row_notes(rows: Sequence[RowRecord]) -> Iterable[str]:
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


def signed(value: float) -> str:
    """Write a difference with its sign."""
    return f"{'+' if value >= 0 else '-'}{number(abs(value))}"


def markdown(shown: Table) -> str:
    """Return the table in Markdown."""
    lines = [
        "| | " + " | ".join(f"{h.title} (n {h.n})" for h in shown.headings) + " |",
        "|---|" + "---:|" * len(shown.headings),
    ]
    for row in shown.rows:
        cells = [" ".join(filter(None, (c.text, c.spread, c.change and f"({c.change})"))) for c in row.cells]
        label = f"*{row.label}*" if row.kind in ("published", "chance") else row.label
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n\n" + "\n".join(f"- {note}" for note in shown.notes) + "\n"


_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "†": r"$^\dagger$",
})  # fmt: skip


def latex(shown: Table) -> str:
    """Return the table for LaTeX with booktabs: values, under each its interval; the mark of a difference stays."""
    rows = []
    for row in shown.rows:
        values = [f"{cell.text}{SIGNIFICANT if cell.significant else ''}" for cell in row.cells]
        spreads = [rf"\scriptsize {cell.spread}" if cell.spread else "" for cell in row.cells]
        rows.append(" & ".join([row.label.translate(_LATEX), *values]) + r" \\")
        if any(spreads):
            rows.append(" & ".join(["", *spreads]) + r" \\")
        if row.kind == "chance":
            rows.append(r"\midrule")
    titles = [f"{h.title} (n = {h.n})".translate(_LATEX) for h in shown.headings]
    return "\n".join([
        "% needs \\usepackage{booktabs}",
        r"\begin{tabular}{l" + "r" * len(shown.headings) + "}",
        r"\toprule",
        " & ".join(["", *titles]) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *(f"% {note}" for note in shown.notes),
        "",
    ])  # fmt: skip


def comma_separated(shown: Table) -> str:
    """Return the table as CSV, one line per row and column, with identities."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CSV)
    for row in shown.rows:
        for h, cell in zip(shown.headings, row.cells, strict=True):
            n, identity = (h.n, h.identity) if row.kind in ("variant", "control") else ("", "")
            low, high = cell.interval or (None, None)
            from_, to = cell.difference_interval or (None, None)
            numbers = (cell.value, low, high, cell.difference, from_, to, cell.p)
            values = ["" if value is None else repr(value) for value in numbers]
            writer.writerow([row.label, row.kind, h.metric, h.name, h.better, *values, n, identity, cell.reason])
    return text.getvalue()
