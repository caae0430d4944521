"""Models and files: where those are that a configuration names, the digest of their content, space for new ones.

An address is a local path, ``package:folder/inside`` for data of an installed package, or a hub's id. Keys of stages
depend on the content (`content_digest`), not on the address.
"""

from __future__ import annotations

import errno
import hashlib
import importlib.util
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from eegrecon.errors import EegreconError

if TYPE_CHECKING:
    import numpy as np

STORE_MARKER = ".eegrecon-store"  # the file that marks the root of an artifact store
_OF_STORE = re.compile(
    r"[a-z-]+/(?P<artifact>[0-9a-f]{32})|[a-z-]+/\.[0-9a-f]{8}-\w+|damaged/[a-z-]+-[0-9a-f]{32}-\d+"
    rf"|locks/[a-z-]+-[0-9a-f]{{32}}\.lock|ledger/[0-9a-f]{{32}}\.jsonl|.*/{re.escape(STORE_MARKER)}"
)
_CHUNK = 1 << 22  # bytes read at a time while hashing


def locate(address: str) -> Path | None:
    """Return the local path that an address names, or None if it can only be a hub's id.

    Args:
        address: ``"package:folder/inside"``, a path, or anything else.
    """
    package, colon, inside = address.partition(":")
    if colon and package.isidentifier() and (spec := importlib.util.find_spec(package)):
        for root in spec.submodule_search_locations or ():
            if (found := Path(root, inside)).exists():
                return found
        return None
    path = Path(address).expanduser()
    return path if address and path.exists() else None


def named_path(value: object) -> Path | None:
    """Return the path that a field's value names, or None; a text without letter or digit (``"."``) names none."""
    if not isinstance(value, str | Path) or not any(letter.isalnum() for letter in str(value)):
        return None
    try:
        return locate(str(value))
    except (OSError, ValueError):  # no file can have such a name
        return None


def hub_folder(address: str) -> Path | None:
    """Return the folder of a model in the Hugging Face hub's cache, named by its commit; None if it has none.

    Nothing is downloaded.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(address, local_files_only=True))
    except (HFValidationError, LocalEntryNotFoundError):
        return None


def content_digest(path: str | Path) -> str:
    """Return the digest of a file, or of every file in a folder with its relative name.

    In a folder, what an artifact store and results of eegrecon have put there does not count. A file is read again only
    if its size or time of change differ from the last call in this process.

    Raises:
        FileNotFoundError: there is no such path.
    """
    path = Path(path)
    if path.is_dir():
        files = sorted(_files(path))
        lines = [f"{file.relative_to(path).as_posix()} {content_digest(file)}" for file in files]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
    state = path.stat()
    return _file_digest(str(path.resolve()), state.st_size, state.st_mtime_ns)


def _files(folder: Path, above: frozenset[str] = frozenset()) -> Iterator[Path]:
    """Yield the files in a folder, also behind symbolic links, without those of an artifact store and of results."""
    place = os.path.realpath(folder)
    if place in above:  # a link to a folder that it is in
        return
    for path in folder.iterdir():
        if _of_store(path):
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and not _is_result(path):
            yield from _files(path, above | {place})


def _of_store(path: Path) -> bool:
    """Whether a path is the store's own by its form, which is that of ``pipeline/storage/layout.py``."""
    match = _OF_STORE.fullmatch(f"{path.parent.name}/{path.name}")
    if match is None or match["artifact"] is None:
        return match is not None
    return path.parents[1].name == "scratch" or (path / "meta.json").is_file()


def _is_result(folder: Path) -> bool:
    try:
        with open(folder / "result.json", "rb") as file:
            return b'"eegrecon.result/' in file.read(1024)
    except OSError:
        return False


@lru_cache(maxsize=1 << 16)  # more files than a large run has artifacts
def _file_digest(path: str, size: int, changed: int) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def disk_array(path: str | Path, dtype: Any, shape: tuple[int, ...]) -> np.memmap[Any, Any]:
    """Return a new array in a file, memory-mapped and writable, whose space on the disk is reserved.

    Without the reservation a full disk would be noticed while the array is filled, when the operating system can only
    end the process.

    Args:
        path: the file, which is replaced; for an array that a stage returns, below ``run.scratch``.
        dtype: type of the elements.
        shape: shape of the array.

    Raises:
        EegreconError: there is not enough space.
    """
    import numpy as np

    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
    try:
        with open(path, "wb") as file:
            _reserve(file, size)
    except OSError as error:
        Path(path).unlink(missing_ok=True)
        raise EegreconError(
            f"cannot reserve {size / 1e6:.1f} MB for {path}: {error.strerror or error}; free some space, or set "
            "EEGRECON_HOME to another folder"
        ) from error
    return np.memmap(path, dtype, "r+", shape=shape)


def _reserve(file: BinaryIO, size: int) -> None:
    """Give a file its size and all its blocks; a file system that cannot reserve them is written to."""
    try:
        os.posix_fallocate(file.fileno(), 0, size)
    except AttributeError:  # the platform has no such call
        _fill(file, size)
    except OSError as error:
        if error.errno not in (errno.EOPNOTSUPP, errno.EINVAL):
            raise
        _fill(file, size)


def _fill(file: BinaryIO, size: int) -> None:
    for start in range(0, size, _CHUNK):
        file.write(bytes(min(_CHUNK, size - start)))
