"""What boards and pages need of an open submission, so that it can be closed before the next one is opened."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from eegrecon.benchmark.controls import CONTROLS
from eegrecon.interfaces.records import ResultRow, Summary
from eegrecon.leaderboard.site.boards import BoardColumn, BoardEntry, BoardKey, BoardValue, Entrant, Values
from eegrecon.leaderboard.submission.opened import Submission
from eegrecon.leaderboard.verification.record import Verification
from eegrecon.reporting.summary.headline import headline
from eegrecon.reporting.tables import Table, table_of

WITHOUT_EEG = ("shuffle", "predicted-label")  # controls that a method has to be better than


@dataclass(frozen=True, eq=False)
class Shown:
    """An open submission that a board shows.

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

    def entrant(self) -> Entrant:
        """Return what a board needs of it."""
        result, manifest = self.submission.result, self.submission.manifest
        first = {
            column: value.model_copy(update={"not_above": self._not_above(column)})
            for column, value in self._values(result.rows[0]).items()
        }
        return Entrant(
            key=BoardKey(
                benchmark=result.benchmark,
                version=result.version,
                digest=result.digest,
                profile=result.profile,
                protocol=result.protocol,
            ),
            title=result.title,
            comparable=result.comparable,
            important=tuple((column.metric, column.name) for column in headline(result, self.table.headings)),
            entry=BoardEntry(
                name=manifest.name,
                page=self.page,
                url=manifest.url,
                submission=self.submission.digest,
                state=self.verification.state,
                disclosures=manifest.disclosures,
                subjects=len(result.subjects),
                seeds=len(result.seeds),
                values=(),
            ),
            first=first,
            lines=tuple(self._lines()),
            chance={column: level for column in first if (level := self._chance(column)) is not None},
        )

    def _lines(self) -> Iterable[tuple[str, str, Values]]:
        """Yield kind, label and values of the controls and baselines."""
        for row in self.submission.result.rows:
            if row.scores and row.control in CONTROLS:
                yield "control", CONTROLS[row.control].about, self._values(row)
            elif row.scores and row.baseline:
                yield "baseline", row.label, self._values(row)

    def _chance(self, column: BoardColumn) -> float | None:
        for score in self.submission.result.rows[0].scores:
            place = (score.metric, score.column, score.identity)
            if place == (column.metric, column.column, column.identity):
                return score.chance
        return None

    def _values(self, row: ResultRow) -> dict[BoardColumn, BoardValue]:
        """Return the values of a row by column, re-scored where they were."""
        computed = {found.label: found.summaries for found in self.verification.rows}.get(row.label, ())
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
            again = next((each for each in computed if _is_of(each, column)), None)
            shown = again or summary
            found[column] = BoardValue(
                value=shown.value, interval=shown.interval, rescored=again is not None, marks=summary.marks
            )
        return found

    def _not_above(self, column: BoardColumn) -> tuple[str, ...]:
        """Return the controls of the submission than which its first row is not significantly better in a column."""
        computed = {found.label: found.summaries for found in self.verification.rows}
        names = []
        for row in self.submission.result.rows:
            if row.control not in WITHOUT_EEG:
                continue
            own = (*computed.get(row.label, ()), *row.summaries)  # claimed where it was not computed
            summary = next((each for each in own if _is_of(each, column)), None)
            if summary is None or summary.difference is None:
                continue
            better = summary.difference < 0 if column.higher else summary.difference > 0  # of the first row
            if not better or summary.p_corrected is None or summary.p_corrected >= 0.05:
                names.append(CONTROLS[row.control].short)
        return tuple(names)


def _is_of(summary: Summary, column: BoardColumn) -> bool:
    return (summary.metric, summary.column, summary.identity) == (column.metric, column.column, column.identity)
