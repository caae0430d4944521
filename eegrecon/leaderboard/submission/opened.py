"""A submission as values: its manifest, its result, its trials, and its pictures on demand, all hashes verified."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pydantic

from eegrecon.interfaces.data import Pixels
from eegrecon.leaderboard.submission import files, sheets
from eegrecon.leaderboard.submission.files import FOLDER, Files, Refused
from eegrecon.leaderboard.submission.manifest import MANIFEST, Manifest, PicturesRecord
from eegrecon.reporting.result import RESULT, TRIALS, Result, parse
from eegrecon.reporting.trials import CellTrials, Place, cells_of


@dataclass(frozen=True, eq=False)
class Submission:
    """An opened submission.

    Attributes:
        path: its folder or zip file.
        files: its files, which are read on demand.
        manifest: its manifest.
        digest: SHA-256 of the manifest, and by its hashes of the whole submission.
        result: the result that it claims.
        trials: its test trials by cell.
    """

    path: Path
    files: Files
    manifest: Manifest
    digest: str
    result: Result
    trials: dict[Place, CellTrials]

    def pictures_of(self, row: int) -> PicturesRecord | None:
        """Return how the pictures of a row are kept; None where it has none."""
        return next((record for record in self.manifest.pictures if record.row == row), None)

    def sheets(self, record: PicturesRecord, subject: int, seed: int) -> list[str]:
        """Return the names of the sheets of one cell."""
        n = len(self.trials[self.result.rows[record.row].label, subject, seed].trial) * record.samples
        return sheets.names(record.row, subject, seed, n, record.height, record.width)

    def pictures(self, record: PicturesRecord, subject: int, seed: int) -> Pixels:
        """Return the generated pictures of one cell, uint8 (n, samples, h, w, 3), in the order of its trials.

        Raises:
            Refused: a sheet is missing, damaged, altered, or of another size.
        """
        n = len(self.trials[self.result.rows[record.row].label, subject, seed].trial)
        found = sheets.read(
            self.sheets(record, subject, seed), self.content, n * record.samples, record.height, record.width
        )
        return found.reshape(n, record.samples, record.height, record.width, 3)

    def first_pictures(self, record: PicturesRecord, subject: int, seed: int, most: int) -> Pixels:
        """Return the first sample of the first trials of one cell, from their first sheet, uint8 (at most, h, w, 3)."""
        names = self.sheets(record, subject, seed)
        n = len(self.trials[self.result.rows[record.row].label, subject, seed].trial) * record.samples
        first = min(n, sheets.capacity(record.height, record.width))
        found = sheets.read(names[:1], self.content, first, record.height, record.width)
        return found[:: record.samples][:most]

    def content(self, name: str) -> bytes:
        """Return the content of a file, after verifying its hash."""
        return verified(self.files, self.manifest, name)


@contextmanager
def opened(path: str | Path, *, class_scores: bool = True) -> Iterator[Submission]:
    """Open a submission, verify the hashes of its record and trials, and yield it; pictures are verified when read.

    Args:
        path: its folder or zip file.
        class_scores: whether to read class scores, which a board does not show.

    Raises:
        MissingFiles: there is none.
        Refused: it is not safe to read, damaged, altered, or not of the schema; the message says which.
    """
    with files.opened(Path(path)) as found:
        raw = _present(found, MANIFEST)
        manifest = _manifest(raw)
        _check_listing(found, manifest)
        result = parse(_text(verified(found, manifest, RESULT), RESULT), RESULT)
        trials = cells_of(_text(verified(found, manifest, TRIALS), TRIALS), class_scores=class_scores)
        submission = Submission(Path(path), found, manifest, hashlib.sha256(raw).hexdigest(), result, trials)
        _check_sheets(submission)
        yield submission


def verified(found: Files, manifest: Manifest, name: str) -> bytes:
    """Return the content of a file, after verifying its hash.

    Raises:
        Refused: there is no such file, it was altered, or it cannot be read.
    """
    content = _present(found, name)
    if name not in manifest.files or hashlib.sha256(content).hexdigest() != manifest.files[name].sha256:
        raise Refused(f"altered: the SHA-256 of {name} is not the one in {MANIFEST}; pack the run again")
    return content


def _present(found: Files, name: str) -> bytes:
    if name not in found.sizes:
        raise Refused(f"incomplete: it has no {name}; eegrecon leaderboard pack RUN writes whole submissions")
    return found.read(name)


def _text(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(f"damaged: {name} is not UTF-8 text") from error


def _manifest(raw: bytes) -> Manifest:
    try:
        return Manifest.model_validate(json.loads(_text(raw, MANIFEST)))
    except pydantic.ValidationError as error:
        problems = [f"{'.'.join(map(str, found['loc']))}: {found['msg']}" for found in error.errors()[:3]]
        raise Refused(f"schema: {MANIFEST} is not valid: {'; '.join(problems)}") from error
    except (ValueError, RecursionError) as error:
        raise Refused(f"schema: {MANIFEST} is no JSON") from error


def _check_listing(found: Files, manifest: Manifest) -> None:
    """Refuse a submission whose files are not exactly those of its manifest."""
    listed, present = {name: record.bytes for name, record in manifest.files.items()}, dict(found.sizes)
    del present[MANIFEST]
    for name in sorted(listed.keys() | present.keys()):
        if name not in present:
            raise Refused(f"incomplete: {MANIFEST} lists {name}, which is not there")
        if name not in listed:
            raise Refused(f"unexpected file: {name} is not in {MANIFEST}")
        if listed[name] != present[name]:
            raise Refused(f"altered: {name} has {present[name]:,} bytes, and {listed[name]:,} in {MANIFEST}")


def _check_sheets(submission: Submission) -> None:
    """Refuse a submission whose sheets are not exactly those that its rows, subjects, seeds and trials call for."""
    result, wanted = submission.result, set[str]()
    rows = [record.row for record in submission.manifest.pictures]
    if len(set(rows)) < len(rows) or any(row >= len(result.rows) for row in rows):
        raise Refused(f"schema: {MANIFEST} has pictures of rows {rows}, and {RESULT} has {len(result.rows)} rows")
    for record in submission.manifest.pictures:
        for place in ((subject, seed) for seed in result.seeds for subject in result.subjects):
            if (result.rows[record.row].label, *place) not in submission.trials:
                raise Refused(f"incomplete: {TRIALS} lacks {result.rows[record.row].label!r}, subject {place[0]}")
            wanted.update(submission.sheets(record, *place))
    present = {name for name in submission.files.sizes if name.startswith(f"{FOLDER}/")}
    if odd := sorted(wanted ^ present):
        what = "incomplete: it lacks the sheet" if odd[0] in wanted else "unexpected file:"
        raise Refused(f"{what} {odd[0]}")


def json_of(record: pydantic.BaseModel) -> bytes:
    """Return a pydantic record as the content of a JSON file."""
    return (record.model_dump_json(by_alias=True, indent=1) + "\n").encode()
