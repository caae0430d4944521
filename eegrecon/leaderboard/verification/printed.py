"""What a verification found as text: for a terminal, for a page, and for a comment on a pull request."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from eegrecon.errors import printable
from eegrecon.leaderboard.markup import code, plain
from eegrecon.leaderboard.verification.record import CONSISTENT, PROVED, Check, Verification

_SCORE = "score: "


class Line(NamedTuple):
    """One check, or the scores of one row that have one outcome."""

    name: str
    state: str
    text: str


def lines(checks: Sequence[Check]) -> Iterator[Line]:
    """Yield each check, with the scores of a row that agree or could not be checked in one line."""
    scores: dict[tuple[str, str, str], list[Check]] = {}
    for check in checks:
        if not check.name.startswith(_SCORE):
            yield Line(check.name, check.state, check.text)
        else:
            row = check.name.partition(" of ")[2]
            reason = "" if check.state == "ok" else check.text
            scores.setdefault((row, check.state, reason), []).append(check)
    for (row, state, reason), found in scores.items():
        columns = ", ".join(f"{_column(check)} {check.text}" if state == "ok" else _column(check) for check in found)
        yield Line(f"scores of {row}", state, f"{columns}: {reason}" if reason else columns)


def _column(check: Check) -> str:
    return check.name.removeprefix(_SCORE).partition(" of ")[0].partition(".")[2]


def text(found: Verification, path: str) -> str:
    """Return what was found, for a terminal of 80 columns."""
    printed = [f"{path}: {found.name}" if found.name else path]
    for name, state, about in lines(found.checks):
        printed += [f"  {state:<12}{name}", *(f"              {line}" for line in textwrap.wrap(about, 64))]
    return printable("\n".join([*printed, "", *textwrap.wrap(_conclusion(found), 78)]))


def _conclusion(found: Verification) -> str:
    if found.state == "failed":
        names = ", ".join(dict.fromkeys(check.name for check in found.failed))
        return f"FAILED: {names}"
    return f"{found.state}. {PROVED if found.state == 're-scored' else CONSISTENT}"


def markdown(found: Verification, path: str) -> str:
    """Return what was found for a comment; texts of the submission stand in it as code, so that none is markup."""
    state = {"failed": "**failed**", "consistent": "consistent, not re-scored", "re-scored": "**re-scored**"}
    written = [f"### {code(found.name or path)}: {state[found.state]}", ""]
    count = Counter(check.state for check in found.checks)
    written += [f"{len(found.checks)} checks: {', '.join(f'{n} {state}' for state, n in count.items())}.", ""]
    shown = [line for line in lines(found.checks) if line.state != "ok"]
    if shown:
        written += ["| check | outcome | |", "|---|---|---|"]
        written += [f"| {code(name)} | {state} | {code(about) if about else ''} |" for name, state, about in shown]
        written.append("")
    written.append(plain("" if found.state == "failed" else PROVED if found.state == "re-scored" else CONSISTENT))
    return "\n".join(written)
