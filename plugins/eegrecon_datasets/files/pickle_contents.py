"""A script that describes the content of a pickle without running code in it: ``pickle_contents.py FILE START LENGTH``.

It prints the content as JSON. Byte strings are not read: of an array it prints where in the file its numbers are, and
their type and shape. It is run in a process of its own, with Python alone, under limits on memory, time and written
files; nothing but plain containers, numbers, text and arrays of numpy can be in the pickle.
"""

from __future__ import annotations

import json
import pickle
import pickletools
import struct
import sys
from collections.abc import Callable
from io import BytesIO
from typing import Any, BinaryIO

LONG = 256  # bytes of a string from which it stays in the file
LONGEST_TEXT = 1 << 20  # bytes
LARGEST = 1 << 28  # bytes of all that is not left in the file
LIMITS = {"RLIMIT_FSIZE": 0, "RLIMIT_CPU": 120, "RLIMIT_AS": 4 << 30}  # written bytes, seconds, bytes of memory
_OPCODES = {ord(code.code): code for code in pickletools.opcodes}
_BYTES = {"BINBYTES", "BINBYTES8", "BYTEARRAY8", "BINSTRING"}  # opcodes whose argument is a long byte string
_WIDTHS = {  # of the length in front of an argument
    pickletools.TAKEN_FROM_ARGUMENT1: "<B",
    pickletools.TAKEN_FROM_ARGUMENT4: "<i",
    pickletools.TAKEN_FROM_ARGUMENT4U: "<I",
    pickletools.TAKEN_FROM_ARGUMENT8U: "<Q",
}
_NUMPY = {f"numpy.{core}.{module}" for core in ("core", "_core") for module in ("multiarray", "numeric")}


class Refused(Exception):
    """The pickle holds something else than data, or is damaged."""


def shortened(file: BinaryIO, start: int, end: int) -> bytes:
    """Return a pickle in which every long byte string is replaced by a persistent id with its place in the file.

    Args:
        file: the file that the pickle is in.
        start: its first byte.
        end: the byte after its last one.

    Raises:
        Refused: it ends too early, holds an unknown operation or too long a text, or is too large.
    """
    file.seek(start)
    parts, size = [], 0
    while True:
        code = _taken(file, 1, end)
        operation = _OPCODES.get(code[0])
        if operation is None or operation.name in ("PERSID", "BINPERSID", "EXT1", "EXT2", "EXT4"):
            raise Refused(f"it is no pickle of numpy (byte {file.tell() - 1})")
        argument, place = _argument(file, operation, end)
        if place is not None:
            text = f"{place[0]}:{place[1]}".encode()
            part = b"X" + struct.pack("<I", len(text)) + text + b"Q"
        else:
            part = b"" if operation.name == "FRAME" else code + argument
        parts.append(part)
        size += len(part)
        if size > LARGEST:
            raise Refused(f"it holds more than {LARGEST >> 20} MB beside its arrays")
        if operation.name == "STOP":
            return b"".join(parts)


def _argument(file: BinaryIO, operation: Any, end: int) -> tuple[bytes, tuple[int, int] | None]:
    """Return the argument of an operation as it is in the file, or the place and length of a long byte string."""
    if operation.arg is None:
        return b"", None
    n = operation.arg.n
    if n >= 0:
        return _taken(file, n, end), None
    if n == pickletools.UP_TO_NEWLINE:
        lines = 2 if operation.name in ("GLOBAL", "INST") else 1
        return b"".join(_line(file, end) for _ in range(lines)), None
    form = _WIDTHS[n]
    head = _taken(file, struct.calcsize(form), end)
    (length,) = struct.unpack(form, head)
    if not 0 <= length <= end - file.tell():
        raise Refused("it ends too early")
    if operation.name in _BYTES and length >= LONG:
        place = file.tell(), length
        file.seek(length, 1)
        return b"", place
    if length > LONGEST_TEXT:
        raise Refused("it holds an array as text: it was written with an old protocol of pickle, before 3")
    return head + _taken(file, length, end), None


def _line(file: BinaryIO, end: int) -> bytes:
    line = file.readline(LONGEST_TEXT)
    if file.tell() > end or not line.endswith(b"\n"):
        raise Refused("it ends too early")
    return line


def _taken(file: BinaryIO, n: int, end: int) -> bytes:
    taken = file.read(n) if file.tell() + n <= end else b""
    if len(taken) < n:
        raise Refused("it ends too early")
    return taken


