"""The tutorials of the documentation as steps: files to write and commands to type."""

from __future__ import annotations

import re
from pathlib import Path

from jobs import ROOT

TUTORIALS = sorted((ROOT / "docs" / "tutorials").glob("*.md"))
STEP = re.compile(  # a block of Python that begins with a file's name, or an indented command
    r"^```python\n# (?P<file>\S+?)(?P<line>, this line)?\n(?P<text>.*?)^```|^    (?P<command>\w[^\n]*)$", re.M | re.S
)


def write_code(folder: Path) -> list[Path]:
    """Write every file of every tutorial into one folder, and return them."""
    written = []
    for page in TUTORIALS:
        for step in STEP.finditer(page.read_text()):
            if step["file"] and not step["line"]:
                written.append(folder / f"{page.stem}_{Path(step['file']).name}")
                written[-1].write_text(step["text"])
    return written
