"""Grammatical number in messages."""

from __future__ import annotations


def counted(n: int, noun: str) -> str:
    """Return a count with its noun: ``1 segment``, ``2 segments``."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
