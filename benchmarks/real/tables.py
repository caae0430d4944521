"""The tables of docs/real.md, from results and from what ``eegrecon data check --null`` printed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from published import DEFAULT_SPLIT, RESAMPLED

from eegrecon import Result
from eegrecon.interfaces.records import ResultRow, Summary

Results = Mapping[str, Result]  # by problem
Nulls = Mapping[str, Mapping[str, str]]  # by protocol and problem
SPLITS = {"published": "archive's split", "distinct": "the same without copies", "mixed": "mixed split"}
ABOVE = 0.025  # one-sided level of "above chance"
NULL = re.compile(r"(noise|rest).*?the class of ([\d.]+) of \d+ test trials named.*?\(p = ([\d.e-]+),")


def _lines(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [f"| {' | '.join(cells)} |" for cells in (header, *rows)]
    return "\n".join([lines[0], f"|---|{'---:|' * (len(header) - 1)}", *lines[1:]])


def _top(row: ResultRow) -> Summary | None:
    return next((summary for summary in row.summaries if summary.column == "top-1"), None)


def _cell(row: ResultRow) -> str:
    """Return accuracy, interval, spread over trainings and whether it is above the permuted outputs."""
    summary = _top(row)
    if summary is None:
        return "-"
    low, high = summary.interval or (np.nan, np.nan)
    spread = f" ±{summary.seed_spread:.3f}" if summary.seed_spread else ""
    above = "+" if summary.p_null is not None and summary.p_null < ABOVE else ""
    doubt = "‡" if summary.marks else ""
    return f"{summary.value:.3f}{above}{doubt} [{low:.3f}, {high:.3f}]{spread}"


def accuracies(results: Results) -> str:
    """Return the accuracy of every encoder on every problem, of the floors, and as published."""
    first = next(iter(results.values()))
    rows = [["test trials", *(_trials(result) for result in results.values())]]
    rows.append(["chance: one of the classes", *(f"{_chance(result):.3f}" for result in results.values())])
    rows.append(["*permuted outputs of BrainVis, 95 %*", *(_permuted(result) for result in results.values())])
    for row in first.rows:
        label = f"*BrainVis, {row.label.removeprefix('control: ')}*" if row.control else row.label
        rows.append([label, *(_cell(_row(result, row.label)) for result in results.values())])
    for number, one in enumerate(DEFAULT_SPLIT, 1):
        cells = [f"{one.accuracy[name]:.3f}" if name in one.accuracy else "" for name in results]
        rows.append([f"published: {one.label} ({number})", *cells])
    sources = "\n".join(f"{number}. {one.source}" for number, one in enumerate(DEFAULT_SPLIT, 1))
    return f"{_lines(['', *results], rows)}\n\n{sources}"


def _row(result: Result, label: str) -> ResultRow:
    return next(row for row in result.rows if row.label == label)


def _trials(result: Result) -> str:
    return str(next(score.n for score in result.rows[0].scores if score.column == "top-1"))


def _chance(result: Result) -> float:
    chance = next(score.chance for score in result.rows[0].scores if score.column == "top-1")
    return np.nan if chance is None else chance


def _permuted(result: Result) -> str:
    summary = _top(result.rows[0])
    return "-" if summary is None or summary.null is None else f"{summary.null[0]:.3f} to {summary.null[1]:.3f}"


def audits(results: Results) -> str:
    """Return the verdict of every audit on every problem, and the evidence below."""
    names = [audit.name for audit in next(iter(results.values())).audits]
    verdicts = {name: {audit.name: audit for audit in result.audits} for name, result in results.items()}
    rows = [[f"`{name}`", *(verdicts[problem][name].verdict for problem in results)] for name in names]
    evidence = [
        f"- {problem}, `{name}` **{verdicts[problem][name].verdict}**: {verdicts[problem][name].evidence}"
        for problem in results
        for name in names
    ]
    return "\n".join([_lines(["audit", *results], rows), "", *evidence])


def notes(results: Results) -> str:
    """Return what the data set says of each problem."""
    return "\n".join(f"- {'; '.join(note.rstrip('.') for note in result.notes)}." for result in results.values())


def protocols(lines: Mapping[str, Results], drawn: Mapping[str, Sequence[Result]], nulls: Nulls) -> str:
    """Return what linear readers find under each division of the trials, with and without a brain.

    Args:
        lines: of the linear reader, by protocol and problem; of ``mixed`` the first draw.
        drawn: the results of all random divisions, by problem.
        nulls: what ``data check --null`` printed, by protocol, of problems whose trials have a known time.
    """
    problems = list(drawn)
    rows = [
        [f"linear reader, {SPLITS[protocol]}", *(_cell(lines[protocol][name].rows[0]) for name in problems)]
        for protocol in ("published", "distinct")
    ]
    rows.append([f"linear reader, {SPLITS['mixed']}", *(_mean(drawn[name]) for name in problems)])
    for protocol in ("published", "mixed"):
        found = {
            **{f"audit `{audit}`": _verdicts(lines[protocol], audit) for audit in ("block-design", "drift")},
            "EEG without a brain": [_null(nulls[protocol].get(name, "")) for name in problems],
        }
        rows += [[f"{label}, {SPLITS[protocol]}", *cells] for label, cells in found.items()]
    best = ((SPLITS["published"], DEFAULT_SPLIT[0]), ("resampled", RESAMPLED))
    rows += [
        [f"published: {one.label}, {split}", *(f"{one.accuracy[name]:.3f}" for name in problems)] for split, one in best
    ]
    return f"{_lines(['', *problems], rows)}\n\nResampled: {RESAMPLED.source}."


def _mean(results: Sequence[Result]) -> str:
    """Return mean and values of the first row of several results."""
    values = [summary.value for each in results if (summary := _top(each.rows[0]))]
    return f"{np.mean(values):.3f} ({', '.join(f'{value:.3f}' for value in values)})"


def _verdicts(results: Results, name: str) -> list[str]:
    return [audit.verdict for result in results.values() for audit in result.audits if audit.name == name]


def _null(printed: str) -> str:
    """Return what the lines of EEG without a brain say: accuracy and p value of each kind."""
    lines = [line for line in printed.splitlines() if "EEG without a brain" in line]
    found = [(match, line.startswith("LEAK")) for line in lines if (match := NULL.search(line))]
    texts = [f"{match[1]} {match[2]}{', leaks' if leaks else ''} (p = {match[3]})" for match, leaks in found]
    return "; ".join(texts) or "-"


def designs(nulls: Mapping[str, str]) -> str:
    """Return what linear readers find in EEG without a brain under simulated designs.

    Args:
        nulls: what ``data check --null`` printed, by design.
    """
    return _lines(["design", "found"], [[design, _null(printed)] for design, printed in nulls.items()])
