"""The files of a submission of others, in a folder or a zip file: which there are, and their content within limits.

Nothing is extracted or written. A file is read into memory when it is asked for, never beyond the size that was checked
before, and never through a link. Whatever is wrong raises `Refused`, whose message begins with what it is: a path
escape, a link, an unexpected file, a zip bomb, too much, damage.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eegrecon.errors import DataError, MissingFiles
from eegrecon.leaderboard.submission.manifest import MANIFEST
from eegrecon.reporting.result import RESULT, TRIALS

FOLDER = "pictures"
_SHEET = rf"{FOLDER}/[0-9]{{1,4}}(-[0-9]{{1,10}}){{3}}\.png"
NAME = re.compile("|".join([*map(re.escape, (MANIFEST, RESULT, TRIALS)), _SHEET]))
_END = struct.Struct("<4s4H2LH")  # of a zip file: signature, disks, entries, size and offset of the directory, comment
_LOCATOR = 20  # bytes before it in the 64-bit form
_LOCAL = 30  # bytes of the header before a member, without its name
_DAMAGE = (zipfile.BadZipFile, zlib.error, struct.error, ValueError, EOFError, NotImplementedError, RuntimeError)


class Refused(DataError):
    """A submission that is not read any further."""


@dataclass(frozen=True)
class Limits:
    """The most that is read of a submission.

    Attributes:
        files: number of files.
        file: bytes of one file.
        record: bytes of a JSON file, which is parsed as a whole.
        table: bytes of ``trials.csv``, which is parsed as a whole.
        total: bytes of all files.
        ratio: bytes of a compressed file over its bytes in the zip; files below a megabyte may exceed it.
    """

    files: int = 20_000
    file: int = 64_000_000
    record: int = 32_000_000
    table: int = 256_000_000
    total: int = 4_000_000_000
    ratio: int = 200


class Files(Protocol):
    """The files of a submission."""

    @property
    def sizes(self) -> Mapping[str, int]:
        """Bytes of each file by name."""
        ...

    def read(self, name: str) -> bytes:
        """Return the content of a file.

        Raises:
            Refused: it is damaged, or is not as long as was checked.
        """
        ...


@contextmanager
def opened(path: Path, limits: Limits | None = None) -> Iterator[Files]:
    """Open a submission for reading, with names, kinds and sizes of its files checked.

    Raises:
        MissingFiles: there is none.
        Refused: it is not safe to read.
    """
    limits = limits or Limits()
    if path.is_symlink():
        raise Refused(f"link: {path} is a symbolic link; submit the folder or the zip file itself")
    if path.is_dir():
        yield _Folder(path, _checked(_found(path), limits))
    elif path.is_file():
        with _zip_opened(path, limits) as found:
            yield found
    else:
        raise MissingFiles(f"no submission at {path}; eegrecon leaderboard pack RUN writes one")


def _checked(found: Iterable[tuple[str, int]], limits: Limits) -> dict[str, int]:
    """Return the sizes of files by name, after checking names, numbers and sizes."""
    sizes: dict[str, int] = {}
    for name, size in found:
        if name in sizes:
            raise Refused(f"damaged: it has {name!r} twice")
        check_name(name)
        most = {".json": limits.record, ".csv": limits.table}.get(Path(name).suffix, limits.file)
        if size > most:
            raise Refused(f"too large: {name} has {size:,} bytes, and at most {most:,} are read")
        sizes[name] = size
        if len(sizes) > limits.files:
            raise Refused(f"too many files: more than {limits.files:,}")
        if sum(sizes.values()) > limits.total:
            raise Refused(f"too large: its files have more than {limits.total:,} bytes")
    return sizes


def check_name(name: str) -> None:
    """Refuse a name that leads out of the submission, or that no file of one has.

    Raises:
        Refused: with the reason.
    """
    parts = re.split(r"[\\/]", name)
    if "\0" in name or ":" in name or parts[0] == "" or ".." in parts:
        raise Refused(f"path escape: it has a file named {name!r}, which leads out of its folder")
    if not NAME.fullmatch(name):
        raise Refused(
            f"unexpected file: {name!r}; a submission is {MANIFEST}, {RESULT}, {TRIALS} and PNG sheets in {FOLDER}/, "
            "data alone: no code, no pickle, no page"
        )


def _found(folder: Path) -> Iterator[tuple[str, int]]:
    """Yield name and size of every file of a folder and of its folder of pictures."""
    for entry in _entries(folder):
        if entry.name == FOLDER and entry.is_dir(follow_symlinks=False):
            for inner in _entries(Path(entry.path)):
                yield f"{FOLDER}/{inner.name}", _size(inner)
        else:
            yield entry.name, _size(entry)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    with os.scandir(folder) as found:
        return sorted(found, key=lambda entry: entry.name)


def _size(entry: os.DirEntry[str]) -> int:
    state = entry.stat(follow_symlinks=False)
    if stat.S_ISLNK(state.st_mode):
        raise Refused(f"link: {entry.name!r} is a symbolic link; submit the file itself")
    if stat.S_ISDIR(state.st_mode):
        raise Refused(f"unexpected file: the folder {entry.name!r}; a submission has only {FOLDER}/")
    if not stat.S_ISREG(state.st_mode):
        raise Refused(f"unexpected file: {entry.name!r} is a device, a pipe or a socket")
    return state.st_size


@dataclass(frozen=True)
class _Folder:
    path: Path
    sizes: Mapping[str, int]

    def read(self, name: str) -> bytes:
        """Return the content of a file, opened without following a link or waiting for a pipe."""
        try:
            number = os.open(
                self.path / name, os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
            )
        except OSError as error:
            raise Refused(f"damaged: {name} cannot be read: {error.strerror}") from error
        with open(number, "rb") as file:
            content = file.read(self.sizes[name] + 1)
        return _as_long_as(content, name, self.sizes[name])


def _as_long_as(content: bytes, name: str, size: int) -> bytes:
    if len(content) != size:
        raise Refused(f"damaged: {name} does not have the {size:,} bytes that it was said to have")
    return content


@contextmanager
def _zip_opened(path: Path, limits: Limits) -> Iterator[Files]:
    _check_directory(path, limits)
    try:
        archive = zipfile.ZipFile(path)
    except (*_DAMAGE, OSError) as error:
        raise Refused(f"damaged: {path.name} cannot be read as a zip file ({error})") from error
    with archive:
        members = [info for info in archive.infolist() if not _is_folder_of_pictures(info)]
        for info in members:
            _check_member(info, limits)
        _check_apart(members)
        sizes = _checked(((info.orig_filename, info.file_size) for info in members), limits)
        yield _Zip(archive, sizes)


def _check_directory(path: Path, limits: Limits) -> None:
    """Refuse a zip file whose directory is not exactly at its end, or is too long to be read."""
    size = path.stat().st_size
    if size > limits.total:
        raise Refused(f"too large: {path.name} has {size:,} bytes, and at most {limits.total:,} are read")
    with path.open("rb") as file:
        file.seek(max(0, size - _LOCATOR - _END.size))
        tail = file.read()
    end, longer = (
        tail[-_END.size :],
        tail[: -_END.size].startswith(b"PK\6\7"),
    )  # of the 64-bit form, which is not needed
    if len(end) < _END.size or not end.startswith(b"PK\5\6") or longer:
        raise Refused(f"damaged: {path.name} is no zip file that ends in its directory; pack it again")
    _, _, _, _, entries, length, offset, comment = _END.unpack(end)
    if entries > limits.files + 1 or length > 200 * (limits.files + 1):
        raise Refused(f"too many files: {path.name} has {entries:,} entries")
    if offset + length + _END.size != size or comment:
        raise Refused(f"damaged: {path.name} has bytes before, in or behind its directory that belong to no file")


def _is_folder_of_pictures(info: zipfile.ZipInfo) -> bool:
    return info.orig_filename == f"{FOLDER}/" and info.file_size == 0


def _check_member(info: zipfile.ZipInfo, limits: Limits) -> None:
    name = info.orig_filename
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise Refused(f"link: {name!r} is a symbolic link; pack the file itself")
    check_name(name)
    if kind not in (0, stat.S_IFREG):
        raise Refused(f"unexpected file: {name!r} is a device, a pipe or a socket")
    if info.flag_bits & 1:
        raise Refused(f"damaged: {name} is encrypted")
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Refused(f"damaged: {name} is compressed by a method other than deflate")
    if info.file_size > 1_000_000 and info.file_size > limits.ratio * info.compress_size:
        raise Refused(
            f"zip bomb: {name} unpacks to {info.file_size:,} bytes from {info.compress_size:,}, more than "
            f"{limits.ratio} times as many"
        )


def _check_apart(members: Iterable[zipfile.ZipInfo]) -> None:
    """Refuse members that share bytes of the file, by which few bytes unpack to many."""
    end = 0
    for info in sorted(members, key=lambda info: info.header_offset):
        if info.header_offset < end:
            raise Refused(f"zip bomb: {info.orig_filename} shares bytes of the file with another one")
        end = info.header_offset + _LOCAL + len(info.orig_filename.encode("utf-8", "surrogateescape"))
        end += info.compress_size


@dataclass(frozen=True)
class _Zip:
    archive: zipfile.ZipFile
    sizes: Mapping[str, int]

    def read(self, name: str) -> bytes:
        """Return the content of a member, unpacked to no more than its checked size."""
        try:
            with self.archive.open(name) as file:
                content = file.read(self.sizes[name] + 1)
        except (*_DAMAGE, OSError, KeyError) as error:
            raise Refused(f"damaged: {name} cannot be unpacked ({error})") from error
        return _as_long_as(content, name, self.sizes[name])
