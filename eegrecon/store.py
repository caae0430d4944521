"""The artefact store: what a stage made, kept under its key.

An artefact is a folder ``<stage>/<key>/`` with ``arrays.safetensors`` and ``meta.json``. It is written to a temporary
folder and moved into place, so that it is either whole or not there; reading verifies a checksum, and what does not
match is named, set aside and made again.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import filelock
from numpy.typing import NDArray

from eegrecon import arrays as array_files
from eegrecon.addresses import content_digest
from eegrecon.data import Arrays
from eegrecon.errors import DataError, EegreconError

ARRAYS, META = "arrays.safetensors", "meta.json"
_ABANDONED = 86_400.0  # seconds after which an unfinished artefact is nobody's any more


def home() -> Path:
    """Return the store's folder: ``$EEGRECON_HOME`` or the platform's cache folder."""
    named = os.environ.get("EEGRECON_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs  # a few milliseconds, only when a store is opened

    return Path(platformdirs.user_cache_dir("eegrecon", appauthor=False))


@dataclass(frozen=True, eq=False)
class Artefact:
    """What a stage made: arrays (memory-mapped) and what is said about them."""

    arrays: Mapping[str, NDArray[Any]]
    meta: Mapping[str, Any]


@dataclass
class Store:
    """Artefacts below one folder."""

    root: Path
    say: Callable[[str], None] = lambda message: None  # told of damaged artefacts
    _open: dict[str, Artefact] = field(default_factory=dict)

    def path(self, stage: str, key: str) -> Path:
        """Return where an artefact stands or would stand."""
        return self.root / stage / key

    def has(self, stage: str, key: str) -> bool:
        """Whether an artefact is there and whole enough to be listed (its bytes are verified when it is read)."""
        folder = self.path(stage, key)
        return (folder / META).is_file() and (folder / ARRAYS).is_file()

    def meta(self, stage: str, key: str) -> Mapping[str, Any]:
        """Return what is said of an artefact without reading its arrays; nothing where it is absent or damaged."""
        try:
            said: Mapping[str, Any] = json.loads((self.path(stage, key) / META).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return said

    def get(self, stage: str, key: str) -> Artefact | None:
        """Return an artefact, or None where it is absent or damaged; a damaged one is set aside and said."""
        if key in self._open:
            return self._open[key]
        folder = self.path(stage, key)
        if not folder.is_dir():
            return None
        try:
            meta = json.loads((folder / META).read_text(encoding="utf-8"))
            if content_digest(folder / ARRAYS) != meta["checksum"]:
                raise DataError(f"the checksum of {ARRAYS} does not match")
            artefact = Artefact(array_files.read(folder / ARRAYS), meta)
        except (OSError, ValueError, KeyError, DataError) as error:
            self._set_aside(folder, error)
            return None
        self._open[key] = artefact
        return artefact

    def put(self, stage: str, key: str, arrays: Arrays, meta: Mapping[str, Any]) -> Artefact:
        """Keep an artefact. Where another process was faster, its artefact stays.

        Raises:
            EegreconError: the store cannot be written, with the path and the reason.
        """
        target = self.path(stage, key)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            temporary = Path(tempfile.mkdtemp(prefix=f".{key[:8]}-", dir=target.parent))
        except OSError as error:
            raise _cannot_write(target, error, arrays) from error
        try:
            checksum = array_files.write(temporary / ARRAYS, arrays)
            text = json.dumps({"key": key, "stage": stage, **meta, "checksum": checksum}, indent=1, sort_keys=True)
            (temporary / META).write_text(text, encoding="utf-8")
            _move(temporary, target)
        except OSError as error:
            raise _cannot_write(target, error, arrays) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        artefact = self.get(stage, key)
        if artefact is None:
            raise EegreconError(f"{target} was written but cannot be read back; check the disk and run again")
        return artefact

    @contextmanager
    def lock(self, stage: str, key: str) -> Iterator[None]:
        """Hold what is being made, so that two runs do not make it at once; whoever comes second waits.

        The lock ends with the process that holds it, however that ends.
        """
        folder = self.root / "locks"
        lock = filelock.FileLock(folder / f"{stage}-{key}.lock")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                self.say(f"another run is making {stage} {key[:8]}; waiting for it")
                lock.acquire()
        except OSError as error:
            raise _cannot_write(folder, error, {}) from error
        try:
            yield
        finally:
            lock.release()

    def discard(self, stage: str, key: str) -> None:
        """Remove an artefact and what an interrupted run has left of it."""
        self._open.pop(key, None)
        for folder in (self.path(stage, key), self.root / "scratch" / stage / key):
            shutil.rmtree(folder, ignore_errors=True)

    def scratch(self, stage: str, key: str) -> Path:
        """Return a stage's scratch folder, made if need be; it survives an interruption."""
        folder = self.root / "scratch" / stage / key
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error, {}) from error
        return folder

    def lines(self, name: str) -> list[str]:
        """Return the lines of a text that stands beside the artefacts and outlives their clearing."""
        path = self.root / name
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []

    def append(self, name: str, lines: Iterable[str]) -> None:
        """Add lines to such a text."""
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise _cannot_write(path, error, {}) from error

    def entries(self) -> Iterator[tuple[str, str, int, float]]:
        """Yield stage, key, bytes and time of last change of every artefact."""
        for meta in sorted(self.root.glob(f"*/*/{META}")):
            folder = meta.parent
            size = sum(file.stat().st_size for file in folder.iterdir())
            yield folder.parent.name, folder.name, size, meta.stat().st_mtime

    def prune(self, older_than: float = 0.0) -> tuple[int, int]:
        """Remove artefacts not changed for that many seconds, what was set aside, and what interrupted runs left.

        Returns:
            How many artefacts, and how many bytes.
        """
        now, count, freed = time.time(), 0, 0
        for stage, key, size, changed in list(self.entries()):
            if now - changed >= older_than:
                shutil.rmtree(self.path(stage, key))
                count, freed = count + 1, freed + size
        aside = [self.root / name for name in ("scratch", "damaged", "locks")]
        aside += [left for left in self.root.glob("*/.*-*") if now - left.stat().st_mtime > _ABANDONED]
        for folder in aside:
            shutil.rmtree(folder, ignore_errors=True)
        return count, freed

    def _set_aside(self, folder: Path, error: Exception) -> None:
        aside = self.root / "damaged" / f"{folder.parent.name}-{folder.name}-{time.time_ns()}"
        self.say(f"{folder} is damaged ({error}); it is set aside as {aside} and made again")
        try:
            aside.parent.mkdir(parents=True, exist_ok=True)
            os.replace(folder, aside)
        except OSError as problem:
            raise EegreconError(
                f"{folder} is damaged and cannot be moved away: {problem}; remove it by hand"
            ) from problem


def _move(temporary: Path, target: Path) -> None:
    try:
        os.replace(temporary, target)
    except OSError:
        if not (target / META).is_file():  # anything but a lost race
            raise


def _cannot_write(path: Path, error: OSError, arrays: Arrays) -> EegreconError:
    need = sum(array.nbytes for array in arrays.values()) / 1e6
    return EegreconError(
        f"cannot write {path}: {error.strerror or error}; {need:.1f} MB are needed there. "
        "Make room, or name another folder with EEGRECON_HOME"
    )
