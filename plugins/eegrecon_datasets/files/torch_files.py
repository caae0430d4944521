"""Reader of files written by ``torch.save``: no code in them is executed, and large ones are not held in memory.

There are two formats. The current one is a zip archive, which torch memory-maps. For files written before torch 1.6,
torch would load all tensors at once; they are read here by a restricted unpickler that accepts only tensors and plain
containers and leaves the numbers of each tensor in the file until they are requested.
"""

from __future__ import annotations

import operator
import pickle
import re
import struct
import warnings
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError, MissingFiles

_ZIP = b"PK\x03\x04"
_LEGACY_MAGIC = 0x1950A86A20F9469CFC6C  # torch's own, the first pickle of a file in the legacy format
_DTYPES = {"Double": "<f8", "Float": "<f4", "Half": "<f2", "Long": "<i8", "Int": "<i4", "Short": "<i2", "Byte": "|u1"}


def read(path: Path, remedy: str) -> Any:
    """Return the content of a file; the numbers of its tensors stay on disk.

    Args:
        path: the file.
        remedy: what to do about a missing or damaged file, for messages: where it can be fetched.

    Returns:
        The saved object. Its tensors are torch's, or `StoredTensor` in the legacy format; `values` reads both.

    Raises:
        MissingFiles: the file does not exist.
        DataError: it is damaged, was not written by ``torch.save``, or contains code.
    """
    if not path.is_file():
        raise MissingFiles(f"{path} does not exist; {remedy}")
    with path.open("rb") as file:
        zipped = file.read(4) == _ZIP
    try:
        return _read_zip(path) if zipped else _read_legacy(path, remedy)
    except (RuntimeError, ValueError, EOFError, OSError, struct.error, pickle.UnpicklingError) as error:
        raise DataError(_complaint(path, str(error), remedy)) from error
    except (AttributeError, KeyError, IndexError, TypeError, OverflowError, MemoryError) as error:  # garbled pickles
        raise DataError(_complaint(path, f"{type(error).__name__}: {error}", remedy)) from error


def values(tensor: Any) -> NDArray[Any]:
    """Read the numbers of a tensor that `read` returned; torch's types of at most two bytes become float32.

    Raises:
        DataError: a tensor of the legacy format does not fit its storage.
    """
    if isinstance(tensor, StoredTensor):
        return tensor.read()
    return np.asarray((tensor if tensor.element_size() > 2 else tensor.float()).numpy())  # bfloat16 has no numpy


def _read_zip(path: Path) -> Any:
    import torch

    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Detected pickle protocol")  # what it cannot read of one is an error
        return torch.load(path, map_location="cpu", weights_only=True, mmap=True)


def _complaint(path: Path, reason: str, remedy: str) -> str:
    forbidden = re.search(r"GLOBAL ([\w.]+)|allowlist ([\w.]+)|function ([\w.]+)", reason)
    if forbidden:
        name = next(group for group in forbidden.groups() if group)
        return (
            f"{path} wants to run code when it is read ({name}) and was refused; the published file does not: do not "
            f"trust this one, {remedy}"
        )
    line = next(iter(reason.strip().splitlines()), "it ends too early")
    return f"{path} is damaged or was not written by torch.save ({line}); {remedy}"


@dataclass(frozen=True)
class _Storage:
    """A block of numbers in a legacy file, shared by the tensors that are views of it."""

    dtype: str
    key: str
    length: int


@dataclass(eq=False)
class _StorageTable:
    """Positions of the storages of a legacy file; empty until the end of the file has been read."""

    path: Path
    remedy: str
    starts: dict[str, int] = field(default_factory=dict)  # byte of the first number, by key of the storage

    def start(self, storage: _Storage) -> int:
        if storage.key not in self.starts:
            raise DataError(f"{self.path} is damaged: it lacks the numbers of a tensor; {self.remedy}")
        return self.starts[storage.key]


