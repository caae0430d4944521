"""Renderers of a table for files: Markdown, LaTeX and CSV; and HTML for a notebook.

They are written here because no library writes booktabs with symbols and escapes the rest, or escapes Markdown cells.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from html import escape

from eegrecon.reporting.cells import SideTable
from eegrecon.reporting.tables import Table

_CSV = (
    "row", "kind", "metric", "column", "better", "value", "low", "high", "difference", "difference low",
    "difference high", "p corrected", "marks", "n", "identity", "reason",
)  # fmt: skip
_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "†": r"$^\dagger$",
    "‡": r"$^\ddagger$", "§": r"\S{}", "¹": "$^1$", "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}",
})  # fmt: skip


def markdown(table: Table) -> str:
    """Return a table in Markdown, with its notes and side tables."""
    lines = [
        _markdown_line(["", *(f"{column.title} (n {column.n})" for column in table.headings)]),
        "|---|" + "---:|" * len(table.headings),
    ]
    for row in table.rows:
        cells = [" ".join(filter(None, (c.text, c.spread, c.change and f"({c.change})"))) for c in row.cells]
        label = f"*{row.label}*" if row.kind in ("published", "chance") else row.label
        lines.append(_markdown_line([label, *cells]))
    text = "\n".join(lines) + "\n\n" + "\n".join(_markdown_notes(table.notes)) + "\n"
    return "\n".join([text, *map(_markdown_side_table, table.side_tables)])


def _markdown_line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(_one_line(cell).replace('|', chr(92) + '|') for cell in cells)} |".replace("|  |", "| |")


def _markdown_notes(notes: Iterable[str]) -> list[str]:
    return [f"- {_one_line(note)}" for note in notes]


def _one_line(text: str) -> str:
    """Return a text without line breaks, which an error message may have and which end a table row or a comment."""
    return " ".join(text.split())


def _markdown_side_table(table: SideTable) -> str:
    lines = [_markdown_line(table.header), "|" + "---|" * len(table.header), *map(_markdown_line, table.rows)]
    lines += ["", *_markdown_notes(table.notes)] if table.notes else []
    return f"**{table.title}**\n\n" + "\n".join(lines) + "\n"


def latex(table: Table) -> str:
    """Return a table for LaTeX with booktabs: values with marks of significance, and below them their intervals."""
    lines = []
    for row in table.rows:
        values = [_latex_text(f"{cell.text}{cell.mark}") for cell in row.cells]
        spreads = [rf"\scriptsize {cell.spread}" if cell.spread else "" for cell in row.cells]
        lines.append(_latex_line([_latex_text(row.label), *values]))
        if any(spreads):
            lines.append(_latex_line(["", *spreads]))
        if row.kind == "chance":
            lines.append(r"\midrule")
    titles = [_latex_text(f"{column.title} (n = {column.n})") for column in table.headings]
    body = _latex_tabular("l" + "r" * len(table.headings), ["", *titles], lines)
    sides = [line for side in table.side_tables for line in _latex_side_table(side)]
    return "\n".join(["% needs \\usepackage{booktabs}", *body, *_latex_comments(table.notes), *sides, ""])


def _latex_text(text: str) -> str:
    return _one_line(text).translate(_LATEX)


def _latex_line(cells: Iterable[str]) -> str:
    return " & ".join(cells) + r" \\"


def _latex_tabular(alignment: str, titles: Sequence[str], lines: Sequence[str]) -> list[str]:
    start = [rf"\begin{{tabular}}{{{alignment}}}", r"\toprule", _latex_line(titles), r"\midrule"]
    return [*start, *lines, r"\bottomrule", r"\end{tabular}"]


def _latex_comments(notes: Iterable[str]) -> list[str]:
    return [f"% {_one_line(note)}" for note in notes]


def _latex_side_table(table: SideTable) -> list[str]:
    """Return the lines of a side table, whose last column has room for sentences."""
    header, *rows = [[_latex_text(cell) for cell in row] for row in (table.header, *table.rows)]
    alignment = "l" * (len(header) - 1) + r"p{.6\textwidth}"
    body = _latex_tabular(alignment, header, [_latex_line(row) for row in rows])
    return ["", f"% {table.title}", *body, *_latex_comments(table.notes)]


def html(table: Table) -> str:
    """Return a table for a notebook: values with their spread and difference, and notes below it."""
    titles = "".join(f"<th>{_html(column.title)}<br>n {_html(str(column.n))}</th>" for column in table.headings)
    lines = []
    for row in table.rows:
        cells = [" ".join(filter(None, (c.text, c.spread, c.change and f"({c.change})"))) for c in row.cells]
        lines.append(f"<tr><th>{_html(row.label)}</th>{''.join(f'<td>{_html(cell)}</td>' for cell in cells)}</tr>")
    notes = "".join(f"<li>{_html(note)}</li>" for note in table.notes)
    return f"<table><thead><tr><th></th>{titles}</tr></thead><tbody>{''.join(lines)}</tbody></table><ul>{notes}</ul>"


def _html(text: str) -> str:
    return escape(_one_line(text))


def comma_separated(table: Table) -> str:
    """Return a table as CSV, one line per row and column, with exact values and identities."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CSV)
    for row in table.rows:
        for column, cell in zip(table.headings, row.cells, strict=True):
            n, identity = (column.n, column.identity) if row.kind in ("variant", "control") else ("", "")
            interval, change = cell.interval or (None, None), cell.difference_interval or (None, None)
            numbers = (cell.value, *interval, cell.difference, *change, cell.p)
            values = ["" if value is None else repr(value) for value in numbers]
            values.append("; ".join(cell.marks))
            names = (row.label, row.kind, column.metric, column.name, column.better)
            writer.writerow([*names, *values, n, identity, cell.reason])
    for verdict, name, evidence in table.audits.rows:
        writer.writerow([name, "audit", "", verdict, *[""] * (len(_CSV) - 5), evidence])
    return text.getvalue()
