"""The artifact store: one folder ``<stage>/<key>/`` per artifact, with ``arrays.safetensors`` and ``meta.json``.

An artifact is written to a temporary folder and moved into place, so that it is either complete or absent. Reading
verifies a checksum; a damaged artifact is named, set aside and recomputed.
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

from eegrecon.errors import DataError, EegreconError
from eegrecon.interfaces.data import Arrays
from eegrecon.pipeline.storage import array_files
from eegrecon.registry.resources import content_digest

ARRAYS, META = "arrays.safetensors", "meta.json"
_ABANDONED = 86_400.0  # seconds after which an unfinished artifact counts as abandoned


def home() -> Path:
    """Return the store's folder: ``$EEGRECON_HOME`` or the platform's cache folder."""
    named = os.environ.get("EEGRECON_HOME")
    if named:
        return Path(named).expanduser()
    import platformdirs  # a few milliseconds, only when a store is opened

    return Path(platformdirs.user_cache_dir("eegrecon", appauthor=False))


@dataclass(frozen=True, eq=False)
class Artifact:
    """The product of a stage.

    Attributes:
        arrays: memory-mapped arrays by name.
        meta: the description: key, seconds, notes, checksum …, and the stage's own ``metadata``.
    """

    arrays: Mapping[str, NDArray[Any]]
    meta: Mapping[str, Any]

    @property
    def metadata(self) -> Mapping[str, Any]:
        """JSON-like values that the stage function returned beside the arrays."""
        found: Mapping[str, Any] = self.meta["metadata"]
        return found


@dataclass
class Store:
    """Artifacts below one folder.

    Attributes:
        root: the folder.
        warn: receives messages about damaged artifacts.
        write: writes arrays to a file and returns its digest.
    """

    root: Path
    warn: Callable[[str], None] = lambda message: None
    write: Callable[[Path, Arrays], str] = array_files.write
    _open: dict[str, Artifact] = field(default_factory=dict)

    def path(self, stage: str, key: str) -> Path:
        """Return the folder of an artifact, whether or not it exists."""
        return self.root / stage / key

    def has(self, stage: str, key: str) -> bool:
        """Whether an artifact exists; its bytes are verified when it is read."""
        folder = self.path(stage, key)
        return (folder / META).is_file() and (folder / ARRAYS).is_file()

    def meta(self, stage: str, key: str) -> Mapping[str, Any]:
        """Return an artifact's description without reading its arrays; empty where it is absent or damaged."""
        try:
            meta: Mapping[str, Any] = json.loads((self.path(stage, key) / META).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return meta

    def get(self, stage: str, key: str) -> Artifact | None:
        """Return an artifact, or None where it is absent or damaged; a damaged one is set aside with a warning."""
        if key in self._open:
            return self._open[key]
        folder = self.path(stage, key)
        if not folder.is_dir():
            return None
        try:
            meta = json.loads((folder / META).read_text(encoding="utf-8"))
            if content_digest(folder / ARRAYS) != meta["checksum"]:
                raise DataError(f"the checksum of {ARRAYS} does not match")
            artifact = Artifact(array_files.read(folder / ARRAYS), meta)
        except (OSError, ValueError, KeyError, DataError) as error:
            self._set_aside(folder, error)
            return None
        self._open[key] = artifact
        return artifact

    def put(self, stage: str, key: str, arrays: Arrays, meta: Mapping[str, Any]) -> Artifact:
        """Store an artifact and return it as stored. Where another process was faster, its artifact is kept.

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
            checksum = self.write(temporary / ARRAYS, arrays)
            text = json.dumps({"key": key, "stage": stage, **meta, "checksum": checksum}, indent=1, sort_keys=True)
            (temporary / META).write_text(text, encoding="utf-8")
            _move(temporary, target)
        except OSError as error:
            raise _cannot_write(target, error, arrays) from error
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
        artifact = self.get(stage, key)
        if artifact is None:
            raise EegreconError(f"{target} was written but cannot be read back; check the disk and run again")
        return artifact

    @contextmanager
    def lock(self, stage: str, key: str) -> Iterator[None]:
        """Hold the lock of an artifact, so that two runs do not compute it at once; the second one waits.

        The lock is released when the process that holds it ends, however that happens.
        """
        folder = self.root / "locks"
        lock = filelock.FileLock(folder / f"{stage}-{key}.lock")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            try:
                lock.acquire(timeout=0)
            except filelock.Timeout:
                self.warn(f"another run is computing {stage} {key[:8]}; waiting for it")
                lock.acquire()
        except OSError as error:
            raise _cannot_write(folder, error, {}) from error
        try:
            yield
        finally:
            lock.release()

    def discard(self, stage: str, key: str) -> None:
        """Remove an artifact and the scratch files of an interrupted computation of it."""
        self._open.pop(key, None)
        for folder in (self.path(stage, key), self.root / "scratch" / stage / key):
            shutil.rmtree(folder, ignore_errors=True)

    def scratch(self, stage: str, key: str) -> Path:
        """Return a stage's scratch folder, created if necessary; it survives an interruption."""
        folder = self.root / "scratch" / stage / key
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise _cannot_write(folder, error, {}) from error
        return folder

    def lines(self, name: str) -> list[str]:
        """Return the lines of a text file beside the artifacts, which pruning leaves alone."""
        path = self.root / name
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []

    def append(self, name: str, lines: Iterable[str]) -> None:
        """Append lines to such a text file."""
        path = self.root / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise _cannot_write(path, error, {}) from error

    def entries(self) -> Iterator[tuple[str, str, int, float]]:
        """Yield stage, key, bytes and time of last change of every artifact."""
        for meta in sorted(self.root.glob(f"*/*/{META}")):
            folder = meta.parent
            size = sum(file.stat().st_size for file in folder.iterdir())
            yield folder.parent.name, folder.name, size, meta.stat().st_mtime

    def prune(self, older_than: float = 0.0) -> tuple[int, int]:
        """Remove artifacts not changed for that many seconds, damaged ones, and files of interrupted runs.

        Returns:
            How many artifacts, and how many bytes.
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
        self.warn(f"{folder} is damaged ({error}); it was set aside as {aside} and will be recomputed")
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
        "Free some space, or set EEGRECON_HOME to another folder"
    )
