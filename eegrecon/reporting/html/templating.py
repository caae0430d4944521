"""Templates of pages, those of a report and of a board: one document, one style, and every value escaped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eegrecon.errors import printable

TEMPLATES = Path(__file__).parent / "templates"


def environment(*folders: Path) -> Any:
    """Return the environment of pages.

    Args:
        folders: with further templates, which may extend and include those of a report.
    """
    import jinja2

    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _shown(value: Any) -> Any:
    """Return a text without control characters and directions of writing; markup of this package as it is."""
    return printable(value) if type(value) is str else value


def address(picture: str) -> str:
    """Return the address of a picture in base64, whose first bytes say which form it has."""
    return f"data:image/{'png' if picture.startswith('iVBOR') else 'jpeg'};base64,{picture}"
