"""Reader of arrays of numpy inside pickles: ``.npy`` files with a dictionary, pickles, and files of ``torch.save``.

A pickle can run code when it is read. Here none is read unless the user said so (``--trust-pickle``), and even then no
code in it is run: a process of its own describes the content (`pickle_contents`), and the numbers of an array are then
mapped from where they are in the file, so that an array of any size takes no memory.
"""

from __future__ import annotations

import json
import math
import struct
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError, MissingFiles
from eegrecon_datasets.files import pickle_contents

KINDS = "biufSU"  # of the types of arrays that are read
TIMEOUT = 600  # seconds that the description of a pickle may take
TRUST = (
    "a pickle can run code when it is read. If you trust where this file comes from, give --trust-pickle: its numbers "
    "are then taken from it once, without running what it holds"
)


@dataclass(frozen=True, eq=False)
class Pickle:
    """A pickle in a file, or the array that an ``.npy`` file holds without one.

    Attributes:
        path: the file.
        start: first byte of the pickle.
        length: of the pickle, in bytes.
        array: what the file holds instead of a pickle; None for a pickle.
    """

    path: Path
    start: int
    length: int
    array: NDArray[Any] | None = None

    @classmethod
    def of(cls, path: Path, remedy: str) -> Pickle:
        """Find the pickle in a file; nothing of it is read.

        Args:
            path: an ``.npy`` file, a pickle, or a file of ``torch.save`` in its format since 1.6.
            remedy: what to do about a missing or damaged file, for messages.

        Raises:
            MissingFiles: the file does not exist.
            DataError: it is empty, or damaged.
        """
        if not path.is_file():
            raise MissingFiles(f"{path} does not exist; {remedy}")
        with path.open("rb") as file:
            head, size = file.read(6), path.stat().st_size
        if head == b"\x93NUMPY":
            return cls._in_npy(path, size, remedy)
        if head[:4] == b"PK\x03\x04":
            return cls(path, *_member(path, "data.pkl", remedy))
        if head[:1] != b"\x80":
            raise DataError(f"{path} is damaged or no file of numpy: it does not begin as one does; {remedy}")
        return cls(path, 0, size)

    @classmethod
    def _in_npy(cls, path: Path, size: int, remedy: str) -> Pickle:
        read = np.lib.format
        try:
            with path.open("rb") as file:
                version = read.read_magic(file)
                header = read.read_array_header_1_0 if version == (1, 0) else read.read_array_header_2_0
                _, _, dtype = header(file)
                start = file.tell()
            if not dtype.hasobject:
                return cls(path, start, size - start, np.load(path, "r", allow_pickle=False))
        except Exception as error:  # a garbled header leads numpy to whatever it raises
            raise DataError(f"{path} is damaged or no file of numpy ({_line(error)}); {remedy}") from error
        return cls(path, start, size - start)

    def content(self, trusted: bool, remedy: str) -> Any:
        """Return what the pickle holds: plain containers, numbers, text, and arrays that are mapped from the file.

        Args:
            trusted: whether the user said that pickles may be read.
            remedy: what to do about a damaged file, for messages.

        Raises:
            DataError: pickles may not be read, or this one is damaged or holds anything else.
        """
        if self.array is not None:
            return self.array
        if not trusted:
            raise DataError(f"{self.path} is a pickle, and {TRUST}")
        found = self._described(remedy)
        if "refused" in found:
            raise DataError(f"{self.path} cannot be read: {found['refused']}; {remedy}")
        return self._value(found["content"], remedy)

    def _described(self, remedy: str) -> dict[str, Any]:
        """Return the description that a process of its own prints."""
        script = [str(pickle_contents.__file__), str(self.path.resolve()), str(self.start), str(self.length)]
        command = [sys.executable, "-I", "-S", "-B", *script]
        try:
            done = subprocess.run(command, capture_output=True, timeout=TIMEOUT, stdin=subprocess.DEVNULL, env={})
            described: dict[str, Any] = json.loads(done.stdout)
        except (subprocess.TimeoutExpired, ValueError, RecursionError) as error:
            raise DataError(
                f"{self.path} cannot be read: the process that describes it ended without an answer; {remedy}"
            ) from error
        return described

    def _value(self, value: Any, remedy: str) -> Any:
        if isinstance(value, list):
            return [self._value(item, remedy) for item in value]
        if not isinstance(value, dict):
            return value
        if "items" in value:
            return {name: self._value(item, remedy) for name, item in value["items"].items()}
        if "objects" in value:
            items = self._value(value["objects"], remedy)
            return items[0] if value["shape"] == [] else items
        return self._array(value, remedy)

    def _array(self, described: dict[str, Any], remedy: str) -> NDArray[Any]:
        shape = tuple(described["shape"])
        try:
            dtype = np.dtype(described["dtype"])
        except TypeError as error:
            raise DataError(
                f"{self.path} holds an array of {described['dtype']!r}, not of numbers; {remedy}"
            ) from error
        length = described["length"] if "length" in described else len(described["bytes"]) // 2
        if dtype.kind not in KINDS or length != math.prod(shape) * dtype.itemsize or min(shape, default=0) < 0:
            raise DataError(
                f"{self.path} holds an array of {dtype}, shape {shape}, in {length} bytes, which does not fit; {remedy}"
            )
        order: Literal["F", "C"] = "F" if described["fortran"] else "C"
        if "bytes" in described:
            return np.ndarray(shape, dtype, bytes.fromhex(described["bytes"]), order=order)
        mapped: NDArray[Any] = np.memmap(self.path, dtype, "r", int(described["start"]), shape, order)
        return mapped


def arrays_in(value: Any) -> Iterator[NDArray[Any]]:
    """Yield the arrays in what `Pickle.content` returned."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from arrays_in(item)


def _member(path: Path, name: str, remedy: str) -> tuple[int, int]:
    """Return the first byte and the length of a file in a zip archive that is stored there without compression."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = next(info for info in archive.infolist() if info.filename.rpartition("/")[2] == name)
        if member.compress_type != zipfile.ZIP_STORED:
            raise ValueError("it is compressed")
        with path.open("rb") as file:
            file.seek(member.header_offset)
            *_, name_length, extra_length = struct.unpack("<4s5H3I2H", file.read(30))
        return member.header_offset + 30 + name_length + extra_length, member.file_size
    except (OSError, ValueError, StopIteration, struct.error, zipfile.BadZipFile) as error:
        raise DataError(f"{path} is damaged or was not written by torch.save ({_line(error)}); {remedy}") from error


def _line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
