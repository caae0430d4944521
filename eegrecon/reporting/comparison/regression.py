"""The check of a run against a baseline: a regression is a drop that the intervals show, never a changed digit.

Numbers of another processor differ in their last digits, and after training in the second decimal. Where both runs have
the same trials of the same data, the drop's interval is paired by trial. Otherwise it is made of the intervals of both
numbers, as of independent ones (MOVER: Zou and Donner, 2008), which is wider. With one seed it does not know how much
trainings differ; that is for ``--max-drop``, or for more seeds.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from eegrecon.errors import DataError, UsageError, unknown
from eegrecon.evaluation import statistics
from eegrecon.interfaces.records import Summary
from eegrecon.reporting.comparison.comparing import unlike
from eegrecon.reporting.comparison.recorded import RecordedRun, paired_difference

LEVEL = 0.025  # of the one-sided test, corrected over the columns
_Z = 1.959964  # a 95 % interval's half width, in standard errors
State = Literal["ok", "REGRESSION", "MISSING", "OTHER IDENTITY", "not tested"]


@dataclass(frozen=True)
class Checked:
    """One column of the first row, now and in the baseline.

    Attributes:
        metric: name of the metric.
        column: name of its column.
        higher: whether a higher score is better.
        before: the baseline's number with its interval.
        now: the run's number with its interval; None where there is none.
        change: now minus before; None without a number.
        interval: 95 % interval of the change; None where it cannot be computed.
        allowed: drop that is allowed.
        p: one-sided p value that the drop exceeds it, corrected over the columns.
        paired: whether the interval is paired by trial.
        state: what that means.
    """

    metric: str
    column: str
    higher: bool
    before: Summary
    now: Summary | None
    change: float | None
    interval: tuple[float, float] | None
    allowed: float
    p: float | None
    paired: bool
    state: State

    @property
    def failed(self) -> bool:
        """Whether the column fails the check."""
        return self.state in ("REGRESSION", "MISSING", "OTHER IDENTITY")


def check(run: RecordedRun, baseline: RecordedRun, drops: Mapping[str, float]) -> tuple[Checked, ...]:
    """Return how every column of a run's first row compares with a baseline.

    Args:
        run: the run.
        baseline: what it is checked against.
        drops: allowed drop by metric or by ``metric.column``.

    Raises:
        DataError: they are of different benchmarks, profiles or protocols.
        UsageError: there is no metric or column of that name.
    """
    for name in ("benchmark", "profile", "protocol"):
        own, other = getattr(run.result, name), getattr(baseline.result, name)
        if own != other:
            raise DataError(f"{run.name} has the {name} {own!r}, and the baseline {baseline.name} {other!r}")
    if not baseline.result.rows or not run.result.rows or not baseline.result.rows[0].summaries:
        raise DataError(f"{baseline.name} or {run.name} has no scores in its first row")
    _check_names(drops, baseline)
    paired = not list(unlike(run, baseline))
    found = [_column(summary, run, baseline, drops, paired=paired) for summary in baseline.result.rows[0].summaries]
    corrected = statistics.holm([one.p for one in found])
    return tuple(_decided(one, p) for one, p in zip(found, corrected, strict=True))


def _check_names(drops: Mapping[str, float], baseline: RecordedRun) -> None:
    summaries = baseline.result.rows[0].summaries
    known = dict.fromkeys(name for s in summaries for name in (s.metric, f"{s.metric}.{s.column}"))
    for name, drop in drops.items():
        if name not in known:
            raise unknown("metric or column", name, known, "--max-drop")
        if not (math.isfinite(drop) and drop >= 0):
            raise UsageError(f"--max-drop {name}={drop}: a drop is a number from 0")


def _column(
    before: Summary, run: RecordedRun, baseline: RecordedRun, drops: Mapping[str, float], *, paired: bool
) -> Checked:
    key = (before.metric, before.column)
    higher = next(s.better for s in baseline.result.rows[0].scores if (s.metric, s.column) == key) == "higher"
    allowed = drops.get(f"{before.metric}.{before.column}", drops.get(before.metric, 0.0))
    now = next((s for s in run.result.rows[0].summaries if (s.metric, s.column) == key), None)
    if now is None or now.identity != before.identity:
        state: State = "MISSING" if now is None else "OTHER IDENTITY"
        return Checked(*key, higher, before, now, None, None, allowed, None, False, state)
    change = now.value - before.value
    interval = _paired(run, baseline, key) if paired else None
    found = interval or _independent(before, now, change)
    p = None if found is None else _p_of_drop(change, found, allowed, higher=higher)
    return Checked(*key, higher, before, now, change, found, allowed, p, interval is not None, "ok")


def _paired(run: RecordedRun, baseline: RecordedRun, key: tuple[str, str]) -> tuple[float, float] | None:
    scores, base = run.scores(run.result.rows[0])[key], baseline.scores(baseline.result.rows[0])[key]
    found = paired_difference(scores, base)
    interval: tuple[float, float] | None = found.get("difference_interval")
    return interval


def _independent(before: Summary, now: Summary, change: float) -> tuple[float, float] | None:
    """Return the interval of a change from the intervals of both numbers and their spread between seeds."""
    if before.interval is None or now.interval is None:
        return None
    spread = _Z * math.hypot(before.seed_spread or 0.0, now.seed_spread or 0.0)
    low = math.hypot(now.value - now.interval[0], before.interval[1] - before.value, spread)
    high = math.hypot(now.interval[1] - now.value, before.value - before.interval[0], spread)
    return change - low, change + high


def _p_of_drop(change: float, interval: tuple[float, float], allowed: float, *, higher: bool) -> float:
    """Return the one-sided p value that a score dropped by more than is allowed.

    It is below `LEVEL` exactly where the interval lies beyond the allowed drop.
    """
    drop = -change if higher else change
    reach = interval[1] - change if higher else change - interval[0]
    if reach <= 0:
        return 0.0 if drop > allowed else 1.0
    return 0.5 * math.erfc((drop - allowed) / (reach / _Z) / math.sqrt(2))


def _decided(one: Checked, p: float | None) -> Checked:
    if one.failed:
        return one
    return replace(one, p=p, state="not tested" if p is None else "REGRESSION" if p < LEVEL else "ok")


def failures(found: Sequence[Checked]) -> tuple[Checked, ...]:
    """Return the columns that fail the check."""
    return tuple(one for one in found if one.failed)
