"""Small tables of words beside the main one: whether the EEG matters, and what the audits found."""

from __future__ import annotations

from collections.abc import Sequence

from eegrecon.interfaces.records import ResultRecord
from eegrecon.reporting.cells import SideTable, Standing, TableCell, TableColumn, TableRow

_COMPARED = ("shuffle", "predicted-label", "oracle")  # the controls that show whether the EEG matters
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
