from __future__ import annotations

import io
import struct
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from eegrecon.leaderboard.submission import sheets
from eegrecon.leaderboard.submission.files import Refused


@pytest.mark.parametrize(
    ("n", "height", "width"), [(1, 6, 8), (7, 6, 8), (24, 32, 32), (3, 1500, 1500), (60, 400, 300)]
)
def test_pictures_come_back_as_they_were(n: int, height: int, width: int) -> None:
    pictures = np.random.default_rng(n).integers(0, 256, (n, height, width, 3), np.uint8)
    names = sheets.names(0, 1, 2, n, height, width)
    files = dict(zip(names, sheets.written(pictures), strict=True))
    np.testing.assert_array_equal(sheets.read(names, files.__getitem__, n, height, width), pictures)
    for content in files.values():
        with Image.open(io.BytesIO(content)) as sheet:
            assert sheet.width * sheet.height <= max(2 * sheets.MOST, height * width)


def png(*chunks: tuple[bytes, bytes]) -> bytes:
    """Return a PNG file of chunks."""
    found = b"\x89PNG\r\n\x1a\n"
    for kind, data in chunks:
        found += struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))
    return found


def header(width: int, height: int, *form: int) -> tuple[bytes, bytes]:
    return b"IHDR", struct.pack(">2L5B", width, height, *(form or (8, 2, 0, 0, 0)))


ROWS = zlib.compress(b"".join(b"\0" + np.random.default_rng(row).bytes(8 * 3) for row in range(6)))
GOOD = [header(8, 6), (b"IDAT", ROWS), (b"IEND", b"")]


def read(content: bytes) -> np.ndarray:
    return sheets.read(["one.png"], lambda name: content, 1, 6, 8)


def test_a_plain_sheet_is_read() -> None:
    assert read(png(*GOOD)).shape == (1, 6, 8, 3)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (png(header(60_000, 60_000), (b"IDAT", zlib.compress(bytes(10**6))), (b"IEND", b"")), "image bomb"),
        (png(header(8, 7), (b"IDAT", ROWS), (b"IEND", b"")), "image bomb"),
        (png(header(8, 6, 16, 2, 0, 0, 0), *GOOD[1:]), "image bomb"),
        (png(header(8, 6, 8, 3, 0, 0, 0), *GOOD[1:]), "image bomb"),
        (png(header(8, 6, 8, 2, 0, 0, 1), *GOOD[1:]), "image bomb"),
        (png(GOOD[0], (b"tEXt", b"Comment\0<script>"), *GOOD[1:]), "not a picture alone"),
        (png(GOOD[0], (b"zTXt", b"x\0\0" + zlib.compress(bytes(10**6))), *GOOD[1:]), "not a picture alone"),
        (png(GOOD[0], (b"iCCP", b"x\0\0" + zlib.compress(bytes(10**6))), *GOOD[1:]), "not a picture alone"),
        (png(GOOD[0], GOOD[0], *GOOD[1:]), "not a picture alone"),
        (png(*GOOD) + b"PK\3\4", "not a picture alone"),
        (png(*GOOD[:2]), "not a picture alone"),
        (png(*GOOD[1:]), "damaged|not a picture alone|image bomb"),
        (png(*GOOD)[:-6], "damaged|not a picture alone"),
        (png(GOOD[0], (b"IDAT", ROWS[:60]), GOOD[2]), "damaged"),
        (png(GOOD[0], (b"IDAT", b"nothing"), GOOD[2]), "damaged"),
        (b"GIF89a" + bytes(100), "not a picture"),
        (b"", "not a picture"),
    ],
    ids=[
        "too large",
        "other height",
        "16 bits",
        "palette",
        "interlaced",
        "text",
        "compressed text",
        "profile",
        "two headers",
        "a zip behind",
        "no end",
        "no header",
        "cut",
        "cut data",
        "no data",
        "GIF",
        "empty",
    ],
)
def test_a_sheet_of_another_form_is_refused_before_it_is_decoded(content: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=f"^({reason}): one.png|^({reason}): "):
        read(content)


def test_data_beyond_the_header_are_not_unpacked() -> None:
    """A hundred megabytes of black: what the header does not announce is left where it is."""
    content = png(GOOD[0], (b"IDAT", zlib.compress(bytes(10**8))), GOOD[2])
    tracemalloc.start()
    try:
        assert read(content).shape == (1, 6, 8, 3)
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
