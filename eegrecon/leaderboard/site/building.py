"""Building the site: reading the submissions, rendering, and replacing a former site in one go."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import eegrecon
from eegrecon.errors import EegreconError, UsageError
from eegrecon.leaderboard.site import pages
from eegrecon.leaderboard.site.boards import SCHEMA, Entrant, Leaderboard, NotShown, boards
from eegrecon.leaderboard.site.reading import PAGES, Reading, found_in, read, readings
from eegrecon.leaderboard.verification.record import Verification
from eegrecon.leaderboard.verification.records import records_in

DATA = "leaderboard.json"
EACH = 20  # submissions for which another process is worth its start


def build(
    folders: Sequence[str | Path],
    out: str | Path,
    verified: str | Path | None = None,
    tell: Callable[[str], None] = lambda line: None,
    processes: int = 1,
) -> Leaderboard:
    """Write the site of the submissions in folders and return what it shows. Equal submissions give equal files.

    Args:
        folders: folders of submissions, or submissions.
        out: folder of the site; a site that was built there before is replaced.
        verified: folder with the verifier's records; without one, no submission counts as re-scored.
        tell: receives a line for each submission that is not shown.
        processes: how many read them, where there are many. Each imports the main module, which must be one that may be
            imported.

    Raises:
        MissingFiles: a folder does not exist.
        UsageError: ``out`` holds anything but a site.
    """
    out = Path(out)
    _check(out)
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".site-", dir=out.parent))
    try:
        (temporary / PAGES).mkdir()
        found = _read(readings(found_in(folders), temporary), records_in(verified), processes)
        not_shown = tuple(one for one in found if isinstance(one, NotShown))
        for one in not_shown:
            tell(f"not shown: {one.name}: {'; '.join(one.reasons)}")
        leaderboard = Leaderboard(
            schema=SCHEMA, boards=boards(one for one in found if isinstance(one, Entrant)), not_shown=not_shown
        )
        (temporary / "index.html").write_text(pages.index(leaderboard), encoding="utf-8")
        (temporary / "leaderboard.md").write_text(pages.markdown(leaderboard), encoding="utf-8")
        (temporary / DATA).write_text(leaderboard.model_dump_json(by_alias=True, indent=1) + "\n", encoding="utf-8")
        _replace(temporary, out)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return leaderboard


def _read(
    submissions: Sequence[Reading], records: Mapping[str, Verification], processes: int
) -> list[Entrant | NotShown]:
    """Read submissions in their order, many of them in several processes."""
    work = partial(read, records=records, version=eegrecon.__version__)
    processes = min(processes, len(submissions) // EACH)
    if processes < 2:
        return [work(one) for one in submissions]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(work, submissions, chunksize=4))


def _check(out: Path) -> None:
    """Refuse a folder that holds anything but a site of ours."""
    if out.is_symlink() or (out.exists() and not out.is_dir()):
        raise UsageError(f"--out {out} is no folder; name a new one")
    if not out.exists() or not any(out.iterdir()):
        return
    try:
        ours = json.loads((out / DATA).read_text(encoding="utf-8")).get("schema") == SCHEMA
    except (OSError, ValueError, AttributeError, RecursionError):
        ours = False
    others = sorted({path.name for path in out.iterdir()} - {"index.html", "leaderboard.md", DATA, PAGES})
    if not ours or others:
        names = ", ".join(others[:3] or [path.name for path in out.iterdir()][:3])
        raise UsageError(f"--out {out} holds other files ({names}); choose a new or empty folder, or a former site")


def _replace(new: Path, out: Path) -> None:
    """Move a site into place; a former one is removed when the new one is there."""
    try:
        former = new.with_name(f"{new.name}-former")
        if out.exists():
            os.replace(out, former)
        os.replace(new, out)
        shutil.rmtree(former, ignore_errors=True)
        out.chmod(0o755)
    except OSError as error:
        raise EegreconError(
            f"cannot write {out}: {error.strerror}; make it writable, or choose another --out"
        ) from error
