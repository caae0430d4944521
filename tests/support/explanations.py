"""The table of ``docs/errors.md``: what can go wrong, and the message that answers it, as the tests provoke it."""

from __future__ import annotations

import os
import re
from pathlib import Path

FILE = Path(__file__).parent.parent / "docs" / "errors.md"
WRITE = os.environ.get("EEGRECON_WRITE_ERRORS") == "1"
HEAD = """# What can go wrong, and what eegrecon says

Every line is provoked by a test, which checks that the message is this one. Made by
`EEGRECON_WRITE_ERRORS=1 pytest tests`; `…` stands for a path.
"""

rows: dict[tuple[str, str], str] = {}


def line(situation: str, message: str) -> str:
    """One line of the table."""
    return f"| {situation} | {message.replace('|', '/')} |"


def plain(message: str, folder: Path) -> str:
    """A message without what differs from run to run."""
    message = message.replace(str(folder), "…")
    message = re.sub(r"(/tmp|/work|/home|/root)/\S*?(?=[\s,;:)'\"]|$)", "…", message)
    message = re.sub(r"\b[0-9a-f]{32}\b|\b[0-9a-f]{8}\b", "KEY", message)
    return " ".join(message.split())


def page() -> str:
    """The whole file."""
    parts = [HEAD]
    for group in sorted({group for group, _ in rows}):
        lines = [line(situation, message) for (g, situation), message in rows.items() if g == group]
        parts.append(f"\n## {group}\n\n| situation | message |\n|---|---|\n" + "\n".join(sorted(lines)) + "\n")
    return "".join(parts)
