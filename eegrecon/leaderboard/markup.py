"""Texts of others in Markdown, where none of them may become markup, a link or a mention."""

from __future__ import annotations

import html

from eegrecon.errors import printable


def code(text: str) -> str:
    """Return a text as code of Markdown, in which nothing is markup or a mention."""
    return f"`{_one_line(text).replace('`', chr(39)).replace('|', '¦')}`"


def plain(text: str) -> str:
    """Return a text of Markdown with everything that could be markup escaped."""
    escaped = html.escape(_one_line(text), quote=False)
    return "".join(f"\\{one}" if one in "\\`*_[]#|!@~" else one for one in escaped)


def _one_line(text: str) -> str:
    return " ".join(printable(text).split())
