"""What a verification found as text: for a terminal, and for a comment on a pull request."""

from __future__ import annotations

import textwrap

from eegrecon.errors import printable
from eegrecon.leaderboard.markup import code, plain
from eegrecon.leaderboard.verification.record import CONSISTENT, PROVED, Check, Verification

_SCORE = "score: "


def text(found: Verification, path: str) -> str:
    """Return what was found, for a terminal of 80 columns."""
    lines = [f"{path}: {found.name}" if found.name else path]
    scores = [check for check in found.checks if check.name.startswith(_SCORE)]
    for check in found.checks:
        if check not in scores:
            lines += _wrapped(check, check.name)
    lines += _of_scores(scores)
    lines += ["", *textwrap.wrap(_conclusion(found), 78)]
    return printable("\n".join(lines))


def _wrapped(check: Check, name: str) -> list[str]:
    first = f"  {check.state:<12}{name}"
    return [first, *(f"              {line}" for line in textwrap.wrap(check.text, 64))]


def _of_scores(checks: list[Check]) -> list[str]:
    """Return one line for each row whose scores agree, and each other score with its reason."""
    lines: list[str] = []
    rows: dict[str, list[Check]] = {}
    for check in checks:
        rows.setdefault(check.name.partition(" of ")[2], []).append(check)
    for label, found in rows.items():
        ok = [check for check in found if check.state == "ok"]
        lines.append(f"  {len(ok)} of {len(found)} scores of {label} computed again")
        values = ", ".join(f"{_column(check)} {check.text}" for check in ok)
        lines += [f"              {line}" for line in textwrap.wrap(values, 64)]
        reasons: dict[tuple[str, str], list[str]] = {}
        for check in found:
            if check.state != "ok":
                reasons.setdefault((check.state, check.text), []).append(_column(check))
        for (state, reason), columns in reasons.items():
            lines.append(f"  {state:<12}{', '.join(columns)}")
            lines += [f"              {line}" for line in textwrap.wrap(reason, 64)]
    return lines


def _column(check: Check) -> str:
    return check.name.removeprefix(_SCORE).partition(" of ")[0].partition(".")[2]


def _conclusion(found: Verification) -> str:
    if found.state == "failed":
        names = ", ".join(dict.fromkeys(check.name for check in found.failed))
        return f"FAILED: {names}"
    return f"{found.state}. {PROVED if found.state == 're-scored' else CONSISTENT}"


def markdown(found: Verification, path: str) -> str:
    """Return what was found for a comment; texts of the submission stand in it as code, so that none is markup."""
    state = {"failed": "**failed**", "consistent": "consistent, not re-scored", "re-scored": "**re-scored**"}
    lines = [f"### {code(found.name or path)}: {state[found.state]}", ""]
    shown = [check for check in found.checks if check.state != "ok"]
    agreed = len(found.checks) - len(shown)
    lines += [f"{agreed} of {len(found.checks)} checks passed.", ""]
    if shown:
        lines += ["| check | outcome | |", "|---|---|---|"]
        lines += [
            f"| {code(check.name)} | {check.state} | {code(check.text) if check.text else ''} |" for check in shown
        ]
        lines.append("")
    lines.append(plain("" if found.state == "failed" else PROVED if found.state == "re-scored" else CONSISTENT))
    return "\n".join(lines)
