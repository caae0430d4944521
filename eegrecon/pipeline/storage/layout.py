"""The layout of the store: which files and folders below its root are the store's own, by their form.

    STORE_MARKER                          marks the root
    <stage>/<key>/                        an artifact: arrays.safetensors and meta.json, which names stage and key
    <stage>/.<start of key>-<random>/     an artifact that is being written or removed
    scratch/<stage>/<key>/                files of a stage under way; scratch/twice-<random>/ a repetition
    damaged/<stage>-<key>-<time>/         a damaged artifact that was set aside
    locks/<stage>-<key>.lock              a lock
    ledger/<page>.jsonl                   the ledger of test sets

Anything else belongs to someone else and is left alone, and so is whatever lies behind a symbolic link.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eegrecon.errors import DataError
from eegrecon.registry.resources import STORE_MARKER

ARRAYS, META, SEAL = "arrays.safetensors", "meta.json", "seal"

_STAGE, _KEY = r"(?P<stage>[a-z]+(?:-[a-z]+)*)", r"(?P<key>[0-9a-f]{32})"
_FORMS = {
    "artifact": rf"{_STAGE}/{_KEY}",
    "unfinished": rf"{_STAGE}/\.[0-9a-f]{{8}}-\w+",
    "scratch": rf"scratch/{_STAGE}/{_KEY}",
    "repetition": r"scratch/twice-\w+",
    "damaged": rf"damaged/{_STAGE}-{_KEY}-\d+",
    "lock": rf"locks/{_STAGE}-{_KEY}\.lock",
    "ledger": r"ledger/[0-9a-f]+\.jsonl",
    "marker": re.escape(STORE_MARKER),
}
_PARENT = rf"(?:scratch/)?{_STAGE}"  # a folder in which such things lie


@dataclass(frozen=True)
class Item:
    """Something below the root of a store.

    Attributes:
        kind: "artifact", "unfinished", "scratch", "repetition", "damaged", "lock", "ledger", "marker", or "other" for
            what is not the store's.
        path: where it lies.
        stage: kind of the stage that it belongs to, or empty.
        key: key of that stage, or empty.
    """

    kind: str
    path: Path
    stage: str = ""
    key: str = ""

    def state(self) -> tuple[int, float]:
        """Return its bytes and the time of its last change; symbolic links are not followed."""
        states = list(_states(self.path))
        changed = max((state.st_mtime for state in states), default=0.0)
        described = self.kind == "artifact"  # the time of its description is that of the artifact
        return sum(state.st_size for state in states), (self.path / META).stat().st_mtime if described else changed


def _states(path: Path) -> Iterator[os.stat_result]:
    yield path.lstat()
    for folder, folders, files in os.walk(path):
        for name in (*folders, *files):
            with contextlib.suppress(FileNotFoundError):  # another process removes its files
                yield os.lstat(os.path.join(folder, name))


def contents(root: Path) -> Iterator[Item]:
    """Yield everything below a store's root; folders of others are named and not entered."""
    return _walk(root, root) if root.is_dir() else iter(())


def _walk(folder: Path, root: Path) -> Iterator[Item]:
    for path in sorted(folder.iterdir()):
        inside = path.relative_to(root).as_posix()
        item = None if path.is_symlink() else _of_form(path, inside)
        if item is not None:
            yield item
        elif re.fullmatch(_PARENT, inside) and path.is_dir() and not path.is_symlink():
            yield from _walk(path, root)
        else:
            yield Item("other", path)


def _of_form(path: Path, inside: str) -> Item | None:
    for kind, form in _FORMS.items():
        match = re.fullmatch(form, inside)
        if match and _looks_like(kind, path):
            named = match.groupdict()
            return Item(kind, path, named.get("stage", ""), named.get("key", ""))
    return None


def _looks_like(kind: str, path: Path) -> bool:
    """Whether something of the right name is of the right kind."""
    if kind in ("lock", "ledger", "marker"):
        return path.is_file()
    if kind in ("artifact", "unfinished"):
        names = {entry.name for entry in path.iterdir()} if path.is_dir() else {""}
        return names <= {ARRAYS, META} and (kind == "unfinished" or _names_itself(path))
    return path.is_dir() and (kind != "repetition" or (path / STORE_MARKER).is_file())


def _names_itself(folder: Path) -> bool:
    try:
        meta = json.loads((folder / META).read_text(encoding="utf-8"))
    except (FileNotFoundError, IsADirectoryError, ValueError, RecursionError):
        return False
    return isinstance(meta, dict) and (meta.get("stage"), meta.get("key")) == (folder.parent.name, folder.name)


def description(folder: Path) -> dict[str, Any]:
    """Return the content of an artifact's ``meta.json``.

    Raises:
        DataError: it was changed after it was written, or describes another artifact.
        ValueError: it is not JSON.
        OSError: it cannot be read.
    """
    meta = json.loads((folder / META).read_text(encoding="utf-8"))
    if not isinstance(meta, dict) or meta.get(SEAL) != seal(meta):
        raise DataError(f"the checksum of {META} does not match")
    described = f"{meta.get('stage')}/{meta.get('key')}"
    if described != f"{folder.parent.name}/{folder.name}":
        raise DataError(f"it is the artifact {described} in the wrong folder")
    return meta


def seal(meta: Mapping[str, Any]) -> str:
    """Return the digest of a description, as it was read from JSON, without its seal."""
    text = json.dumps({name: value for name, value in meta.items() if name != SEAL}, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def remove(folder: Path) -> None:
    """Remove a folder of the store; it disappears in one step, so that nobody reads half of it."""
    hidden = folder.with_name(f".{folder.name[:8]}-{time.time_ns()}")
    os.replace(folder, hidden)
    shutil.rmtree(hidden)
