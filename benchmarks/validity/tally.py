"""How often tables make each statement, with exact binomial intervals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from finished import Finished
from scipy.stats import binomtest
from statements import Statement, summary
from worlds import WORLDS

IF_TRUE, IF_FALSE = 0.90, 0.05  # least share of the runs that make a true statement, largest of a false one
WIDTH = 52  # of a statement
BEGIN, END = "<!-- made by benchmarks/validity: begin -->\n", "<!-- made by benchmarks/validity: end -->\n"


@dataclass(frozen=True)
class Count:
    """How many results of a world make a statement, of those that could."""

    world: str
    statement: Statement
    made: int
    runs: int

    @property
    def share(self) -> float:
        """Share of the runs."""
        return self.made / self.runs

    @property
    def interval(self) -> tuple[float, float]:
        """95 % interval of the share (Clopper and Pearson, 1934)."""
        found = binomtest(self.made, self.runs).proportion_ci(0.95, method="exact")
        return float(found.low), float(found.high)

    @property
    def as_aimed(self) -> bool:
        """Whether the share is at least 90 % of a true statement, at most 5 % of a false one."""
        return self.share >= IF_TRUE if self.statement.true else self.share <= IF_FALSE


def counts(finished: Sequence[Finished]) -> Iterator[Count]:
    """Count every statement that any result could make."""
    for name, world in WORLDS.items():
        results = [one.result for one in finished if one.world == name]
        for statement in world.statements:
            answers = [answer for answer in map(statement.made, results) if answer is not None]
            if answers:
                yield Count(name, statement, sum(answers), len(answers))


def missed(finished: Sequence[Finished]) -> list[Count]:
    """Return the counts that miss their aim."""
    return [count for count in counts(finished) if not count.as_aimed]


def table(finished: Sequence[Finished]) -> str:
    """Return a line for each statement: how many results make it, their share with its interval, and the aim."""
    lines = [f"{'statement':<{WIDTH}}  {'is':<5}  {'made':>7}  share  interval      aim"]
    world = ""
    for count in counts(finished):
        if count.world != world:
            world = count.world
            lines += ["", world]
        low, high = count.interval
        truth, aim = ("true", ">= .90") if count.statement.true else ("false", "<= .05")
        made = f"{count.made}/{count.runs}"
        lines.append(
            f"{count.statement.text:<{WIDTH}}  {truth:<5}  {made:>7}  {_share(count.share):>5}  "
            f"{_share(low):>5}-{_share(high):<5}  {aim} {'met' if count.as_aimed else 'MISSED'}"
        )
    return "\n".join(lines)


def accuracies(finished: Sequence[Finished]) -> str:
    """Return the top-1 accuracy of every row in every world: mean over the runs, least and most."""
    lines = ["top-1 accuracy: mean over the runs (least to most)"]
    for world in WORLDS:
        results = [one.result for one in finished if one.world == world]
        lines += ["", f"{world}, {len(results)} runs"] if results else []
        for label in dict.fromkeys(row.label for result in results for row in result.rows):
            rows = (row for result in results for row in result.rows if row.label == label)
            values = [found.value for found in (summary(row, "accuracy", "top-1") for row in rows) if found]
            lines += [f"{label:<{WIDTH}}  {_spread(values)}"] if values else []
    return "\n".join(lines)


def inserted(page: str, tables: str) -> str:
    """Return a page with the tables in place of those between its two marks."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}```\n{tables}\n```\n{END}{rest.partition(END)[2]}"


def _spread(values: Iterable[float]) -> str:
    values = list(values)
    return f"{_share(sum(values) / len(values), 3)} ({_share(min(values), 3)} to {_share(max(values), 3)})"


def _share(value: float, digits: int = 2) -> str:
    return f"{value:.{digits}f}".removeprefix("0") if value < 1 else f"{value:.{digits}f}"
