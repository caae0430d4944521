"""What a result, its audits or a dry run show at first: within 80 columns, however wide the terminal is."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from eegrecon.interfaces.records import AuditRecord, ResultRecord
from eegrecon.pipeline.costs.estimates import Cost
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.reporting.summary.sentences import sentences
from eegrecon.reporting.summary.view import View
from eegrecon.reporting.tables import table_of
from eegrecon.reporting.terminal.plans import STATES, between, by_kind, cost_lines, cost_sentences, human, totals
from eegrecon.reporting.terminal.short_table import short_table
from eegrecon.reporting.terminal.text import ROWS, VERDICTS, command_lines, cut, distinct, fitted, one_line, paragraph

WIDTH = 80
_FEW = 6  # subjects or seeds that are listed; of more, their number
_NAME = 20  # characters of an audit's or a kind's name
_NUMBERS = 55  # characters of what is said of the cost of a stage, beside its name
_STYLES = {**ROWS, "heading": "bold"}


class _Page:
    """Lines on standard output, none longer than `WIDTH`."""

    def __init__(self) -> None:
        terminal = Console()
        self.width = min(WIDTH, terminal.width) if terminal.is_terminal else WIDTH
        self._console = Console(highlight=False, width=self.width)

    def line(self, text: str | Text = "", style: str = "") -> None:
        """Print one line."""
        self._console.print(Text(text, style) if isinstance(text, str) else text)

    def text(self, text: str, style: str = "", first: str = "", others: str = "") -> None:
        """Print a paragraph, its first line and the others with what they begin with."""
        for line in paragraph(text, self.width, first, others):
            self.line(line, style)

    def command(self, *words: str) -> None:
        """Print a command that can be copied."""
        for line in command_lines(words, self.width, "  "):
            self.line(line)


def print_result(result: ResultRecord) -> None:
    """Print what a result shows, its table with the columns that matter most, and where everything else is."""
    page, table = _Page(), table_of(result)
    view = View(result, table)
    page.text(_title(result), "bold")
    if result.paper_table is not None:
        page.text(f"as table {result.paper_table.name} of {result.source}: {result.paper_table.title}", "bold")
    found = sentences(result, table)
    if found:
        page.line()
        page.line("What this run shows  ([low, high]: 95 % interval)", "bold")
        for sentence in found:
            page.text(sentence, first="- ", others="  ")
    page.line()
    short = short_table(view, page.width)
    for line, kind in short.lines:
        page.line(line, _STYLES[kind])
    page.text("; ".join(short.marks), "dim")
    for reason in _reasons(result):
        page.text(reason, first="- ", others="  ")
    page.line()
    _print_files(page, result, short.hidden)


def _title(result: ResultRecord) -> str:
    data = f"data {result.dataset.partition('.')[2] or result.dataset}"
    return "; ".join([
        f"{result.benchmark} {result.version}, profile {result.profile}",
        f"{data}, protocol {result.protocol}" if result.protocol else data,
        _some("subject", result.subjects),
        _some("seed", result.seeds) + (f", {result.precision}" if result.precision != "fp32" else ""),
    ])  # fmt: skip


def _some(name: str, numbers: Sequence[int]) -> str:
    if len(numbers) > _FEW:
        return f"{len(numbers)} {name}s"
    return f"{name}{'s' if len(numbers) > 1 else ''} {', '.join(map(str, numbers))}"


def _reasons(result: ResultRecord) -> list[str]:
    """Return the notes on data and method, and why rows have no scores."""
    found = dict.fromkeys(result.notes)
    for row in result.rows:
        reasons = [row.refused] if row.refused else list(dict.fromkeys(row.blank.values())) if row.failed else []
        found |= dict.fromkeys(f"{row.label}: {reason}" for reason in reasons)
    return list(found)


def _print_files(page: _Page, result: ResultRecord, hidden: int) -> None:
    """Print where the files are and what can be done next."""
    computed = [stage for stage in result.stages.values() if not stage.hit]
    seconds = sum(stage.seconds for stage in computed)
    page.text(
        f"stages: {len(result.stages) - len(computed)} from the store, {len(computed)} computed in {seconds:.1f} s"
    )
    page.text(f"files: {result.folder} (report.html, result.json, table.md …)", others="  ")
    more = f"{hidden} more columns, tests and notes" if hidden else "tests and notes"
    page.text(f"{more}: the same command with --wide, or table.md", others="  ")
    plugins = [word for file in result.request.get("plugins", ()) for word in ("--plugin", str(file))]
    undecided = any(audit.name == "determinism" and audit.verdict == "inconclusive" for audit in result.audits)
    if undecided:
        page.text("next, compute it again and compare:")
        page.command("eegrecon", "audit", result.folder, *plugins, "--twice")
    elif result.audits:
        page.text("next, the evidence of the audits:")
        page.command("eegrecon", "audit", result.folder, *plugins, "--wide")


def print_audits(result: ResultRecord) -> None:
    """Print the verdict of each audit of a run, with the start of its evidence on the same line."""
    page = _Page()
    page.text(f"Audits of {result.rows[0].label} in {result.folder}", "bold")
    names = distinct([one_line(audit.name) for audit in result.audits], _NAME)
    for name, audit in zip(names, result.audits, strict=True):
        start = f"{audit.verdict:<12}  {name:<{max(map(len, names))}}  "
        line = Text(start + cut(audit.evidence, page.width - len(start)))
        line.stylize(VERDICTS[audit.verdict], 0, len(audit.verdict))
        page.line(line)
    page.text(_counted(result.audits) + "; the evidence in full: the same command with --wide", others="  ")


def _counted(audits: Sequence[AuditRecord]) -> str:
    counts = {verdict: sum(audit.verdict == verdict for audit in audits) for verdict in VERDICTS}
    return ", ".join(f"{count} {verdict}" for verdict, count in counts.items() if count) or "no audits were made"


def print_plan(planned: Iterable[PlannedStage], cost: Cost | None = None) -> None:
    """Print how many stages of each kind would run, are in the store, or are not needed, and what they cost."""
    page, planned = _Page(), list(planned)
    rows = list(dict.fromkeys(label for step in planned for label in step.variants))
    page.text(f"{len(planned)} stages for {len(rows)} rows", "bold")
    page.line(f"{'kind':<{_NAME}}{''.join(f'{state:>12}' for state in STATES)}  stages", "bold")
    for kind in by_kind(planned):
        start = f"{fitted(one_line(kind.kind), _NAME - 1):<{_NAME}}{''.join(f'{count:>12}' for count in kind.counts)}  "
        page.line(start + cut(", ".join(kind.names), page.width - len(start)))
    page.line(f"{'all':<{_NAME}}{''.join(f'{count:>12}' for count in totals(planned))}", "bold")
    page.text("not needed: everything that reads it is in the store; each stage by itself: --wide", "dim")
    if cost is not None and cost.stages:
        page.line()
        _print_cost(page, planned, cost)


def _print_cost(page: _Page, planned: Sequence[PlannedStage], cost: Cost) -> None:
    """Print what the stages to run cost: a line for each name, then the whole."""
    page.line("What it will cost, from what stages like these took before", "bold")
    if cost.unknown < len(cost.stages):
        room = page.width - _NUMBERS
        page.line(f"{'stage':<{room}}{'to run':>8}{'unknown':>9}{'each':>19}{'records':>9}{'together':>10}", "bold")
        for line in cost_lines(planned, cost, by_name=False):
            together = "-" if line.fastest is None else human(line.seconds)
            page.line(
                f"{fitted(one_line(line.name), room - 1):<{room}}{line.stages:>8}{line.unknown or '-':>9}"
                f"{between(line):>19}{line.records:>9}{together:>10}"
            )
    for sentence in cost_sentences(planned, cost):
        page.text(sentence, first="- ", others="  ")
