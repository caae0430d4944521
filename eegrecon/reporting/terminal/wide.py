"""Everything that a result, its audits or a dry run have to show, as wide as the terminal is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from eegrecon.errors import printable
from eegrecon.interfaces.records import ResultRecord
from eegrecon.pipeline.costs.estimates import Cost
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.reporting.cells import SideTable, TableCell
from eegrecon.reporting.tables import Table, table_of
from eegrecon.reporting.terminal.plans import STATES, between, cost_lines, cost_sentences, human, totals
from eegrecon.reporting.terminal.text import ROWS, VERDICTS

WIDTH = 180  # characters where the output is no terminal
_FILES = "report.html, result.json, table.md, table.tex, table.csv, trials.csv, pictures.png"


def _console() -> Console:
    console = Console(highlight=False, soft_wrap=False)
    return console if console.is_terminal else Console(highlight=False, width=WIDTH)


def print_result(result: ResultRecord) -> None:
    """Print the table of a result, its notes and side tables, and where its files are."""
    table = table_of(result)
    console = _console()
    console.print(_text(_title(result), "bold"), soft_wrap=True)
    if result.paper_table is not None:
        preset = result.paper_table
        console.print(_text(f"as table {preset.name} of {result.source}: {preset.title}", "bold"))
    for columns in column_blocks(table, console.width):
        console.print(_grid(table, columns))
    console.print(
        "below a value: its interval, then its difference from Full; - : no value, for a reason in the notes",
        style="dim",
    )
    _print_notes(console, table.notes)
    for side_table in table.side_tables:
        console.print(_side_table(side_table))
        _print_notes(console, side_table.notes)
    seconds = sum(stage.seconds for stage in result.stages.values() if not stage.hit)
    hits = sum(stage.hit for stage in result.stages.values())
    console.print(f"stages: {hits} from the store, {len(result.stages) - hits} computed in {seconds:.1f} s")
    console.print(_text(f"command: {result.command}"))
    console.print(_text(f"result: {result.folder} ({_FILES})"))


def _text(text: str, style: str = "") -> Text:
    """Return a text without markup and controls."""
    return Text(printable(text), style=style)


def _title(result: ResultRecord) -> str:
    title = f"{result.benchmark} {result.version}, profile {result.profile}, {result.dataset}, "
    title += f"protocol {result.protocol}, subjects {', '.join(map(str, result.subjects))}, "
    title += f"seed {', '.join(map(str, result.seeds))}"
    return title + (f", {result.precision}" if result.precision != "fp32" else "")


def _print_notes(console: Console, notes: Iterable[str]) -> None:
    for note in notes:
        console.print(_text(f"- {note}"))


def print_audits(result: ResultRecord) -> None:
    """Print what the audits of a run found."""
    _console().print(_side_table(table_of(result).audits))


def _side_table(table: SideTable) -> RichTable:
    grid = RichTable(title=table.title, title_justify="left", show_lines=False)
    for name in table.header:
        grid.add_column(name)
    for row in table.rows:
        grid.add_row(*(_text(cell, VERDICTS.get(cell, "")) for cell in row))
    return grid


def column_blocks(table: Table, width: int) -> list[range]:
    """Return the columns in blocks that fit into a width beside the labels of the rows."""
    available = width - max(len(row.label) for row in table.rows) - 4
    blocks: list[range] = []
    room = 0
    for number, heading in enumerate(table.headings):
        cells = (_cell(row.cells[number]).plain.splitlines() for row in table.rows)
        need = 3 + max(map(len, (heading.title, *(line for lines in cells for line in lines))))
        if not blocks or need > room:
            blocks.append(range(number, number))
            room = available
        blocks[-1] = range(blocks[-1].start, number + 1)
        room -= need
    return blocks


def _grid(table: Table, columns: range) -> RichTable:
    grid = RichTable()
    grid.add_column("", min_width=max(len(row.label) for row in table.rows))
    for heading in (table.headings[column] for column in columns):
        grid.add_column(_text(f"{heading.title}\nn={heading.n}"), justify="right")
    for row in table.rows:
        cells = [row.cells[column] for column in columns]
        if row.kind in ("variant", "control") or any(cell.value is not None for cell in cells):
            label = _text(row.label)
            grid.add_row(label, *map(_cell, cells), style=ROWS[row.kind], end_section=row.kind == "chance")
    return grid


def _cell(cell: TableCell) -> Text:
    below = [line for line in (cell.spread, *cell.change.split(" ", 1)) if line]
    return _text(cell.text).append("".join(f"\n{line}" for line in below), style="not bold dim")


def print_plan(planned: Iterable[PlannedStage], cost: Cost | None = None) -> None:
    """Print which stages would run, which are in the store, which rows share each, and what those to run cost."""
    grid = RichTable(title="stages", title_justify="left")
    for name in ("stage", "subject", "seed", "key", "state", "used by"):
        grid.add_column(name)
    planned = list(planned)
    every_row = {label for step in planned for label in step.variants}
    for step in planned:
        stage = step.stage
        subject = "all" if stage.owner is None else str(stage.owner)
        seed = "any" if stage.seed is None else str(stage.seed)
        shared = set(step.variants) == every_row and len(every_row) > 1
        users = "every row" if shared else _abbreviated(step.variants)
        grid.add_row(*map(_text, (stage.name, subject, seed, stage.key[:8], step.state, users)))
    console = _console()
    console.print(grid)
    console.print(", ".join(f"{count} {state}" for count, state in zip(totals(planned), STATES, strict=True)))
    console.print(
        "Rows share a stage if their configurations agree on everything that it depends on: its component's fields, "
        "its data, its seed, and the stages that it reads.",
        style="dim",
    )
    if cost is not None and cost.stages:
        _print_cost(console, planned, cost)


def _print_cost(console: Console, planned: Sequence[PlannedStage], cost: Cost) -> None:
    """Print what the stages to run cost: a line for each name, then the whole."""
    grid = RichTable(title="what it will cost, from what stages like these took before", title_justify="left")
    for name in ("stage", "to run", "unknown", "each", "records", "together"):
        grid.add_column(name, justify="left" if name == "stage" else "right")
    for line in cost_lines(planned, cost, by_name=True):
        together = "-" if line.fastest is None else human(line.seconds)
        numbers = (str(line.stages), str(line.unknown or "-"), between(line), str(line.records), together)
        grid.add_row(*map(_text, (line.name, *numbers)))
    console.print(grid)
    _print_notes(console, cost_sentences(planned, cost))


def _abbreviated(labels: Sequence[str], most: int = 3) -> str:
    """Return some labels, and how many more there are."""
    more = f" and {len(labels) - most} more" if len(labels) > most + 1 else ""
    return "; ".join(labels[: most if more else None]) + more
