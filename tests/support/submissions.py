"""Submissions of the toy benchmark, altered as an honest or a dishonest author would, and zip files made by hand."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jobs import TOY

METRICS = """
[metric.accuracy]
[metric.identification]
n = 2
judge = "eye"
[metric.inception-score]
judge = "eye"
[metric.fid]
judge = "eye"
[metric.kid]
judge = "eye"
[metric.ssim]
side = 16
[metric.retrieval]
"""
PLUGIN = str(TOY / "toy.py")


def benchmark(folder: Path) -> Path:
    """Write the toy benchmark with the metrics that a submission is re-scored with; return its file."""
    file = folder / "toy.toml"
    text = (TOY / "toy.toml").read_text()
    file.write_text(text.replace("[profile.small]", METRICS + "\n[profile.small]"))
    return file


def edited(file: Path, edit: Callable[[Any], None]) -> None:
    """Change a JSON file."""
    value = json.loads(file.read_text())
    edit(value)
    file.write_text(json.dumps(value))


def with_lines(file: Path, edit: Callable[[list[dict[str, str]]], list[dict[str, str]]]) -> None:
    """Change the lines of a CSV file."""
    lines = edit(list(csv.DictReader(file.read_text().splitlines())))
    text = io.StringIO()
    writer = csv.DictWriter(text, list(lines[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    file.write_text(text.getvalue())


def sealed(folder: Path, **manifest: Any) -> Path:
    """Write the manifest's hashes anew, as whoever alters a file on purpose would, and some of its fields."""
    files = {
        path.relative_to(folder).as_posix(): {
            "sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
            "bytes": path.stat().st_size,
        }
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }
    edited(folder / "manifest.json", lambda value: value.update({"files": files, **manifest}))
    return folder


def zipped(folder: Path, file: Path, *more: tuple[str | zipfile.ZipInfo, bytes]) -> Path:
    """Write a folder as a zip file, with further members."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
        for name, content in more:
            archive.writestr(name, content)
    return file


def contents(folder: Path) -> dict[str, bytes]:
    """Return the content of every file below a folder."""
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
