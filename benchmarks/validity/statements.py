"""Statements that a result makes or does not make, read from the fields that its tables are made from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from scipy.stats import norm

from eegrecon import Result
from eegrecon.interfaces.records import ResultRow, Summary

LEVEL = 0.05  # of a star: a p value corrected over the table
TIME, FREQ = "encoder.time", "encoder.freq"
REFINE, FINE = "generator.refine", "aligner.fine"
STRUCTURE = tuple(f"{name} error" for name in ("colour", "background", "place", "size", "tilt"))  # not of the class
READER = "linear-reader"
JUSTIFIED = frozenset({"sample-size", "linear-baseline", "explained"})
"""Audits that may complain in a sound world: pictures are few, a line reads as much, accuracy explains the rest."""
JUSTIFIED_BY_DRIFT = JUSTIFIED | {"drift", "block-design"}


@dataclass(frozen=True)
class Statement:
    """A statement, whether it is true of a world, and how to see whether a result makes it.

    Attributes:
        text: the statement.
        true: whether it is true of the world.
        made: whether a result makes it; None where the result lacks the row, score or audit that would.
    """

    text: str
    true: bool
    made: Callable[[Result], bool | None]


def row(result: Result, removed: str = "", control: str | None = None) -> ResultRow | None:
    """Return *Full*, the row without a part, or a control; None if there is none with scores."""
    wanted = (removed,) if removed else ()
    found = (one for one in result.rows if one.removed == wanted and one.control == control and not one.settings)
    return next((one for one in found if one.summaries), None)


def linear_reader(result: Result) -> ResultRow | None:
    """Return the row of the linear reader; None if the benchmark has none."""
    return next((one for one in result.rows if one.settings.get("encoder") == READER and one.summaries), None)


def summary(found: ResultRow | None, metric: str, column: str) -> Summary | None:
    """Return the number of a row in a column; None if it has none."""
    return next((s for s in found.summaries if (s.metric, s.column) == (metric, column)), None) if found else None


def star(result: Result) -> bool:
    """Whether any difference of the table is significant after correction."""
    return any(_significant(one) for each in result.rows for one in each.summaries)


def above_chance(result: Result, find: Callable[[Result], ResultRow | None]) -> bool | None:
    """Whether the top-1 accuracy of a row is above chance, by the permutations of its own outputs.

    The one-sided test is corrected over the rows of the table (Bonferroni): there is such a statement of each.
    """
    found = summary(find(result), "accuracy", "top-1")
    return None if found is None or found.p_null is None else _above_chance(found, result)


def from_eeg(result: Result, metric: str, columns: Iterable[str]) -> bool | None:
    """Whether "from the EEG?" is answered with yes for any of the columns of a metric."""
    return _any(_better_than(result, "shuffle", metric, column) for column in columns)


def beyond_class(result: Result, metric: str, columns: Iterable[str]) -> bool | None:
    """Whether "more than the class?" is answered with yes for any of the columns of a metric.

    The answer is inconclusive where nothing shows that the score comes from the EEG.
    """
    return _any(_both(result, metric, column) for column in columns)


def any_beyond_class(result: Result) -> bool | None:
    """Whether "more than the class?" is answered with yes for any score of pictures or tokens."""
    columns = dict.fromkeys((s.metric, s.column) for s in result.rows[0].summaries if s.metric != "accuracy")
    return _any(_both(result, metric, column) for metric, column in columns)


def changed(result: Result, removed: str, *, higher: bool) -> bool | None:
    """Whether a structure error is higher, or lower, without a part than in *Full*.

    A difference of rows with one training each has no star: its interval counts, widened to what one of so many errors
    needs. What it says of other trainings is then counted over the runs of this benchmark.
    """
    found = [summary(row(result, removed), "structure", column) for column in STRUCTURE]
    return _any(
        None if one is None else _differs(one, len(found)) and (_difference(one) > 0) == higher for one in found
    )


def verdict(result: Result, name: str, wanted: str) -> bool | None:
    """Whether an audit has this verdict."""
    return next((audit.verdict == wanted for audit in result.audits if audit.name == name), None)


def complaint(result: Result, justified: frozenset[str] = JUSTIFIED) -> bool:
    """Whether an audit fails or warns other than those that are justified in the world."""
    return any(audit.verdict in ("FAIL", "WARN") and audit.name not in justified for audit in result.audits)


def marked(result: Result) -> bool | None:
    """Whether the accuracy of *Full* is marked as doubtful."""
    found = summary(row(result), "accuracy", "top-1")
    return None if found is None else bool(found.marks)


def unmarked(result: Result) -> bool:
    """Whether any accuracy above chance stands without a mark."""
    return any(
        one.metric == "accuracy" and _above_chance(one, result) and not one.marks
        for each in result.rows
        for one in each.summaries
        if each.control is None
    )


def without(part: str) -> Callable[[Result], ResultRow | None]:
    """Return the function that finds the row without a part."""
    return partial(row, removed=part)


def shuffled(result: Result) -> ResultRow | None:
    """Return the control whose EEG is shuffled."""
    return row(result, control="shuffle")


def _both(result: Result, metric: str, column: str) -> bool | None:
    beyond = _better_than(result, "predicted-label", metric, column)
    if beyond is None:
        return None
    return beyond and _better_than(result, "shuffle", metric, column) is not False


def _better_than(result: Result, control: str, metric: str, column: str) -> bool | None:
    """Whether *Full* is significantly better than a control; None if that was not tested."""
    found = summary(row(result, control=control), metric, column)
    if found is None or found.p_corrected is None:
        return None
    better = next(s.better for s in result.rows[0].scores if (s.metric, s.column) == (metric, column))
    return _significant(found) and (_difference(found) < 0) == (better == "higher")


def _above_chance(found: Summary, result: Result) -> bool:
    rows = sum(summary(each, "accuracy", "top-1") is not None for each in result.rows)
    return found.p_null is not None and found.p_null <= LEVEL / rows


def _significant(found: Summary) -> bool:
    return found.p_corrected is not None and found.p_corrected < LEVEL


def _differs(found: Summary, tests: int) -> bool:
    """Whether a difference is significant, or, where it is not tested, its interval for so many tests excludes zero.

    The interval of a mean at a level of 5 % is widened as a normal one is (Bonferroni).
    """
    if found.p_corrected is not None or found.difference_interval is None:
        return _significant(found)
    low, high = found.difference_interval
    wider = norm.isf(LEVEL / 2 / tests) / norm.isf(LEVEL / 2)
    return bool(abs(_difference(found)) > wider * (high - low) / 2)


def _difference(found: Summary) -> float:
    return found.difference or 0.0


def _any(answers: Iterable[bool | None]) -> bool | None:
    """Return whether any answer is yes; None if there is none at all."""
    known = [answer for answer in answers if answer is not None]
    return any(known) if known else None
