"""The artifact store: one folder ``<stage>/<key>/`` per artifact, with ``arrays.safetensors`` and ``meta.json``.

An artifact is written to a temporary folder and moved into place, so that it is either complete or absent. Reading
verifies the checksums of both files and that they are those of this stage and key; a damaged artifact is named, set
aside and recomputed. A file that cannot be read for another reason is an error, and the artifact stays.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import filelock
from numpy.typing import NDArray

from eegrecon.errors import DataError, EegreconError
from eegrecon.interfaces.data import Arrays
from eegrecon.pipeline.storage import array_files, pruning
from eegrecon.pipeline.storage.layout import ARRAYS, META, SEAL, contents, description, remove, seal
from eegrecon.registry.resources import content_digest

T = TypeVar("T")
OPEN = 64  # artifacts that are kept open, each with one open file
_DAMAGE = (FileNotFoundError, IsADirectoryError, ValueError, KeyError, RecursionError, DataError)


def home() -> Path:
    """Return the store's folder: ``$EEGRECON_HOME`` or the platform's cache folder."""
    named = os.environ.get("EEGRECON_HOME")
    if named:
        return Path(named).expanduser().absolute()
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
        read: returns the arrays of a file.
        remove: removes the folder of an artifact.
        shared: folders of the kinds of stage that lie in another store.
    """

    root: Path
    warn: Callable[[str], None] = lambda message: None
    write: Callable[[Path, Arrays], str] = array_files.write
    read: Callable[[Path], Arrays] = array_files.read
    remove: Callable[[Path], None] = remove
    shared: Mapping[str, Path] = field(default_factory=dict)
    _open: OrderedDict[tuple[str, str], Artifact] = field(default_factory=OrderedDict)
    _marked: bool = False

    def path(self, stage: str, key: str) -> Path:
        """Return the folder of an artifact, whether or not it exists."""
        return self.shared.get(stage, self.root / stage) / key

    def has(self, stage: str, key: str) -> bool:
        """Whether an artifact exists with a valid description; its arrays are verified when they are read."""
        folder = self.path(stage, key)
        try:
            return bool(description(folder)) and (folder / ARRAYS).is_file()
        except _DAMAGE:
            return False
        except OSError as error:
            raise _cannot_read(folder, error) from error

    def meta(self, stage: str, key: str) -> Mapping[str, Any]:
        """Return an artifact's description without reading its arrays; empty where it is absent or damaged."""
        return self._verified(stage, key, description) or {}

    def descriptions(self, stage: str) -> Iterator[Mapping[str, Any]]:
        """Yield the description of every artifact of a kind, without reading arrays; a damaged one is left out."""
        folder = self.shared.get(stage, self.root / stage)
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            found = _intact(path)
            if found is not None:
                yield found

    def get(self, stage: str, key: str) -> Artifact | None:
        """Return an artifact, or None where it is absent or damaged; a damaged one is set aside with a warning.

        Raises:
            EegreconError: it cannot be read, for another reason than damage.
        """
        artifact = self._open.pop((stage, key), None) or self._verified(stage, key, self._artifact)
        if artifact is not None:
            self._open[stage, key] = artifact
            if len(self._open) > OPEN:
                self._open.popitem(last=False)
        return artifact

    def private(self, stage: str, key: str) -> Arrays | None:
        """Return the arrays of an artifact for one reader, writable without effect on the store and on other readers.

        None where it is absent or damaged, as from `get`, which verifies it.
        """
        return None if self.get(stage, key) is None else array_files.read(self.path(stage, key) / ARRAYS, private=True)

    def _artifact(self, folder: Path) -> Artifact:
        meta = description(folder)
        if content_digest(folder / ARRAYS) != meta["checksum"]:
            raise DataError(f"the checksum of {ARRAYS} does not match")
        return Artifact(self.read(folder / ARRAYS), meta)

    def _verified(self, stage: str, key: str, read: Callable[[Path], T]) -> T | None:
        """Read something of an artifact; only wrong content counts as damage, not a file that cannot be opened."""
        folder = self.path(stage, key)
        try:
            return read(folder) if folder.is_dir() else None
        except _DAMAGE as error:
            self._set_aside(folder, error)
            return None
        except OSError as error:
            raise _cannot_read(folder, error) from error

    def put(self, stage: str, key: str, arrays: Arrays, meta: Mapping[str, Any]) -> Artifact:
        """Store an artifact and return it as stored. Where another process was faster, its artifact is kept.

        Raises:
            EegreconError: the store cannot be written, with the path and the reason.
        """
        target = self.path(stage, key)
        try:
            self._create(target.parent)
            temporary = Path(tempfile.mkdtemp(prefix=f".{key[:8]}-", dir=target.parent))
        except OSError as error:
            raise _cannot_write(target, error, arrays) from error
        try:
            checksum = self.write(temporary / ARRAYS, arrays)
            described = json.loads(json.dumps({**meta, "key": key, "stage": stage, "checksum": checksum}))
            text = json.dumps({**described, SEAL: seal(described)}, indent=1, sort_keys=True)
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
            self._create(folder)
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
        """Remove an artifact and the scratch files of an interrupted computation of it.

        Raises:
            EegreconError: they cannot be removed.
        """
        self._open.pop((stage, key), None)
        scratch = self.root / "scratch" / stage / key
        for folder in (self.path(stage, key), scratch):
            try:
                if folder.exists():
                    shutil.rmtree(folder) if folder == scratch else self.remove(folder)
            except OSError as error:
                raise _cannot_remove(folder, error) from error

    def scratch(self, stage: str, key: str) -> Path:
        """Return a stage's scratch folder, created if necessary; it survives an interruption."""
        folder = self.root / "scratch" / stage / key
        try:
            self._create(folder)
        except OSError as error:
            raise _cannot_write(folder, error, {}) from error
        return folder

    @contextmanager
    def temporary(self, shared: str) -> Iterator[Store]:
        """Yield a store for a repetition, which is removed afterwards and shares the artifacts of one kind of stage."""
        folder = self.root / "scratch"
        try:
            self._create(folder)
            temporary = tempfile.TemporaryDirectory(prefix="twice-", dir=folder)
        except OSError as error:
            raise _cannot_write(folder, error, {}) from error
        with temporary as name:
            store = Store(Path(name), self.warn, shared={shared: self.root / shared})
            store._mark()
            yield store

    def lines(self, name: str) -> list[str]:
        """Return the lines of a text file beside the artifacts, which pruning leaves alone."""
        path = self.root / name
        return path.read_text(encoding="utf-8", errors="replace").splitlines() if path.is_file() else []

    def append(self, name: str, lines: Iterable[str]) -> None:
        """Append lines to such a text file."""
        path = self.root / name
        try:
            self._create(path.parent)
            if path.is_symlink():
                raise _leads_out(path)
            with path.open("a", encoding="utf-8") as file:
                file.writelines(f"{line}\n" for line in lines)
        except OSError as error:
            raise _cannot_write(path, error, {}) from error

    def entries(self) -> Iterator[tuple[str, str, int, float]]:
        """Yield stage, key, bytes and time of last change of every artifact."""
        for item in contents(self.root):
            if item.kind == "artifact":
                yield item.stage, item.key, *item.state()

    def prune(self, older_than: float = 0.0) -> tuple[int, int]:
        """Remove what was not changed for that many seconds and is the store's own; what a run is computing is left.

        Returns:
            How many artifacts, and how many bytes.

        Raises:
            UsageError: the folder is no store.
            EegreconError: something cannot be removed.
        """
        self._open.clear()
        try:
            return pruning.prune(self.root, older_than)
        except OSError as error:
            raise _cannot_remove(Path(error.filename or self.root), error) from error

    def _mark(self) -> None:
        if not self._marked:
            pruning.mark(self.root)
            self._marked = True

    def _create(self, folder: Path) -> None:
        """Create a folder of the store, where it does not exist.

        Raises:
            OSError: it cannot be created.
            EegreconError: a symbolic link leads out of the store.
        """
        self._mark()
        for path in (folder, *folder.parents):
            if path in (self.root, *self.shared.values()):
                break
            if path.is_symlink():
                raise _leads_out(path)
        folder.mkdir(parents=True, exist_ok=True)

    def _set_aside(self, folder: Path, error: Exception) -> None:
        aside = self.root / "damaged" / f"{folder.parent.name}-{folder.name}-{time.time_ns()}"
        self.warn(f"{folder} is damaged ({error}); it was set aside as {aside} and will be recomputed")
        try:
            self._create(aside.parent)
            os.replace(folder, aside)
        except FileNotFoundError:  # another run has set it aside or removed it
            return
        except OSError as problem:
            raise EegreconError(
                f"{folder} is damaged and cannot be moved away: {problem}; remove it by hand"
            ) from problem


