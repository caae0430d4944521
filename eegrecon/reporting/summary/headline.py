"""The columns that matter most, for a table that has room for a few.

A benchmark file may name them (``headline``). Otherwise there is one of each family, in the order below, and then the
first column of every metric that belongs to none of them.
"""

from __future__ import annotations

from collections.abc import Sequence

from eegrecon.interfaces.records import ResultRecord
from eegrecon.reporting.cells import TableColumn

FAMILIES = (  # names of columns, the preferred one first
    ("top-1", "top-3", "top-5", "macro F1"),
    ("median rank", "retrieval top-1", "retrieval top-5"),
    ("identification", "two-way"),
    ("FID", "KID", "IS"),
)


def headline(result: ResultRecord, columns: Sequence[TableColumn]) -> tuple[TableColumn, ...]:
    """Return those of a table's columns that matter most, the most important first."""
    by_name: dict[str, TableColumn] = {}
    for column in columns:
        by_name.setdefault(f"{column.metric}.{column.name}", column)
    named = [by_name[name] for name in result.headline if name in by_name]
    return tuple(named or (*_of_families(columns), *_of_other_metrics(columns)))


def _of_families(columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Return the preferred column of each family that the table has."""
    by_name = {column.name: column for column in reversed(columns)}
    present = ([by_name[name] for name in family if name in by_name] for family in FAMILIES)
    return [found[0] for found in present if found]


def _of_other_metrics(columns: Sequence[TableColumn]) -> list[TableColumn]:
    """Return the first column of each metric that has none in a family."""
    known = {name for family in FAMILIES for name in family}
    in_families = {column.metric for column in columns if column.name in known}
    first: dict[str, TableColumn] = {}
    for column in columns:
        if column.metric not in in_families:
            first.setdefault(column.metric, column)
    return list(first.values())
