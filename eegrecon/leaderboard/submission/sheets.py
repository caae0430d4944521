"""Sheets of pictures: many pictures of one size as tiles of one PNG file, without loss.

A sheet has at most `MOST` pixels, so that it is decoded within a bounded memory, and the chunks IHDR, IDAT and IEND
alone, so that nothing is hidden in it. Its size follows from the number and the size of its pictures, and is compared
with its header before anything is decoded.
"""

from __future__ import annotations

import io
import math
import struct
from collections.abc import Callable, Iterator

import numpy as np

from eegrecon.interfaces.data import Pixels
from eegrecon.leaderboard.submission.files import FOLDER, Refused

MOST = 4_194_304  # pixels of a sheet, unless a single picture has more
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_HEADER = struct.Struct(">2L5B")  # width, height, bits, colour type, compression, filter, interlace
_COLOUR = (8, 2, 0, 0, 0)  # 8 bits, RGB, not interlaced
_CHUNKS = (b"IHDR", b"IDAT", b"IEND")


def capacity(height: int, width: int) -> int:
    """Return how many pictures of a size a full sheet has."""
    return max(1, MOST // (height * width))


def names(row: int, subject: int, seed: int, pictures: int, height: int, width: int) -> list[str]:
    """Return the names of the sheets of one cell."""
    sheets = math.ceil(pictures / capacity(height, width))
    return [f"{FOLDER}/{row}-{subject}-{seed}-{number}.png" for number in range(sheets)]


def _grid(pictures: int) -> tuple[int, int]:
    """Return rows and columns of the tiles of a sheet."""
    columns = math.ceil(math.sqrt(pictures))
    return math.ceil(pictures / columns), columns


def written(pictures: Pixels) -> Iterator[bytes]:
    """Yield the sheets of pictures, uint8 (n, h, w, 3), as PNG."""
    from PIL import Image

    n, height, width, _ = pictures.shape
    for start in range(0, n, capacity(height, width)):
        part = np.asarray(pictures[start : start + capacity(height, width)])
        rows, columns = _grid(len(part))
        tiles = np.zeros((rows * columns, height, width, 3), np.uint8)
        tiles[: len(part)] = part
        sheet = tiles.reshape(rows, columns, height, width, 3).transpose(0, 2, 1, 3, 4)
        file = io.BytesIO()
        Image.fromarray(sheet.reshape(rows * height, columns * width, 3)).save(file, "PNG")
        yield file.getvalue()


def read(sheets: list[str], content: Callable[[str], bytes], n: int, height: int, width: int) -> Pixels:
    """Return the pictures of sheets, uint8 (n, h, w, 3).

    Args:
        sheets: names of the sheets, in order.
        content: returns the content of a file.
        n: number of pictures on all of them.
        height: of each picture.
        width: of each picture.

    Raises:
        Refused: a sheet is not a PNG file of exactly this size and form.
    """
    pictures = np.empty((n, height, width, 3), np.uint8)
    full = capacity(height, width)
    for number, name in enumerate(sheets):
        part = pictures[number * full : (number + 1) * full]
        rows, columns = _grid(len(part))
        sheet = _decoded(content(name), name, (rows * height, columns * width))
        tiles = sheet.reshape(rows, height, columns, width, 3).transpose(0, 2, 1, 3, 4)
        part[:] = tiles.reshape(-1, height, width, 3)[: len(part)]
    return pictures


def _decoded(data: bytes, name: str, size: tuple[int, int]) -> Pixels:
    """Return a PNG file of a known size, uint8 (height, width, 3)."""
    from PIL import Image

    _check_chunks(data, name, size)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
            pixels = np.asarray(image)
    except Exception as error:  # whatever a decoder raises on damaged input
        raise Refused(f"damaged: {name} cannot be decoded ({type(error).__name__})") from error
    if pixels.shape != (*size, 3) or pixels.dtype != np.uint8:
        raise Refused(f"damaged: {name} was decoded to {pixels.shape}")
    return pixels


def _check_chunks(data: bytes, name: str, size: tuple[int, int]) -> None:
    """Refuse a file that is not a PNG picture of this size, with nothing but a picture in it."""
    if not data.startswith(_SIGNATURE):
        raise Refused(f"not a picture: {name} is no PNG file")
    kinds: list[bytes] = []
    place = len(_SIGNATURE)
    while place < len(data):
        if place + 12 > len(data):
            raise Refused(f"damaged: {name} ends within a chunk")
        length, kind = struct.unpack(">L4s", data[place : place + 8])
        if kind not in _CHUNKS:
            raise Refused(f"not a picture alone: {name} has a chunk {kind!r}; sheets have {_CHUNKS}")
        if not kinds:
            _check_header(data[place + 8 : place + 8 + length], name, size)
        kinds.append(kind)
        place += 12 + length
        if kind == b"IEND":
            break
    if place != len(data) or kinds[:1] != [b"IHDR"] or kinds[-1:] != [b"IEND"] or kinds.count(b"IHDR") > 1:
        raise Refused(f"not a picture alone: {name} has something before, between or behind its chunks")


def _check_header(header: bytes, name: str, size: tuple[int, int]) -> None:
    if len(header) != _HEADER.size:
        raise Refused(f"damaged: {name} has no header")
    width, height, *form = _HEADER.unpack(header)
    if (height, width) != size or tuple(form) != _COLOUR:
        raise Refused(
            f"image bomb: {name} is {width} x {height} with the form {form}, where {size[1]} x {size[0]} pixels of "
            f"8-bit RGB, {list(_COLOUR)}, are declared"
        )
