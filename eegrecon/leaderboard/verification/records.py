"""A folder of the verifier's records: what was found of each submission, by the digest of its manifest."""

from __future__ import annotations

import json
from pathlib import Path

from eegrecon.errors import DataError, MissingFiles
from eegrecon.leaderboard.submission.opened import opened
from eegrecon.leaderboard.verification.record import Verification


def keep(found: Verification, folder: Path) -> None:
    """Write a record into a folder; of a submission that could not be read there is none."""
    if found.submission:
        folder.mkdir(parents=True, exist_ok=True)
        text = found.model_dump_json(by_alias=True, indent=1)
        (folder / f"{found.submission}.json").write_text(f"{text}\n", encoding="utf-8")


def kept(submission: str | Path, folder: Path) -> Verification | None:
    """Return the record of a submission whose scores were computed again, or that failed; None without one.

    Raises:
        DataError: a file in the folder is no record.
    """
    if not folder.is_dir():
        return None
    try:
        with opened(submission, class_scores=False) as found:
            digest = found.digest
    except DataError:
        return None
    record = records_in(folder).get(digest)
    return record if record is not None and record.state != "consistent" else None


def records_in(folder: str | Path | None) -> dict[str, Verification]:
    """Return the records in a folder by the submission's digest.

    Raises:
        MissingFiles: there is no such folder.
        DataError: a file is no such record.
    """
    if folder is None:
        return {}
    if not Path(folder).is_dir():
        raise MissingFiles(f"no folder {folder}; eegrecon leaderboard verify --record DIR writes one")
    records = {}
    for file in sorted(Path(folder).glob("*.json")):
        try:
            record = Verification.model_validate(json.loads(file.read_text(encoding="utf-8")))
        except (ValueError, RecursionError) as error:
            raise DataError(f"{file} is no record of a verification; remove it, or verify again") from error
        records[record.submission] = record
    return records