class Place:
    """A byte string that stays in the file."""

    def __init__(self, start: int, length: int) -> None:
        self.start, self.length = start, length


class Type:
    """The type of an array's numbers, as numpy pickles it."""

    def __init__(self, code: str, *_: Any) -> None:
        self.code = str(code)

    def __setstate__(self, state: Any) -> None:
        """Take the byte order; types with fields or parts are refused."""
        _, order, parts, names, fields, *_ = state
        if parts is not None or names is not None or fields is not None:
            raise Refused("it holds an array whose elements have parts")
        self.code = (str(order) if order in ("<", ">") else "") + self.code


class Array:
    """An array of numpy."""

    def __init__(self, data: Any = None, dtype: Any = None, shape: Any = (), order: Any = "C") -> None:
        self.data, self.dtype, self.shape, self.fortran = data, dtype, shape, order == "F"

    def __setstate__(self, state: Any) -> None:
        """Take shape, type, order and numbers."""
        _, self.shape, self.dtype, self.fortran, self.data = state


class _Numpy:
    """Stands for the class ``numpy.ndarray``."""


def _reconstruct(*_: Any) -> Array:
    return Array()


def _scalar(dtype: Any, data: Any) -> Array:
    return Array(data, dtype)


def _encode(text: str, encoding: str) -> bytes:
    return text.encode("latin1")


class Reader(pickle.Unpickler):
    """An unpickler of plain containers and arrays that refuses every other class and function."""

    def find_class(self, module: str, name: str) -> Callable[..., Any]:
        """Return what stands for a class or function of numpy."""
        known: dict[str, Any] = {"_reconstruct": _reconstruct, "scalar": _scalar, "_frombuffer": Array}
        if module in _NUMPY and name in known:
            stand_in: Callable[..., Any] = known[name]
            return stand_in
        others: dict[tuple[str, str], Any] = {
            ("numpy", "ndarray"): _Numpy,
            ("numpy", "dtype"): Type,
            ("collections", "OrderedDict"): dict,
            ("_codecs", "encode"): _encode,
        }
        if (module, name) in others:
            stand_in = others[module, name]
            return stand_in
        raise Refused(f"it wants to run code when it is read ({module}.{name})")

    def persistent_load(self, pid: Any) -> Place:
        """Return a long byte string, which stays in the file."""
        start, _, length = str(pid).partition(":")
        return Place(int(start), int(length))


def plain(value: Any, depth: int = 0) -> Any:
    """Return a value in terms of JSON: an array is a mapping with ``array``, a tuple a list."""
    if depth > 8:
        raise Refused("it is nested too deeply")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list | tuple):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {"items": {str(key): plain(item, depth + 1) for key, item in value.items()}}
    if isinstance(value, Array):
        return _plain_array(value, depth)
    raise Refused(f"it holds a {type(value).__name__}, which is neither number, text nor array")


def _plain_array(array: Array, depth: int) -> dict[str, Any]:
    shape = [int(size) for size in array.shape]
    if isinstance(array.data, list):  # of Python's own objects
        return {"objects": plain(array.data, depth + 1), "shape": shape}
    if not isinstance(array.dtype, Type) or not isinstance(array.data, Place | bytes | bytearray):
        raise Refused("it holds an array without numbers")
    held = {"dtype": array.dtype.code, "shape": shape, "fortran": bool(array.fortran)}
    if isinstance(array.data, Place):
        return {**held, "start": array.data.start, "length": array.data.length}
    return {**held, "bytes": bytes(array.data).hex()}


def limit() -> None:
    """Limit what this process may use, where the operating system can."""
    try:
        import resource
    except ImportError:
        return
    for name, most in LIMITS.items():
        resource.setrlimit(getattr(resource, name), (most, most))


def main(path: str, start: int, length: int) -> None:
    """Print the content of a pickle, or ``{"refused": reason}``."""
    limit()
    try:
        with open(path, "rb") as file:
            content = {"content": plain(Reader(BytesIO(shortened(file, start, start + length))).load())}
    except Refused as error:
        content = {"refused": str(error)}
    except Exception as error:  # a garbled pickle leads the unpickler to whatever it raises
        content = {"refused": f"it is no pickle of numpy ({type(error).__name__}: {error})"}
    json.dump(content, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
