"""Named arrays in a safetensors file, written in pieces; large ones are read through a memory map.

The safetensors library holds a whole file in memory while writing; a converted data set of some gigabytes must not be.
The format (a length, a JSON header, raw little-endian bytes) is simple enough to stream; files are read by the library
in the tests.
"""

from __future__ import annotations

import hashlib
import json
import struct
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import DataError
from eegrecon.interfaces.data import Arrays

_NAMES = {
    "bool": "BOOL", "uint8": "U8", "int8": "I8", "uint16": "U16", "int16": "I16", "uint32": "U32", "int32": "I32",
    "uint64": "U64", "int64": "I64", "float16": "F16", "float32": "F32", "float64": "F64",
}  # fmt: skip
_DTYPES = {name: dtype for dtype, name in _NAMES.items()}
_PIECE = 1 << 24  # bytes
SMALL = 1 << 20  # bytes


class _Hashed:
    """A file that digests what is written to it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file, self.digest = file, hashlib.blake2b(digest_size=16)

    def write(self, piece: bytes | memoryview) -> None:
        self.digest.update(piece)
        self.file.write(piece)


def write(path: Path, arrays: Arrays) -> str:
    """Write arrays and return the digest of the file.

    Raises:
        DataError: an array's dtype has no place in the format.
    """
    header: dict[str, Any] = {}
    offset = 0
    for name, array in arrays.items():
        if str(array.dtype) not in _NAMES:
            raise DataError(
                f"array {name!r} has dtype {array.dtype}, which cannot be stored; use one of {list(_NAMES)}"
            )
        header[name] = {
            "dtype": _NAMES[str(array.dtype)],
            "shape": list(array.shape),
            "data_offsets": [offset, offset + array.nbytes],
        }
        offset += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-(8 + len(text)) % 8)  # the data begin on a multiple of eight bytes
    with path.open("wb") as file:
        hashed = _Hashed(file)
        hashed.write(struct.pack("<Q", len(text)))
        hashed.write(text)
        for array in arrays.values():
            _write_rows(hashed, array)
        file.flush()
    return hashed.digest.hexdigest()


def _write_rows(file: _Hashed, array: NDArray[Any]) -> None:
    rows = np.atleast_1d(array)
    step = max(1, _PIECE // max(1, rows[:1].nbytes))
    for start in range(0, len(rows), step):
        file.write(np.ascontiguousarray(rows[start : start + step]).data.cast("B"))


def read(path: Path, *, private: bool = False, small: int = SMALL) -> dict[str, NDArray[Any]]:
    """Return the arrays of a file; those of a file of more than ``small`` bytes are memory-mapped.

    A mapping keeps its file open for as long as one of its arrays is in use, and there are thousands of small files.

    Args:
        path: the file.
        private: whether the arrays are writable, without effect on the file or on other readers (copy-on-write); else
            they are read-only. A file larger than the memory is read-only in any case.
        small: largest file that is read into memory.

    Raises:
        DataError: the file is truncated or not of this format.
    """
    try:
        if path.stat().st_size > small:
            content = _mapped(path, private)
        else:
            content = np.frombuffer(bytearray(path.read_bytes()) if private else path.read_bytes(), np.uint8)
        (length,) = struct.unpack("<Q", content[:8].tobytes())
        header = json.loads(content[8 : 8 + length].tobytes())
        header.pop("__metadata__", None)
        return {name: _view(content[8 + length :], entry) for name, entry in header.items()}
    except (struct.error, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise DataError(f"{path} is damaged or no safetensors file ({error})") from error


def _mapped(path: Path, private: bool) -> NDArray[np.uint8]:
    if private:
        with suppress(OSError):  # the system reserves memory for the whole of a writable mapping
            return np.memmap(path, np.uint8, "c")
    return np.memmap(path, np.uint8, "r")


def _view(data: NDArray[np.uint8], entry: dict[str, Any]) -> NDArray[Any]:
    """Return one array as a view of the data of its file."""
    dtype, shape, (first, last) = np.dtype(_DTYPES[entry["dtype"]]), tuple(entry["shape"]), entry["data_offsets"]
    return data[first:last].view(dtype).reshape(shape)
