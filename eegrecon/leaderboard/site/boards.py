"""Boards as values: entries of submissions, ranks by column, and the lines of controls and baselines between them.

A board has one benchmark version, profile and protocol. A column has one metric identity. An entry shows the first row
of its submission: re-scored values where a record of verification has them, claims elsewhere, and says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from pydantic import Field

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.interfaces.records import Record, ResultRow, Summary
from eegrecon.leaderboard.site.ranking import Placed, order, ranks
from eegrecon.leaderboard.submission.manifest import Disclosures
from eegrecon.leaderboard.submission.opened import Submission
from eegrecon.leaderboard.verification.record import PROVED, State, Verification
from eegrecon.reporting.summary.headline import headline
from eegrecon.reporting.tables import Table, table_of

SCHEMA = "eegrecon.leaderboard/1"
WITHOUT_EEG = ("shuffle", "predicted-label")  # controls that a method has to be better than


class BoardKey(Record):
    """What the submissions of one board have in common."""

    benchmark: str
    version: str
    digest: str
    profile: str
    protocol: str


class BoardColumn(Record):
    """One column: scores of one identity."""

    metric: str
    column: str
    identity: str
    better: str
    n: int = Field(description="test trials or pictures")

    @property
    def higher(self) -> bool:
        """Whether a higher score is better."""
        return self.better == "higher"


class BoardValue(Record):
    """One number of an entry or a line."""

    value: float
    interval: tuple[float, float] | None = None
    rank: int | None = Field(default=None, description="1 and the number of entries whose whole interval is better")
    rescored: bool = False
    not_above: tuple[str, ...] = Field(
        default=(), description="own controls that the score is not significantly better than"
    )
    marks: tuple[str, ...] = Field(default=(), description="why it is doubtful")


class BoardEntry(Record):
    """One submission."""

    name: str
    page: str
    url: str
    submission: str = Field(description="SHA-256 of its manifest")
    state: State
    disclosures: Disclosures
    subjects: int
    seeds: int
    values: tuple[BoardValue | None, ...] = Field(description="by column")


class BoardLine(Record):
    """A control or a baseline: in each column the median of the values that the submissions have for it."""

    label: str
    kind: str = Field(description="control, baseline or chance")
    of: int = Field(default=1, description="number of submissions that have it")
    values: tuple[BoardValue | None, ...]


class Board(Record):
    """The submissions of one benchmark version, profile and protocol, best first by the first column."""

    key: BoardKey
    title: str
    demo: bool = Field(description="whether its numbers are of an embedded world, not comparable with published ones")
    columns: tuple[BoardColumn, ...]
    entries: tuple[BoardEntry, ...]
    lines: tuple[BoardLine, ...]


class NotShown(Record):
    """A submission that is on no board, and why."""

    name: str
    reasons: tuple[str, ...]


class Leaderboard(Record):
    """Everything that the site shows, as ``leaderboard.json`` has it."""

    schema_: str = Field(alias="schema")
    proved: str = PROVED
    boards: tuple[Board, ...]
    not_shown: tuple[NotShown, ...] = ()


@dataclass(frozen=True, eq=False)
class Shown:
    """A submission that a board shows.

    Attributes:
        submission: the submission.
        page: its page below the site.
        verification: what verifying it found.
    """

    submission: Submission
    page: str
    verification: Verification

    @cached_property
    def table(self) -> Table:
        """The table of its result."""
        return table_of(self.submission.result)

    @cached_property
    def rows(self) -> tuple[dict[BoardColumn, BoardValue], ...]:
        """The values of each row of its result by column."""
        return tuple(map(self._values, self.submission.result.rows))

    @cached_property
    def first(self) -> dict[BoardColumn, BoardValue]:
        """The values of its first row, with the controls that they are not significantly better than."""
        return {
            column: value.model_copy(update={"not_above": self._not_above(column)})
            for column, value in self.rows[0].items()
        }

    @property
    def key(self) -> BoardKey:
        """The board that it belongs to."""
        result = self.submission.result
        return BoardKey(
            benchmark=result.benchmark,
            version=result.version,
            digest=result.digest,
            profile=result.profile,
            protocol=result.protocol,
        )

    def _values(self, row: ResultRow) -> dict[BoardColumn, BoardValue]:
        """Return the values of a row by column, re-scored where they were."""
        computed = {found.label: found for found in self.verification.rows}.get(row.label)
        found = {}
        for summary in row.summaries:
            scores = [each for each in row.scores if (each.metric, each.column) == (summary.metric, summary.column)]
            column = BoardColumn(
                metric=summary.metric,
                column=summary.column,
                identity=summary.identity,
                better=scores[0].better,
                n=sum(each.n for each in scores) // len({each.seed for each in scores}),
            )
            again = _same(computed.summaries if computed else (), summary)
            shown = again or summary
            value = BoardValue(
                value=shown.value, interval=shown.interval, rescored=again is not None, marks=summary.marks
            )
            found[column] = value
        return found

    def _not_above(self, column: BoardColumn) -> tuple[str, ...]:
        """Return the controls of the submission than which its first row is not significantly better in a column."""
        computed = {found.label: found.summaries for found in self.verification.rows}
        names = []
        for row in self.submission.result.rows:
            if row.control not in WITHOUT_EEG:
                continue
            own = (*computed.get(row.label, ()), *row.summaries)  # claimed where it was not computed
            summary = next((s for s in own if _is_of(s, column)), None)
            if summary is None or summary.difference is None:
                continue
            better = summary.difference < 0 if column.higher else summary.difference > 0  # of the first row
            if not better or summary.p_corrected is None or summary.p_corrected >= 0.05:
                names.append(CONTROLS[row.control].short)
        return tuple(names)


def _is_of(summary: Summary, column: BoardColumn) -> bool:
    return (summary.metric, summary.column, summary.identity) == (column.metric, column.column, column.identity)


def _same(summaries: Iterable[Summary], wanted: Summary) -> Summary | None:
    key = (wanted.metric, wanted.column, wanted.identity)
    return next((each for each in summaries if (each.metric, each.column, each.identity) == key), None)


def boards(shown: Sequence[Shown]) -> tuple[Board, ...]:
    """Return the boards of submissions, in the order of their names."""
    groups: dict[BoardKey, list[Shown]] = {}
    for one in shown:
        groups.setdefault(one.key, []).append(one)
    return tuple(_board(key, groups[key]) for key in sorted(groups, key=lambda key: tuple(key.model_dump().values())))


def _board(key: BoardKey, shown: list[Shown]) -> Board:
    result = shown[0].submission.result
    firsts = [one.first for one in shown]
    columns = _ordered(shown, dict.fromkeys(column for values in firsts for column in values))
    entries = [_entry(one, values, columns) for one, values in zip(shown, firsts, strict=True)]
    for place, column in enumerate(columns):
        found = ranks([_placed(entry.values[place]) for entry in entries], higher=column.higher)
        entries = [_ranked(entry, place, rank) for entry, rank in zip(entries, found, strict=True)]
    if columns:
        best = order([_number(entry.values[0]) for entry in entries], higher=columns[0].higher)
        entries = [entries[place] for place in best]
    return Board(
        key=key,
        title=result.title,
        demo=not all(one.submission.result.comparable for one in shown),
        columns=columns,
        entries=tuple(entries),
        lines=tuple(_lines(shown, columns)),
    )


def _ordered(shown: Sequence[Shown], columns: Iterable[BoardColumn]) -> tuple[BoardColumn, ...]:
    """Return columns with those first that matter most, as the terminal has them."""
    first = shown[0]
    important = [(column.metric, column.name) for column in headline(first.submission.result, first.table.headings)]
    ranked = {name: place for place, name in enumerate(important)}
    return tuple(sorted(columns, key=lambda column: ranked.get((column.metric, column.column), len(ranked))))


def _entry(one: Shown, values: Mapping[BoardColumn, BoardValue], columns: Sequence[BoardColumn]) -> BoardEntry:
    manifest, result = one.submission.manifest, one.submission.result
    return BoardEntry(
        name=manifest.name,
        page=one.page,
        url=manifest.url,
        submission=one.submission.digest,
        state=one.verification.state,
        disclosures=manifest.disclosures,
        subjects=len(result.subjects),
        seeds=len(result.seeds),
        values=tuple(map(values.get, columns)),
    )


def _ranked(entry: BoardEntry, place: int, rank: int | None) -> BoardEntry:
    values = list(entry.values)
    if (value := values[place]) is not None:
        values[place] = value.model_copy(update={"rank": rank})
    return entry.model_copy(update={"values": tuple(values)})


def _placed(value: BoardValue | None) -> Placed | None:
    return None if value is None else Placed(value.value, value.interval)


def _number(value: BoardValue | None) -> float | None:
    return None if value is None else value.value


def _lines(shown: Sequence[Shown], columns: Sequence[BoardColumn]) -> list[BoardLine]:
    """Return chance, and each control and baseline with the median over submissions, which no single one moves far."""
    rows: dict[tuple[str, str], list[dict[BoardColumn, BoardValue]]] = {}
    for one in shown:
        for row, values in zip(one.submission.result.rows, one.rows, strict=True):
            if row.scores and row.control in CONTROLS:
                rows.setdefault(("control", CONTROLS[row.control].about), []).append(values)
            elif row.scores and row.baseline:
                rows.setdefault(("baseline", row.label), []).append(values)
    lines = [
        BoardLine(label=label, kind=kind, of=len(found), values=tuple(_median(found, column) for column in columns))
        for (kind, label), found in rows.items()
    ]
    chance = tuple(_chance(shown, column) for column in columns)
    return [line for line in (BoardLine(label="chance", kind="chance", values=chance), *lines) if any(line.values)]


def _median(found: Iterable[Mapping[BoardColumn, BoardValue]], column: BoardColumn) -> BoardValue | None:
    values = sorted((values[column] for values in found if column in values), key=lambda value: value.value)
    return values[(len(values) - 1) // 2] if values else None


def _chance(shown: Sequence[Shown], column: BoardColumn) -> BoardValue | None:
    """Return the chance level of a column, which all submissions of a board share."""
    for one in shown:
        for score in one.submission.result.rows[0].scores:
            place = (score.metric, score.column, score.identity)
            if place == (column.metric, column.column, column.identity) and score.chance is not None:
                return BoardValue(value=score.chance)
    return None
