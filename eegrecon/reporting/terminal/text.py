"""Styles of verdicts and rows, and texts that fit into the width of a terminal."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from textwrap import wrap

from rich.cells import cell_len, set_cell_size

from eegrecon.errors import printable

VERDICTS = {"PASS": "green", "WARN": "yellow", "FAIL": "bold red", "inconclusive": "dim"}
ROWS = {"variant": "bold", "control": "yellow", "published": "dim italic", "chance": "dim"}


def one_line(text: str) -> str:
    """Return a text without line breaks and controls, which may come from a file of others."""
    return " ".join(printable(text).split())


def fitted(text: str, room: int) -> str:
    """Return a text with its middle left out where it is longer than the room."""
    if cell_len(text) <= room:
        return text
    head = room * 2 // 3
    start = set_cell_size(text, head).rstrip()
    return start + "…" + set_cell_size(text[::-1], room - head - 1).rstrip()[::-1]


def cut(text: str, room: int) -> str:
    """Return a text on one line, without its end where it is longer than the room."""
    text = one_line(text)
    return text if cell_len(text) <= room else set_cell_size(text, room - 2).rstrip() + " …"


def distinct(labels: Sequence[str], room: int) -> list[str]:
    """Return labels that fit into the room and differ where the given ones do."""
    short = {label: fitted(label, room) for label in labels}
    taken = list(short.values())
    numbered = {label: f"{fitted(label, room - 4)} #{place}" for place, label in enumerate(short, 1)}
    return [short[label] if taken.count(short[label]) == 1 else numbered[label] for label in labels]


def paragraph(text: str, width: int, first: str = "", others: str = "") -> list[str]:
    """Return a text in lines of a width, the first and the others with what they begin with."""
    return wrap(one_line(text), width, initial_indent=first, subsequent_indent=others, break_on_hyphens=False)


def command_lines(words: Sequence[str], width: int, indent: str) -> list[str]:
    """Return a command in lines that a shell reads as one: each but the last ends with a backslash."""
    end = " \\"
    room = width - len(indent) - len(end)
    lines: list[str] = []
    for word in words:
        pieces = _quoted(printable(word), room)
        if lines and len(pieces) == 1 and len(f"{lines[-1]} {pieces[0]}{end}") <= width:
            lines[-1] += f" {pieces[0]}"
            continue
        if lines:
            lines[-1] += end
        lines.append(indent + pieces[0])
        for piece in pieces[1:]:  # a shell joins them, because nothing is between backslash and piece
            lines[-1] += "\\"
            lines.append(piece)
    return lines


def _quoted(word: str, room: int) -> list[str]:
    """Return a word, quoted for a shell, in pieces of at most this length."""
    pieces = [""]
    for letter in word:
        if len(shlex.quote(pieces[-1] + letter)) > room:
            pieces.append("")
        pieces[-1] += letter
    return [shlex.quote(piece) for piece in pieces]
