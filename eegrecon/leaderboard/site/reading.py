"""The submissions of folders, checked against themselves, with the verifier's records of what was re-scored."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from eegrecon.errors import DataError, MissingFiles
from eegrecon.leaderboard.site.boards import Entrant, NotShown
from eegrecon.leaderboard.site.entrants import Shown
from eegrecon.leaderboard.submission.manifest import MANIFEST
from eegrecon.leaderboard.submission.opened import opened
from eegrecon.leaderboard.verification import claims
from eegrecon.leaderboard.verification.record import Verification, verification

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


def read(
    paths: Sequence[Path],
    records: dict[str, Verification],
    version: str,
    show: Callable[[Shown], None],
) -> Iterator[Entrant | NotShown]:
    """Yield each submission, or why it is not shown.

    Args:
        paths: folders and zip files.
        records: the verifier's records.
        version: of eegrecon.
        show: called while the submission is open, so that its pictures can be read.
    """
    used: set[str] = set()
    for path in paths:
        try:
            with opened(path, class_scores=False) as submission:
                checks = claims.checks(submission, thorough=False)
                digest, name = submission.digest, submission.manifest.name
                record = records.get(digest) or verification(digest, name, checks, version)
                problems = [
                    f"{check.name}: {check.text}" for check in (*checks, *record.failed) if check.state == "FAILED"
                ]
                if record.state == "failed" or problems:
                    yield NotShown(name=name, reasons=tuple(dict.fromkeys(problems)))
                    continue
                yield _shown(Shown(submission, f"submissions/{_slug(path, used)}.html", record), show)
        except (DataError, MissingFiles) as error:
            yield NotShown(name=path.name, reasons=(str(error),))


def _shown(shown: Shown, show: Callable[[Shown], None]) -> Entrant | NotShown:
    """Show a submission; one whose result cannot be shown, being like none that a run writes, prevents no other."""
    try:
        entrant = shown.entrant()
        if not entrant.first:
            raise DataError("result: its first row has no summaries")
        show(shown)
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
