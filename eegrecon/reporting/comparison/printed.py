"""A comparison as lines of a terminal, and as JSON-like records."""

from __future__ import annotations

import dataclasses
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from eegrecon.errors import printable
from eegrecon.reporting.cells import ONE_TRAINING, SIGNIFICANT, between, number, signed
from eegrecon.reporting.comparison.comparing import Compared, Comparison, Difference
from eegrecon.reporting.summary.headline import headline
from eegrecon.reporting.tables import table_of

_ONCE = (
    f"{ONE_TRAINING} one training each: the difference is between these two trainings, with its interval over pictures"
    ", and is not tested; whether the two configurations differ takes more seeds (--seeds 3)"
)
_PAIRED = (
    f"[low, high]: 95 % interval over pictures, differences paired by trial; {SIGNIFICANT} significant (paired test, "
    "Holm-corrected over the comparison, 5 %)"
)


def text(comparison: Comparison, *, in_full: bool = False) -> str:
    """Return a comparison for a terminal of 80 columns: of the columns that matter most, or of all."""
    result = comparison.runs[0].result
    important = {(column.metric, column.name) for column in headline(result, table_of(result).headings)}
    shown = [one for one in comparison.numbers if in_full or (one.metric, one.column) in important]
    left_out = len(comparison.numbers) - len(shown)
    more = f"{left_out} more numbers with --wide" if left_out else ""
    return printable("\n".join(_lines(replace(comparison, numbers=tuple(shown)), more)))


def letter(run: int) -> str:
    """Return the letter of a run, by its position."""
    return chr(ord("A") + run) if run < 26 else f"R{run + 1}"


def _lines(comparison: Comparison, more: str) -> Iterator[str]:
    for place, run in enumerate(comparison.runs):
        result = run.result
        about = f"{result.benchmark} {result.version}, profile {result.profile}, protocol {result.protocol}"
        yield f"{letter(place)}  {run.name}: {about}"
        changes = comparison.settings[place]
        yield from textwrap.wrap(
            f"differs from A in: {'; '.join(changes)}" if changes and place else "", 78,
            initial_indent="   ", subsequent_indent="   ",
        )  # fmt: skip
    row, column = "", ""
    for one in comparison.numbers:
        if one.row != row:
            row, column = one.row, ""
            yield ""
            yield row
        here = f"{one.metric}.{one.column} {one.identity}"
        if here != column:
            column = here
            yield f"  {one.column} {'↑' if one.better == 'higher' else '↓'}  ({one.identity})"
        yield _line(one)
    yield ""
    for note in (*_notes(comparison), *([more] if more else [])):
        yield from textwrap.wrap(note, 78, subsequent_indent="  ")


def _line(one: Compared) -> str:
    value = f"    {letter(one.run)} {number(one.value)} {between(one.interval)}".ljust(36)
    return f"{value}{_change(one.run, one.difference)}".rstrip()


def _change(run: int, found: Difference | None) -> str:
    if found is None:
        return ""
    significant = found.p is not None and found.p < 0.05
    mark = SIGNIFICANT if significant else ONE_TRAINING if found.trainings == 1 else ""
    tested = "" if found.p is None else f" p {found.p:.2g}"
    return f"{letter(run)} - A {signed(found.value)}{mark} {between(found.interval)}{tested}"


def _notes(comparison: Comparison) -> Iterator[str]:
    yield from comparison.notes
    differences = [one.difference for one in comparison.numbers if one.difference]
    if differences:
        yield _PAIRED
    if any(found.trainings == 1 for found in differences):
        yield _ONCE
    if any(found.interval is None for found in differences):
        yield "a difference without interval is of a score of a set without recorded values for groups of pictures"


def record(comparison: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON-like values."""
    return {
        "runs": [run.name for run in comparison.runs],
        "unpaired": [list(reasons) for reasons in comparison.unpaired],
        "settings": [list(changes) for changes in comparison.settings],
        "numbers": [dataclasses.asdict(one) for one in comparison.numbers],
    }
