"""Pruning of the store: removal of what is the store's own and of nothing else."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import filelock

from eegrecon.errors import UsageError
from eegrecon.pipeline.storage.layout import Item, contents, remove
from eegrecon.registry.resources import STORE_MARKER

_ABANDONED = 86_400.0  # seconds after which a part without a lock counts as abandoned
_SLOW = ("unfinished", "repetition")  # parts without a lock
_MARK = "This folder is an artifact store of eegrecon; `eegrecon cache prune` removes the artifacts in it.\n"


def is_store(root: Path) -> bool:
    """Whether a folder is marked as a store, or could be: it is empty or holds only what a store holds."""
    return (root / STORE_MARKER).is_file() or not any(item.kind == "other" for item in contents(root))


def mark(root: Path) -> None:
    """Create a store's folder and mark it, not through a link; a folder with files of others is used unmarked."""
    root.mkdir(parents=True, exist_ok=True)
    if not (root / STORE_MARKER).is_file() and is_store(root):
        with (
            contextlib.suppress(FileExistsError),
            (root / STORE_MARKER).open("x", encoding="utf-8") as file,
        ):
            file.write(_MARK)


def prune(root: Path, older_than: float) -> tuple[int, int]:
    """Remove artifacts not changed for that many seconds, damaged ones, and files of interrupted runs.

    What a run is computing is left, and so is everything that is not the store's.

    Returns:
        How many artifacts, and how many bytes.

    Raises:
        UsageError: the folder is no store.
    """
    if not is_store(root):
        other = next(item.path for item in contents(root) if item.kind == "other")
        raise UsageError(
            f"{root} is not marked as a store and holds other files ({other.relative_to(root)}), so nothing was "
            "removed; set EEGRECON_HOME to the store's folder, or remove the folders of stages by hand"
        )
    items, count, freed = list(contents(root)), 0, 0
    stages: dict[tuple[str, str], list[Item]] = {}
    for item in items:
        if item.kind not in ("other", "ledger", "marker"):
            stages.setdefault((item.stage, item.key), []).append(item)
    for parts in stages.values():
        with contextlib.suppress(filelock.Timeout), _locked(parts):
            for item in parts:
                size, changed = item.state()
                if time.time() - changed >= (max(older_than, _ABANDONED) if item.kind in _SLOW else older_than):
                    _remove(item)
                    count, freed = count + (item.kind == "artifact"), freed + size
    for folder in _emptied(items, root):
        with contextlib.suppress(OSError):  # another run has just put something there
            folder.rmdir()
    return count, freed


@contextlib.contextmanager
def _locked(parts: list[Item]) -> Iterator[None]:
    """Hold the lock of a stage while its parts are removed, if it has one."""
    with contextlib.ExitStack() as stack:
        for item in parts:
            if item.kind == "lock":
                stack.enter_context(filelock.FileLock(item.path, timeout=0))
        yield


def _remove(item: Item) -> None:
    if item.kind == "lock":
        item.path.unlink(missing_ok=True)
    elif item.kind == "artifact":
        remove(item.path)
    else:
        shutil.rmtree(item.path)


def _emptied(items: list[Item], root: Path) -> Iterator[Path]:
    """Yield the folders of the store that hold nothing any more, the inner ones first."""
    folders = {parent for item in items for parent in item.path.parents if parent.is_relative_to(root)}
    for folder in sorted(folders - {root}, key=lambda folder: -len(folder.parts)):
        if not any(folder.iterdir()):
            yield folder
