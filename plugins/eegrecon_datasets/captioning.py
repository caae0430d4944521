"""Captions beside the pictures: one for each, kept as soon as it is made, with the model that made it."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from eegrecon import Captioner, DataError, MissingFiles, Run, UsageError
from eegrecon_datasets.stimuli import PictureFiles, missing_pictures, picture_path

COLUMNS = ("image", "caption", "model")


def write_captions(folder: Path, names: Sequence[str], captioner: Captioner, run: Run) -> int:
    """Write a caption for each picture that ``captions.csv`` does not have yet; return how many.

    Raises:
        MissingFiles: a picture is not there.
        UsageError: the captions that are there are by another model.
        DataError: the file is no table of captions.
    """
    path = folder / "captions.csv"
    done = _begun(path, captioner.identity)
    if absent := missing_pictures(folder, names):
        where = picture_path(folder, absent[0])
        raise MissingFiles(
            f"{len(absent)} of {len(names)} pictures are not there, for instance {where}; put them there"
        )
    todo = [name for name in names if name not in done]
    pictures = PictureFiles(tuple(picture_path(folder, name) for name in todo))
    with path.open("a", encoding="utf-8", newline="") as file, run.progress(len(names), "captions") as bar:
        writer = csv.writer(file, lineterminator="\n")
        if not path.stat().st_size:
            writer.writerow(COLUMNS)
        bar.advance(len(names) - len(todo))
        for name, caption in zip(todo, captioner.captions(pictures, run) if todo else (), strict=True):
            writer.writerow((name, caption, captioner.identity))
            file.flush()
            bar.advance()
    return len(todo)


def _begun(path: Path, identity: str) -> set[str]:
    """Return the pictures that have a caption; a last line that was cut short is taken away."""
    if not path.is_file():
        return set()
    text = path.read_text(encoding="utf-8")
    if text and not text.endswith("\n"):
        text = text[: text.rfind("\n") + 1]
        path.write_text(text, encoding="utf-8")
    rows = list(csv.reader(text.splitlines()))
    if not rows:
        return set()
    if tuple(rows[0]) != COLUMNS:
        raise DataError(
            f"{path} has the columns {', '.join(rows[0])}; it was not begun by this command ({', '.join(COLUMNS)}): it "
            "is used as it is, or move it away to have captions written"
        )
    others = sorted({row[2] for row in rows[1:]} - {identity})
    if others:
        raise UsageError(
            f"{path} holds captions by {others[0]}, not by {identity}; go on with that model, or move the file away to "
            "begin anew"
        )
    return {row[0] for row in rows[1:]}
