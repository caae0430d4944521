"""The pages of the site: every value is escaped, and each page forbids scripts other than its own and any request."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from eegrecon.leaderboard.markup import code, plain
from eegrecon.leaderboard.site.boards import Board, BoardEntry, BoardLine, BoardValue, Leaderboard
from eegrecon.leaderboard.site.entrants import Shown
from eegrecon.leaderboard.site.ranking import order
from eegrecon.leaderboard.verification import printed
from eegrecon.leaderboard.verification.record import CONSISTENT, PROVED
from eegrecon.reporting.cells import between, number
from eegrecon.reporting.html import scores
from eegrecon.reporting.html.examples import encoded, shown_size
from eegrecon.reporting.html.page import gravest_first
from eegrecon.reporting.html.templating import address, environment
from eegrecon.reporting.summary.sentences import sentences
from eegrecon.reporting.summary.view import View

TEMPLATES = Path(__file__).parent / "templates"
PICTURES = 10  # of a submission that its page shows
SIDE = 128  # pixels of a picture on a page, at most


@dataclass(frozen=True)
class Row:
    """One row of a board: an entry with its rank as shown, or a line."""

    entry: BoardEntry | None = None
    line: BoardLine | None = None
    rank: str = ""


def rows(board: Board) -> list[Row]:
    """Return entries and lines from best to worst by the first column, missing values last."""
    found = [Row(entry=entry, rank=_rank(entry.values[0] if entry.values else None)) for entry in board.entries]
    found += [Row(line=line) for line in board.lines]
    values = [_first(row) for row in found]
    higher = bool(board.columns) and board.columns[0].higher
    return [found[place] for place in order(values, higher=higher)]


def _first(row: Row) -> float | None:
    values = (row.entry or row.line or BoardLine(label="", kind="", values=())).values
    return values[0].value if values and values[0] is not None else None


def _rank(value: BoardValue | None) -> str:
    return "-" if value is None or value.rank is None else str(value.rank)


def disclosed(entry: BoardEntry) -> str:
    """Return what a reader has to know to compare an entry, on one line."""
    said = entry.disclosures
    parts = [f"{said.samples_per_trial} picture{'' if said.samples_per_trial == 1 else 's'} a trial"]
    parts += [f"{said.trials_averaged} trials averaged"] if said.trials_averaged > 1 else []
    parts += [f"calibration {said.calibration}"]
    parts += [] if said.channels == "all" else [f"channels: {said.channels}"]
    parts += [] if said.extra_data == "none" else [f"extra data: {said.extra_data}"]
    return "; ".join(parts)


@cache
def _environment() -> Any:
    from markupsafe import Markup

    found = environment(TEMPLATES)
    script = Markup((TEMPLATES / "sort.js").read_text(encoding="utf-8"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    found.filters |= {"number": number, "between": between, "exact": repr, "rows": rows, "disclosed": disclosed}
    found.globals |= {"script": script, "script_hash": Markup(f"'sha256-{digest}'")}
    return found


def index(leaderboard: Leaderboard) -> str:
    """Return the page of all boards."""
    return str(_environment().get_template("index.html.jinja").render(leaderboard=leaderboard))


def submission_page(shown: Shown) -> str:
    """Return the page of a submission, which is open."""
    submission, result = shown.submission, shown.submission.result
    table = shown.table
    view = View(result, table)
    return str(
        _environment()
        .get_template("submission.html.jinja")
        .render(
            manifest=submission.manifest,
            digest=submission.digest,
            verification=shown.verification,
            checks=list(printed.lines(shown.verification.checks)),
            result=result,
            table=table,
            sentences=sentences(result, table),
            panels=scores.panels(view),
            audits=gravest_first(result.audits),
            pictures=list(_pictures(shown)),
            proved=PROVED if shown.verification.state == "re-scored" else CONSISTENT,
        )
    )


def _pictures(shown: Shown) -> Iterator[dict[str, str]]:
    """Yield the first pictures of the first row, written anew, with the class that was seen and the decoded one."""
    submission = shown.submission
    record, result = submission.pictures_of(0), submission.result
    if record is None:
        return
    place = (result.subjects[0], result.seeds[0])
    trials, size = submission.trials[result.rows[0].label, *place], shown_size((record.height, record.width), SIDE)
    pictures = submission.first_pictures(record, *place, PICTURES)
    for picture, label, predicted in zip(pictures, trials.label, trials.predicted, strict=False):
        yield {"source": address(encoded(picture, size)), "label": label, "predicted": predicted}


def markdown(leaderboard: Leaderboard) -> str:
    """Return the boards as Markdown; names of others stand in it as code, so that none of them is markup."""
    lines = ["# Leaderboard", "", leaderboard.proved, ""]
    for board in leaderboard.boards:
        key = board.key
        title = f"{key.benchmark} {key.version}, profile {key.profile or 'default'}, protocol {key.protocol}"
        lines += [f"## {plain(title)}", ""]
        head = ["rank", "method", *(f"{column.column} {'↑' if column.higher else '↓'}" for column in board.columns)]
        lines += [_line([*map(plain, head), "state"]), "|---:|---|" + "---:|" * len(board.columns) + "---|"]
        for row in rows(board):
            if row.entry is not None:
                name = f"[{code(row.entry.name)}]({row.entry.page})"
                lines.append(_line([row.rank, name, *map(_shown, row.entry.values), row.entry.state]))
            elif row.line is not None:
                kind = "" if row.line.kind == "chance" else f"{row.line.kind}: "
                lines.append(_line(["", f"*{kind}{plain(row.line.label)}*", *map(_shown, row.line.values), ""]))
        lines.append("")
    if leaderboard.not_shown:
        lines += ["## Not shown", ""]
        lines += [f"- {code(one.name)}: {code('; '.join(one.reasons))}" for one in leaderboard.not_shown]
        lines.append("")
    return "\n".join(lines)


def _line(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _shown(value: BoardValue | None) -> str:
    if value is None:
        return "-"
    marks = ("‡" if value.marks else "") + ("▽" if value.not_above else "")
    return f"{number(value.value)}{marks} {between(value.interval)}".strip()
