"""The submissions of folders, checked against themselves, with the verifier's records of what was re-scored."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eegrecon.errors import DataError, MissingFiles
from eegrecon.leaderboard.site.boards import Entrant, NotShown
from eegrecon.leaderboard.site.entrants import Shown
from eegrecon.leaderboard.site.pages import submission_page
from eegrecon.leaderboard.submission.manifest import MANIFEST
from eegrecon.leaderboard.submission.opened import opened
from eegrecon.leaderboard.verification import claims
from eegrecon.leaderboard.verification.record import Verification, verification

PAGES = "submissions"
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]+")


def found_in(folders: Sequence[str | Path]) -> list[Path]:
    """Return the submissions of folders: those that have a manifest, and zip files; a folder may be one itself.

    Raises:
        MissingFiles: there is no such folder.
    """
    found: list[Path] = []
    for name in folders:
        folder = Path(name)
        if not folder.is_dir():
            if not folder.is_file():
                raise MissingFiles(f"no folder {folder}; name the folder of the submissions, or one submission")
            found.append(folder)
        elif (folder / MANIFEST).exists():
            found.append(folder)
        else:
            inside = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
            found += [path for path in inside if path.suffix == ".zip" or path.is_symlink() or path.is_dir()]
    return found


@dataclass(frozen=True)
class Reading:
    """What reading one submission takes, so that another process can do it.

    Attributes:
        path: folder or zip file.
        page: its page below the site.
        site: the folder of the site, which receives the page.
    """

    path: Path
    page: str
    site: Path


def readings(paths: Sequence[Path], site: Path) -> list[Reading]:
    """Return what reading each submission takes, each with a page of its own."""
    used: set[str] = set()
    return [Reading(path, f"{PAGES}/{_slug(path, used)}.html", site) for path in paths]


def read(reading: Reading, records: Mapping[str, Verification], version: str) -> Entrant | NotShown:
    """Write a submission's page and return what boards need of it, or why it is not shown.

    Args:
        reading: the submission.
        records: the verifier's records.
        version: of eegrecon.
    """
    path = reading.path
    try:
        with opened(path, class_scores=False) as submission:
            checks = claims.checks(submission, thorough=False)
            digest, name = submission.digest, submission.manifest.name
            record = records.get(digest) or verification(digest, name, checks, version)
            problems = [f"{check.name}: {check.text}" for check in (*checks, *record.failed) if check.state == "FAILED"]
            if record.state == "failed" or problems:
                return NotShown(name=name, reasons=tuple(dict.fromkeys(problems)))
            return _shown(Shown(submission, reading.page, record), reading.site)
    except (DataError, MissingFiles) as error:
        return NotShown(name=path.name, reasons=(str(error),))


def _shown(shown: Shown, site: Path) -> Entrant | NotShown:
    """Write a submission's page; one that cannot be shown, its result being like none of a run, prevents no other."""
    try:
        entrant = shown.entrant()
        if not entrant.first:
            raise DataError("result: its first row has no summaries")
        (site / shown.page).write_text(submission_page(shown), encoding="utf-8")
    except DataError:
        raise
    except Exception as error:
        reason = f"result: it cannot be shown as a table ({type(error).__name__}), as one that a run writes can"
        return NotShown(name=shown.submission.manifest.name, reasons=(reason,))
    return entrant


def _slug(path: Path, used: set[str]) -> str:
    """Return a file name for a submission's page that no other one has."""
    base = _NOT_IN_NAMES.sub("-", path.stem.lower()).strip("-")[:60] or "submission"
    names = (base if number == 1 else f"{base}-{number}" for number in range(1, len(used) + 2))
    name = next(name for name in names if name not in used)
    used.add(name)
    return name
