"""The table of captions beside the pictures: written line by line, with the model that wrote each caption."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path

from eegrecon import Captioner, DataError, MissingFiles, Run, UsageError
from eegrecon_datasets.files.pictures import PictureFiles

COLUMNS = ("image", "caption", "model")


def write_captions(table: Path, pictures: Mapping[str, Path], captioner: Captioner, run: Run) -> int:
    """Write a caption for each picture that a table does not hold yet.

    Args:
        table: the file, created if it does not exist, resumed if it is unfinished.
        pictures: file of each picture, by name.
        captioner: writes the captions.
        run: context of the captioner.

    Returns:
        How many captions were written.

    Raises:
        MissingFiles: a picture does not exist.
        UsageError: the table holds captions by another model.
        DataError: the file is not a table of captions.
    """
    captioned = _captioned(table, captioner.identity)
    if missing := [path for path in pictures.values() if not path.is_file()]:
        raise MissingFiles(
            f"{len(missing)} of {len(pictures)} pictures are missing, for instance {missing[0]}; put them there"
        )
    remaining = [name for name in pictures if name not in captioned]
    files = PictureFiles(tuple(pictures[name] for name in remaining))
    with table.open("a", encoding="utf-8", newline="") as file, run.progress(len(pictures), "captions") as progress:
        writer = csv.writer(file, lineterminator="\n")
        if not table.stat().st_size:
            writer.writerow(COLUMNS)
        progress.advance(len(pictures) - len(remaining))
        for name, caption in zip(remaining, captioner.captions(files, run) if remaining else (), strict=True):
            writer.writerow((name, caption, captioner.identity))
            file.flush()
            progress.advance()
    return len(remaining)


def _captioned(table: Path, identity: str) -> set[str]:
    """Return the pictures that have a caption; remove a last line that an interruption left incomplete."""
    if not table.is_file():
        return set()
    text = table.read_text(encoding="utf-8-sig")
    if text and not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        table.write_text(text, encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    if not rows:
        return set()
    if tuple(rows[0]) != COLUMNS:
        raise DataError(
            f"{table} has the columns {', '.join(rows[0])}, not {', '.join(COLUMNS)}, so this command did not write it "
            "and cannot extend it; use it unchanged, or move it elsewhere to have captions written"
        )
    others = sorted({row[2] for row in rows[1:]} - {identity})
    if others:
        raise UsageError(
            f"{table} holds captions by {others[0]}, not by {identity}; resume with that model, or move the file "
            "elsewhere to start again"
        )
    return {row[0] for row in rows[1:]}
