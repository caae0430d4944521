"""Reading what ``torch.save`` wrote: without running anything in it and, where it is large, without holding it.

A file comes in one of two formats. The present one is a zip archive and is memory-mapped by torch itself. The one of
before torch 1.6 cannot be: torch would hold every tensor at once. So its tensors are read from their place in the
file, one at a time, by an unpickler that knows nothing but tensors and plain containers.
"""

from __future__ import annotations

import operator
import pickle
import re
import struct
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError, MissingFiles

_ZIP = b"PK\x03\x04"
_OLD_MAGIC = 0x1950A86A20F9469CFC6C  # torch's own, the first pickle of a file in the old format
_DTYPES = {"Double": "<f8", "Float": "<f4", "Half": "<f2", "Long": "<i8", "Int": "<i4", "Short": "<i2", "Byte": "|u1"}


def read(path: Path) -> Any:
    """Return what a file holds; tensors stay on disk until they are looked at.

    Tensors are torch's, or ``StoredTensor`` where the file is of the old format; ``values`` reads both.

    Raises:
        MissingFiles: there is no such file.
        DataError: it is damaged, was not written by torch.save, or wants to run code.
    """
    if not path.is_file():
        raise MissingFiles(f"{path} is not there; {SOURCE}")
    with path.open("rb") as file:
        zipped = file.read(4) == _ZIP
    try:
        return _read_zip(path) if zipped else _read_old(path)
    except (RuntimeError, ValueError, EOFError, OSError, struct.error, pickle.UnpicklingError) as error:
        raise DataError(_complaint(path, str(error))) from error
    except (AttributeError, KeyError, IndexError, TypeError, OverflowError, MemoryError) as error:  # garbled pickles
        raise DataError(_complaint(path, f"{type(error).__name__}: {error}")) from error


SOURCE = "fetch it from https://github.com/perceivelab/eeg_visual_classification"


def values(tensor: Any) -> NDArray[Any]:
    """Numbers of one tensor, read now."""
    if isinstance(tensor, StoredTensor):
        return tensor.read()
    return np.asarray((tensor if tensor.element_size() > 2 else tensor.float()).numpy())  # bfloat16 has no numpy


def _read_zip(path: Path) -> Any:
    import torch

    return torch.load(path, map_location="cpu", weights_only=True, mmap=True)


def _complaint(path: Path, reason: str) -> str:
    wanted = re.search(r"GLOBAL ([\w.]+)|allowlist ([\w.]+)|function ([\w.]+)", reason)
    if wanted:
        name = next(group for group in wanted.groups() if group)
        return (
            f"{path} wants to run code when it is read ({name}) and was refused; the published file does not: do not "
            f"trust this one, {SOURCE}"
        )
    line = next(iter(reason.strip().splitlines()), "it ends too early")
    return f"{path} is damaged or was not written by torch.save ({line}); {SOURCE}"


@dataclass(frozen=True)
class _Storage:
    dtype: str
    key: str
    length: int


class StoredTensor:
    """A tensor in a file of the old format: where it lies, read when asked for."""

    def __init__(self, storage: _Storage, offset: int, shape: tuple[int, ...], stride: tuple[int, ...]) -> None:
        self.storage, self.offset, self.shape, self.stride = storage, offset, tuple(shape), tuple(stride)
        self.locate: Callable[[str], tuple[Path, int]] | None = None

    def __iter__(self) -> Iterator[Any]:
        return iter(self.read().tolist())

    def __index__(self) -> int:
        return operator.index(self.read().item())

    def read(self) -> NDArray[Any]:
        """Read its numbers from the file."""
        if self.locate is None:
            raise DataError("a tensor lies in no file; the file that named it is damaged: " + SOURCE)
        path, start = self.locate(self.storage.key)
        dtype = np.dtype(self.storage.dtype)
        reach = self.offset + sum((n - 1) * step for n, step in zip(self.shape, self.stride, strict=True)) + 1
        if 0 in self.shape:
            return np.zeros(self.shape, dtype)
        if self.offset < 0 or min(self.stride, default=0) < 0 or reach > self.storage.length:
            raise DataError(f"{path} holds a tensor that reaches beyond its own numbers; {SOURCE}")
        flat = np.fromfile(path, dtype, reach - self.offset, offset=start + self.offset * dtype.itemsize)
        steps = tuple(step * dtype.itemsize for step in self.stride)
        return np.lib.stride_tricks.as_strided(flat, self.shape, steps).copy()


class _Tensors(pickle.Unpickler):
    """An unpickler of the old format that builds plain containers and ``StoredTensor``, and refuses all else."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__(file, encoding="utf-8")
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
        if kind != "storage" or dtype not in _DTYPES.values() or any(part is not None for part in view):
            raise pickle.UnpicklingError(f"a storage of an unknown kind: {kind!r}")
        return _Storage(dtype, str(key), int(length))

    def _tensor(self, storage: _Storage, offset: int, shape: Any, stride: Any, *_: Any) -> StoredTensor:
        tensor = StoredTensor(storage, offset, shape, stride)
        self.tensors.append(tensor)
        return tensor


def _read_old(path: Path) -> Any:
    with path.open("rb") as file:
        if _Tensors(file).load() != _OLD_MAGIC:
            raise pickle.UnpicklingError("it does not begin as such files do")
        for _ in ("protocol", "system"):
            _Tensors(file).load()
        unpickler = _Tensors(file)
        content = unpickler.load()
        keys = _Tensors(file).load()
        storages = {tensor.storage.key: tensor.storage for tensor in unpickler.tensors}
        starts = _starts(file, [storages[key] for key in keys], path.stat().st_size)
    for tensor in unpickler.tensors:
        tensor.locate = lambda key: (path, starts[key])
    return content


def _starts(file: BinaryIO, storages: list[_Storage], size: int) -> dict[str, int]:
    """Place of each storage's first number; before it stands how many there are, in eight bytes."""
    starts = {}
    for storage in storages:
        (length,) = struct.unpack("<q", file.read(8))
        starts[storage.key] = file.tell()
        end = file.tell() + length * np.dtype(storage.dtype).itemsize
        if length != storage.length or end > size:
            raise pickle.UnpicklingError("it ends too early")
        file.seek(end)
    return starts