class StoredTensor:
    """A tensor whose numbers lie in a file of the legacy format until they are read.

    Attributes:
        shape: of the tensor.
    """

    def __init__(
        self, table: _StorageTable, storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]
    ) -> None:
        self.storage, self.shape = storage, tuple(shape)
        self._table, self._offset, self._stride = table, offset, tuple(stride)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.read().tolist())

    def __index__(self) -> int:
        return operator.index(self.read().item())

    def read(self) -> NDArray[Any]:
        """Read the numbers from the file.

        Raises:
            DataError: the file holds no numbers for this tensor, or fewer than it needs.
        """
        path, start = self._table.path, self._table.start(self.storage)
        dtype = np.dtype(self.storage.dtype)
        reach = self._offset + sum((n - 1) * step for n, step in zip(self.shape, self._stride, strict=True)) + 1
        if 0 in self.shape:
            return np.zeros(self.shape, dtype)
        if self._offset < 0 or min(self._stride, default=0) < 0 or reach > self.storage.length:
            raise DataError(f"{path} holds a tensor that reaches beyond its own numbers; {self._table.remedy}")
        flat = np.fromfile(path, dtype, reach - self._offset, offset=start + self._offset * dtype.itemsize)
        steps = tuple(step * dtype.itemsize for step in self._stride)
        return np.lib.stride_tricks.as_strided(flat, self.shape, steps).copy()


class _LegacyUnpickler(pickle.Unpickler):
    """An unpickler that builds plain containers and `StoredTensor`, and refuses every other class and function."""

    def __init__(self, file: BinaryIO, table: _StorageTable) -> None:
        super().__init__(file, encoding="utf-8")
        self.table = table
        self.tensors: list[StoredTensor] = []

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) == ("collections", "OrderedDict"):
            return OrderedDict
        if module == "torch._utils" and name in ("_rebuild_tensor", "_rebuild_tensor_v2"):
            return self._tensor
        if module == "torch" and name.endswith("Storage") and name.removesuffix("Storage") in _DTYPES:
            return _DTYPES[name.removesuffix("Storage")]
        raise pickle.UnpicklingError(f"GLOBAL {module}.{name}")

    def persistent_load(self, pid: Any) -> _Storage:
        kind, dtype, key, _, length, *view = pid
        if kind != "storage" or dtype not in _DTYPES.values() or any(item is not None for item in view):
            raise pickle.UnpicklingError(f"a storage of an unknown kind: {kind!r}")
        return _Storage(dtype, str(key), int(length))

    def _tensor(self, storage: _Storage, offset: int, shape: Any, stride: Any, *_: Any) -> StoredTensor:
        tensor = StoredTensor(self.table, storage, offset, shape, stride)
        self.tensors.append(tensor)
        return tensor


def _read_legacy(path: Path, remedy: str) -> Any:
    """Read magic number, protocol, system, content, keys of storages, then the storages, as torch < 1.6 wrote them."""
    nowhere = _StorageTable(path, remedy)
    with path.open("rb") as file:
        if _LegacyUnpickler(file, nowhere).load() != _LEGACY_MAGIC:
            raise pickle.UnpicklingError("it does not begin as such files do")
        for _ in ("protocol", "system"):
            _LegacyUnpickler(file, nowhere).load()
        unpickler = _LegacyUnpickler(file, _StorageTable(path, remedy))
        content = unpickler.load()
        keys = _LegacyUnpickler(file, nowhere).load()
        storages = {tensor.storage.key: tensor.storage for tensor in unpickler.tensors}
        starts = _starts(file, [storages[key] for key in keys], path.stat().st_size)
    unpickler.table.starts.update(starts)
    return content


def _starts(file: BinaryIO, storages: list[_Storage], size: int) -> dict[str, int]:
    """Return the position of each storage's first number; eight bytes with the count of numbers precede it."""
    starts = {}
    for storage in storages:
        (length,) = struct.unpack("<q", file.read(8))
        starts[storage.key] = file.tell()
        end = file.tell() + length * np.dtype(storage.dtype).itemsize
        if length != storage.length or end > size:
            raise pickle.UnpicklingError("it ends too early")
        file.seek(end)
    return starts
