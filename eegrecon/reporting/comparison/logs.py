"""A check against a baseline as a table of a CI log, as Markdown for a step summary, and as JUnit XML."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree

from eegrecon.errors import printable
from eegrecon.reporting.cells import between, number, signed
from eegrecon.reporting.comparison.recorded import RecordedRun
from eegrecon.reporting.comparison.regression import Checked, failures

_HEAD = ("column", "baseline", "now", "change", "allowed", "")


def text(found: Sequence[Checked], run: RecordedRun, baseline: RecordedRun) -> str:
    """Return a table of plain characters, and what it means."""
    rows = [_HEAD, *map(_row, found)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(_HEAD))]
    lines = ["  ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return printable("\n".join([*lines, "", *_conclusion(found, run, baseline)]))


def markdown(found: Sequence[Checked], run: RecordedRun, baseline: RecordedRun) -> str:
    """Return the table as Markdown."""
    rows = [_HEAD, ("---", *["---:"] * 4, "---"), *map(_row, found)]
    lines = [f"| {' | '.join(value.replace('|', '¦') for value in row)} |" for row in rows]
    title = f"### eegrecon leaderboard check: {'failed' if failures(found) else 'passed'}"
    return printable("\n".join([title, "", *lines, "", *_conclusion(found, run, baseline), ""]))


def _row(one: Checked) -> tuple[str, ...]:
    now = "-" if one.now is None else f"{number(one.now.value)} {between(one.now.interval)}".strip()
    change = "-" if one.change is None else f"{signed(one.change)} {between(one.interval)}".strip()
    return (
        f"{one.column} {'↑' if one.higher else '↓'}",
        f"{number(one.before.value)} {between(one.before.interval)}".strip(),
        now,
        change,
        f"{one.allowed:g}",
        one.state,
    )


def _conclusion(found: Sequence[Checked], run: RecordedRun, baseline: RecordedRun) -> list[str]:
    failed = failures(found)
    paired = all(one.paired for one in found if one.change is not None)
    how = "paired by trial" if paired else "of both intervals, as of independent runs, where not paired by trial"
    lines = [
        f"{run.name} against {baseline.name}, row {run.result.rows[0].label}: change with its 95 % interval, {how}; "
        "REGRESSION: the interval lies beyond the allowed drop (one-sided 2.5 %, corrected over the columns).",
    ]
    if min(len(run.result.seeds), len(baseline.result.seeds)) == 1:
        lines.append(
            "One training: the intervals do not know how much trainings differ, as on another processor; allow for it "
            "with --max-drop, or run more seeds."
        )
    if not failed:
        return [*lines, f"No evidence of a regression in {len(found)} columns."]
    return [*lines, f"{len(failed)} of {len(found)} columns fail: {', '.join(one.column for one in failed)}."]


def junit(found: Sequence[Checked], run: RecordedRun, baseline: RecordedRun) -> str:
    """Return the check as JUnit XML, with a test case for each column."""
    suite = ElementTree.Element(
        "testsuite",
        name="eegrecon leaderboard check",
        tests=str(len(found)),
        failures=str(len(failures(found))),
        errors="0",
    )
    for one in found:
        case = ElementTree.SubElement(suite, "testcase", classname=one.metric, name=printable(one.column))
        _, before, now, change, allowed, state = _row(one)
        facts = printable(f"baseline {before}, now {now}, change {change}, allowed drop {allowed}")
        if one.failed:
            ElementTree.SubElement(case, "failure", message=state).text = facts
        else:
            ElementTree.SubElement(case, "system-out").text = facts
    ElementTree.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suite, encoding="unicode") + "\n"
