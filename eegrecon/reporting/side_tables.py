"""Small tables of words beside the main one: whether the EEG matters, and what the audits found."""

from __future__ import annotations

from collections.abc import Sequence

from eegrecon.interfaces.records import ResultRecord, ResultRow, Summary
from eegrecon.reporting.cells import SideTable, Standing, TableCell, TableColumn, TableRow, between, number

_COMPARED = ("shuffle", "predicted-label", "oracle")  # the controls that show whether the EEG matters
ABOVE = "+"
_OF_METHOD = ("fit", "encode", "align-fit", "align", "generate-fit", "generate")  # kinds of stages
_INCONCLUSIVE = "inconclusive"
# what the standing of a control says of Full
_OF_FULL: dict[Standing, str] = {"worse": "yes", "better": "worse", "no evidence": "no evidence", "": "-"}


def eeg_table(result: ResultRecord, columns: Sequence[TableColumn], rows: Sequence[TableRow]) -> SideTable:
    """Return *Full* beside the controls that remove its EEG, with a verdict for each column.

    Args:
        result: names the controls.
        columns: of the main table.
        rows: the rows of the main table that are variants or controls, in the order of ``result.rows``.
    """
    full = rows[0]
    controls = {
        record.control: row for record, row in zip(result.rows, rows, strict=True) if record.control in _COMPARED
    }
    lines = []
    for place, column in enumerate(columns):
        cell, compared = full.cells[place], {name: row.cells[place] for name, row in controls.items()}
        if cell.value is None or all(other.value is None for other in compared.values()):
            continue
        values = [_value(compared[name]) if name in compared else "-" for name in _COMPARED]
        from_eeg, beyond_class = (_verdict(compared.get(name), column) for name in _COMPARED[:2])
        if beyond_class == "yes" and from_eeg in ("no evidence", "worse"):
            beyond_class = _INCONCLUSIVE
        lines.append((f"{column.title} (n {column.n})", _value(cell), *values, from_eeg, beyond_class))
    header = (
        "", "Full", "EEG shuffled", "only the predicted class", "true caption and class", "from the EEG?",
        "more than the class?",
    )  # fmt: skip
    notes: tuple[str, ...] = (
        "yes: Full is significantly better than with the EEG shuffled, or than with only the predicted class, corrected"
        " over the table; worse: significantly worse; no evidence: neither, which does not prove that there is none",
        "a score that comes from the EEG need not come from the picture; the audits check what else the EEG may encode",
    )
    if any(_INCONCLUSIVE in line for line in lines):
        notes += (
            f"{_INCONCLUSIVE}: better than with only the predicted class, but nothing shows that the score comes from "
            "the EEG, so the gain is not information about what was seen",
        )
    return SideTable("Does the EEG matter?", header, tuple(lines), notes)


def _value(cell: TableCell) -> str:
    return f"{cell.text} {cell.spread}".strip()


def _verdict(control: TableCell | None, column: TableColumn) -> str:
    """Return whether *Full* is better than a control, by the corrected test of their difference."""
    return "-" if control is None else _OF_FULL[control.standing(column)]


def audit_table(result: ResultRecord) -> SideTable:
    """Return the verdict and evidence of every audit."""
    rows = tuple((audit.verdict, audit.name, audit.evidence) for audit in result.audits)
    return SideTable("Audits of the first row", ("", "audit", "evidence"), rows)


def methods_table(result: ResultRecord, headings: Sequence[TableColumn]) -> SideTable:
    """Return every row but the controls with its parameters, its seconds, and its scores beside permuted ones.

    Of each metric with a chance level there is the first column. Empty where there is nothing to compare.

    Args:
        result: has the rows.
        headings: columns of the main table, whose order is taken.
    """
    rows = [row for row in result.rows if row.control is None]
    permuted = {(summary.metric, summary.column) for row in rows for summary in row.summaries if summary.null}
    found = [(one.metric, one.name) for one in headings if (one.metric, one.name) in permuted]
    columns = [pair for place, pair in enumerate(found) if pair[0] not in dict(found[:place])]
    header = ("", "parameters", "seconds", *(f"{column} ({metric})" for metric, column in columns))
    lines = tuple(
        (
            row.label,
            "-" if row.parameters is None else f"{row.parameters:,}",
            _seconds(result, row),
            *(_against_permuted(row, *column) for column in columns),
        )
        for row in rows
    )
    notes = (
        "parameters: numbers of the weights used at test time and learned here, of the first subject and seed",
        "seconds: training, decoding and generation, all subjects and seeds; a stage that rows share counts in each",
        "scores: [95 % of them with the outputs permuted among the trials], as if the EEG of another trial had been "
        f"decoded; {ABOVE} above them in a one-sided test at 5 %, not corrected over the table",
    )
    return SideTable("Methods", header, lines if len(rows) > 1 else (), notes)


def _seconds(result: ResultRecord, row: ResultRow) -> str:
    """Return the seconds of a row's stages of the method."""
    stages = [result.stages[key] for key in row.stages if key in result.stages]
    seconds = [stage.seconds for stage in stages if stage.kind in _OF_METHOD]
    return f"{sum(seconds):.1f}" if seconds else "-"


def _against_permuted(row: ResultRow, metric: str, column: str) -> str:
    """Return a score with the range of those with permuted outputs, and a mark where it is above them."""

    def of_column(summary: Summary) -> bool:
        return (summary.metric, summary.column) == (metric, column)

    found = next(filter(of_column, row.summaries), None)
    if found is None:
        return "-"
    above = found.p_null is not None and found.p_null < 0.05
    return f"{number(found.value)}{ABOVE if above else ''} {between(found.null)}".strip()
