"""Results, audits and dry runs on a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from eegrecon.interfaces.records import ResultRecord
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.reporting.tables import SideTable, Table, TableCell, table_of

WIDTH = 180  # characters where the output is no terminal
_VERDICTS = {"PASS": "green", "WARN": "yellow", "FAIL": "bold red", "inconclusive": "dim"}
_STYLES = {"variant": "bold", "control": "yellow", "published": "dim italic", "chance": "dim"}


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def print_result(found: ResultRecord) -> None:
    """Print a result's table, its notes, and where it lies."""
    shown = table_of(found)
    console = _console()
    title = f"{found.benchmark} {found.version}, profile {found.profile}, {found.dataset}, protocol {found.protocol}, "
    title += f"subjects {', '.join(map(str, found.subjects))}, seed {', '.join(map(str, found.seeds))}"
    title += f", {found.precision}" if found.precision != "fp32" else ""
    console.print(title, style="bold", markup=False, soft_wrap=True)
    if found.paper_table is not None:
        asked = found.paper_table
        console.print(f"as table {asked.name} of {found.source}: {asked.title}", style="bold", markup=False)
    for columns in _blocks(shown, console.width):
        console.print(_grid(shown, columns))
    console.print(
        "below a value: its interval, then its difference from Full; - : no value, reasons below or in table.csv",
        style="dim",
    )
    for note in shown.notes:
        console.print(f"- {note}", markup=False)
    for small in shown.beside:
        console.print(_small(small))
        for note in small.notes:
            console.print(f"- {note}", markup=False)
    total = sum(stage.seconds for stage in found.stages.values() if not stage.hit)
    hits = sum(stage.hit for stage in found.stages.values())
    console.print(f"stages: {hits} from the store, {len(found.stages) - hits} made in {total:.1f} s")
    console.print(f"command: {found.command}", markup=False)
    console.print(
        f"result: {found.folder} (result.json, table.md, table.tex, table.csv, trials.csv, pictures.png)", markup=False
    )


def print_audits(found: ResultRecord) -> None:
    """Print what the audits of a run found."""
    shown = table_of(found).audits
    if shown is not None:
        _console().print(_small(shown))


def _small(small: SideTable) -> RichTable:
    grid = RichTable(title=small.title, title_justify="left", show_lines=False)
    for name in small.header:
        grid.add_column(name)
    for row in small.rows:
        grid.add_row(*(Text(cell, style=_VERDICTS.get(cell, "")) for cell in row))
    return grid


def _blocks(shown: Table, width: int) -> list[range]:
    """Cut the columns into blocks that fit beside the labels of the rows."""
    left = width - max(len(row.label) for row in shown.rows) - 4
    blocks: list[range] = []
    room = 0
    for number, heading in enumerate(shown.headings):
        cells = (_cell(row.cells[number]).plain.splitlines() for row in shown.rows)
        need = 3 + max(map(len, (heading.title, *(line for lines in cells for line in lines))))
        if not blocks or need > room:
            blocks.append(range(number, number))
            room = left
        blocks[-1] = range(blocks[-1].start, number + 1)
        room -= need
    return blocks


def _grid(shown: Table, columns: range) -> RichTable:
    grid = RichTable()
    grid.add_column("", min_width=max(len(row.label) for row in shown.rows))
    for heading in (shown.headings[column] for column in columns):
        grid.add_column(f"{heading.title}\nn={heading.n}", justify="right")
    for row in shown.rows:
        cells = [row.cells[column] for column in columns]
        if row.kind in ("variant", "control") or any(cell.value is not None for cell in cells):
            style = _STYLES[row.kind]
            grid.add_row(Text(row.label), *map(_cell, cells), style=style, end_section=row.kind == "chance")
    return grid


def _cell(cell: TableCell) -> Text:
    below = [line for line in (cell.spread, *cell.change.split(" ", 1)) if line]
    return Text(cell.text).append("".join(f"\n{line}" for line in below), style="not bold dim")


def plan_as_json(planned: Iterable[PlannedStage]) -> str:
    """Return the plan of a dry run for programs."""
    lines = [
        {
            "stage": step.stage.name, "kind": step.stage.kind, "key": step.stage.key, "state": step.state,
            "subject": step.stage.subject, "seed": step.stage.seed, "rows": step.variants,
        }
        for step in planned
    ]  # fmt: skip
    return json.dumps({"stages": lines}, indent=1, ensure_ascii=False)


def print_plan(planned: Iterable[PlannedStage]) -> None:
    """Print which stages would run, which are in the store, and which rows share each."""
    grid = RichTable(title="stages", title_justify="left")
    for name in ("stage", "subject", "seed", "key", "state", "used by"):
        grid.add_column(name)
    planned = list(planned)
    everyone = {row for step in planned for row in step.variants}
    for step in planned:
        stage = step.stage
        subject = "all" if stage.owner is None else str(stage.owner)
        seed = "any" if stage.seed is None else str(stage.seed)
        users = "every row" if set(step.variants) == everyone and len(everyone) > 1 else _shortly(step.variants)
        grid.add_row(stage.name, subject, seed, stage.key[:8], step.state, Text(users))
    console = _console()
    console.print(grid)
    counts = {state: sum(step.state == state for step in planned) for state in ("to run", "in store", "not needed")}
    console.print(", ".join(f"{count} {state}" for state, count in counts.items()))
    console.print(
        "A stage is shared by the rows whose configuration agrees on everything that it depends on: "
        "its component's fields, its data, its seed, and the stages that it reads.",
        style="dim",
    )


def _shortly(rows: Sequence[str], most: int = 3) -> str:
    """Name some rows, and say how many more there are."""
    more = f" and {len(rows) - most} more" if len(rows) > most + 1 else ""
    return "; ".join(rows[: most if more else None]) + more
