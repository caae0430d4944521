"""Boards as values: entries of submissions, ranks by column, and the lines of controls and baselines between them.

A board has one benchmark version, profile and protocol. A column has one metric identity. An entry shows the first row
of its submission: re-scored values where a record of verification has them, claims elsewhere, and says which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from pydantic import Field

from eegrecon.interfaces.records import Record
from eegrecon.leaderboard.site.ranking import Placed, order, ranks
from eegrecon.leaderboard.submission.manifest import Disclosures
from eegrecon.leaderboard.verification.record import PROVED, State

SCHEMA = "eegrecon.leaderboard/1"


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


Values = Mapping[BoardColumn, BoardValue]  # of one row


@dataclass(frozen=True, eq=False)
class Entrant:
    """What a board needs of a submission.

    Attributes:
        key: the board that it belongs to.
        title: title of its benchmark.
        comparable: whether its numbers may be compared with published ones.
        important: metric and column of those that matter most, the most important first.
        entry: the entry, without values.
        first: values of its first row.
        lines: kind, label and values of its controls and baselines.
        chance: chance levels.
    """

    key: BoardKey
    title: str
    comparable: bool
    important: tuple[tuple[str, str], ...]
    entry: BoardEntry
    first: Values
    lines: tuple[tuple[str, str, Values], ...]
    chance: Mapping[BoardColumn, float]


def boards(entrants: Iterable[Entrant]) -> tuple[Board, ...]:
    """Return the boards of submissions, in the order of their names."""
    groups: dict[BoardKey, list[Entrant]] = {}
    for one in entrants:
        groups.setdefault(one.key, []).append(one)
    return tuple(_board(key, groups[key]) for key in sorted(groups, key=lambda key: tuple(key.model_dump().values())))


def _board(key: BoardKey, entrants: list[Entrant]) -> Board:
    important = {name: place for place, name in enumerate(entrants[0].important)}
    known = dict.fromkeys(column for one in entrants for column in one.first)
    columns = sorted(known, key=lambda column: important.get((column.metric, column.column), len(important)))
    values = [[one.first.get(column) for one in entrants] for column in columns]  # by column, then by entrant
    for column, found in zip(columns, values, strict=True):
        for place, rank in enumerate(ranks(list(map(_placed, found)), higher=column.higher)):
            value = found[place]
            found[place] = value and value.model_copy(update={"rank": rank})
    entries = [
        one.entry.model_copy(update={"values": tuple(found[place] for found in values)})
        for place, one in enumerate(entrants)
    ]
    best = order([_number(value) for value in values[0]], higher=columns[0].higher)
    return Board(
        key=key,
        title=entrants[0].title,
        demo=not all(one.comparable for one in entrants),
        columns=tuple(columns),
        entries=tuple(entries[place] for place in best),
        lines=tuple(_lines(entrants, columns)),
    )


def _placed(value: BoardValue | None) -> Placed | None:
    return None if value is None else Placed(value.value, value.interval)


def _number(value: BoardValue | None) -> float | None:
    return None if value is None else value.value


def _lines(entrants: Sequence[Entrant], columns: Sequence[BoardColumn]) -> list[BoardLine]:
    """Return chance, and each control and baseline with the median over submissions, which no single one moves far."""
    rows: dict[tuple[str, str], list[Values]] = {}
    for one in entrants:
        for kind, label, values in one.lines:
            rows.setdefault((kind, label), []).append(values)
    lines = [
        BoardLine(label=label, kind=kind, of=len(found), values=tuple(_median(found, column) for column in columns))
        for (kind, label), found in rows.items()
    ]
    chance = tuple(_chance(entrants, column) for column in columns)
    return [line for line in (BoardLine(label="chance", kind="chance", values=chance), *lines) if any(line.values)]


def _median(found: Iterable[Values], column: BoardColumn) -> BoardValue | None:
    values = sorted((values[column] for values in found if column in values), key=lambda value: value.value)
    return values[(len(values) - 1) // 2] if values else None


def _chance(entrants: Sequence[Entrant], column: BoardColumn) -> BoardValue | None:
    """Return the chance level of a column, which all submissions of a board share."""
    level = next((one.chance[column] for one in entrants if column in one.chance), None)
    return None if level is None else BoardValue(value=level)
