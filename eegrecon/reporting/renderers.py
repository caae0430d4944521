"""Renderers of a table for files: Markdown, LaTeX and CSV."""

from __future__ import annotations

import csv
import io

from eegrecon.reporting.tables import SIGNIFICANT, SideTable, Table

_CSV = (
    "row", "kind", "metric", "column", "better", "value", "low", "high", "difference", "difference low",
    "difference high", "p corrected", "marks", "n", "identity", "reason",
)  # fmt: skip


def markdown(shown: Table) -> str:
    """Return the table in Markdown."""
    lines = [
        "| | " + " | ".join(f"{h.title} (n {h.n})" for h in shown.headings) + " |",
        "|---|" + "---:|" * len(shown.headings),
    ]
    for row in shown.rows:
        cells = [" ".join(filter(None, (c.text, c.spread, c.change and f"({c.change})"))) for c in row.cells]
        label = f"*{row.label}*" if row.kind in ("published", "chance") else row.label
        lines.append(f"| {label} | " + " | ".join(cells) + " |")
    text = "\n".join(lines) + "\n\n" + "\n".join(f"- {note}" for note in shown.notes) + "\n"
    return "\n".join([text, *map(_small, shown.beside)])


def _small(small: SideTable) -> str:
    """Return a small table in Markdown under its title."""
    lines = [f"| {' | '.join(small.header)} |", "|" + "---|" * len(small.header)]
    lines += [f"| {' | '.join(row)} |" for row in small.rows]
    lines += ["", *(f"- {note}" for note in small.notes)] if small.notes else []
    return f"**{small.title}**\n\n" + "\n".join(lines) + "\n"


_LATEX = str.maketrans({
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "↑": r"$\uparrow$", "↓": r"$\downarrow$", "†": r"$^\dagger$",
    "‡": r"$^\ddagger$",
})  # fmt: skip


def latex(shown: Table) -> str:
    """Return the table for LaTeX with booktabs: values, under each its interval; the mark of a difference stays."""
    rows = []
    for row in shown.rows:
        values = [f"{cell.text}{SIGNIFICANT if cell.significant else ''}".translate(_LATEX) for cell in row.cells]
        spreads = [rf"\scriptsize {cell.spread}" if cell.spread else "" for cell in row.cells]
        rows.append(" & ".join([row.label.translate(_LATEX), *values]) + r" \\")
        if any(spreads):
            rows.append(" & ".join(["", *spreads]) + r" \\")
        if row.kind == "chance":
            rows.append(r"\midrule")
    titles = [f"{h.title} (n = {h.n})".translate(_LATEX) for h in shown.headings]
    return "\n".join([
        "% needs \\usepackage{booktabs}",
        r"\begin{tabular}{l" + "r" * len(shown.headings) + "}",
        r"\toprule",
        " & ".join(["", *titles]) + r" \\",
        r"\midrule",
        *rows,
        r"\bottomrule",
        r"\end{tabular}",
        *(f"% {note}" for note in shown.notes),
        *(line for small in shown.beside for line in _small_latex(small)),
        "",
    ])  # fmt: skip


def _small_latex(small: SideTable) -> list[str]:
    """Return the lines of a small table for LaTeX; the last column is given room for sentences."""
    cells = [" & ".join(cell.translate(_LATEX) for cell in row) + r" \\" for row in (small.header, *small.rows)]
    return [
        "",
        f"% {small.title}",
        r"\begin{tabular}{" + "l" * (len(small.header) - 1) + r"p{.6\textwidth}}",
        r"\toprule",
        cells[0],
        r"\midrule",
        *cells[1:],
        r"\bottomrule",
        r"\end{tabular}",
        *(f"% {note}" for note in small.notes),
    ]


def comma_separated(shown: Table) -> str:
    """Return the table as CSV, one line per row and column, with identities."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_CSV)
    for row in shown.rows:
        for h, cell in zip(shown.headings, row.cells, strict=True):
            n, identity = (h.n, h.identity) if row.kind in ("variant", "control") else ("", "")
            low, high = cell.interval or (None, None)
            from_, to = cell.difference_interval or (None, None)
            numbers = (cell.value, low, high, cell.difference, from_, to, cell.p)
            values = ["" if value is None else repr(value) for value in numbers]
            values.append("; ".join(cell.marks))
            writer.writerow([row.label, row.kind, h.metric, h.name, h.better, *values, n, identity, cell.reason])
    for verdict, name, evidence in shown.audits.rows if shown.audits else ():
        writer.writerow([name, "audit", "", verdict, *[""] * (len(_CSV) - 5), evidence])
    return text.getvalue()
