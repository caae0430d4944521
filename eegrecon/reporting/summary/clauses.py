"""Parts of sentences: lists with an end, the first clause of an audit's evidence, a capital and a full stop."""

from __future__ import annotations

import re
from collections.abc import Sequence
from textwrap import shorten

from eegrecon.interfaces.records import AuditRecord

_LONGEST = 90  # characters of a clause
_ENDS = re.compile(r"; |: ")


def sentence(text: str) -> str:
    """Return a text on one line, with a capital and a full stop."""
    text = " ".join(text.split())
    return f"{text[:1].upper()}{text[1:]}."


def listed(items: Sequence[str], most: int) -> str:
    """Return the first items separated by commas, and how many more there are."""
    more = len(items) - most
    return ", ".join(items[:most]) + (f" and {more} more" if more > 0 else "")


def clause(evidence: str) -> str:
    """Return the start of an audit's evidence: its first clause, with the next one if the first has no number."""
    evidence = " ".join(evidence.split())
    ends = [match.start() for match in _ENDS.finditer(evidence)]
    first = next((evidence[:end] for end in ends if re.search(r"\d", evidence[:end])), evidence)
    if len(first) > _LONGEST and re.search(r"\d.*, ", first[:_LONGEST]):
        first = first[:_LONGEST].rpartition(", ")[0]
    if len(first) <= _LONGEST:
        return first
    first = shorten(first, _LONGEST, placeholder=" …")
    return f"{first[: first.rindex('(')].rstrip()} …" if first.count("(") > first.count(")") else first


def conclusion(audit: AuditRecord) -> str:
    """Return the conclusion with which an audit's evidence begins where it does not pass; empty if it has none."""
    start, colon, _ = " ".join(audit.evidence.split()).partition(": ")
    return start if colon and audit.verdict != "PASS" and not re.search(r"\d", start) else ""


def findings(audit: AuditRecord) -> str:
    """Return an audit's evidence without the conclusion with which it begins."""
    evidence = " ".join(audit.evidence.split())
    return evidence.removeprefix(f"{conclusion(audit)}: ")