def _intact(folder: Path) -> Mapping[str, Any] | None:
    """Return the description of an artifact; None where it cannot be read, is damaged, or is no artifact."""
    try:
        return None if folder.is_symlink() else description(folder)
    except (*_DAMAGE, OSError):
        return None


def _move(temporary: Path, target: Path) -> None:
    try:
        os.replace(temporary, target)
    except OSError:
        if not (target / META).is_file():  # anything but a lost race
            raise


def _leads_out(path: Path) -> EegreconError:
    return EegreconError(
        f"cannot write to {path}: it is a symbolic link, and the store writes nothing outside its folder; remove the "
        "link"
    )


def _cannot_read(path: Path, error: OSError) -> EegreconError:
    return EegreconError(
        f"cannot read {path}: {error.strerror or error}. The artifact is kept; repair the cause (permissions, the "
        "limit of open files, the disk) and run again"
    )


def _cannot_remove(path: Path, error: OSError) -> EegreconError:
    return EegreconError(
        f"cannot remove {path}: {error.strerror or error}; make the store writable, or set EEGRECON_HOME to another "
        "folder, where all stages are computed"
    )


def _cannot_write(path: Path, error: OSError, arrays: Arrays) -> EegreconError:
    need = sum(array.nbytes for array in arrays.values()) / 1e6
    return EegreconError(
        f"cannot write {path}: {error.strerror or error}; {need:.1f} MB are needed there. "
        "Free some space, or set EEGRECON_HOME to another folder"
    )
