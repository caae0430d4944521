"""Numbers of things, said as a person would."""

from __future__ import annotations


def counted(n: int, thing: str) -> str:
    """``1 segment``, ``2 segments``."""
    return f"{n} {thing}" if n == 1 else f"{n} {thing}s"
