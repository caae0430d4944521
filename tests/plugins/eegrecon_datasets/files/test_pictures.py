from __future__ import annotations

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from explanations import Explains
from PIL import Image

from eegrecon import DataError
from eegrecon_datasets.files.pictures import PictureFiles, damaged


def decoded(path: Path) -> np.ndarray:
    return PictureFiles((path,))[0]


def png_of(width: int, height: int) -> bytes:
    """The first bytes of a PNG of this size, which are all that it claims to be."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    beginning = struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return b"\x89PNG\r\n\x1a\n" + beginning + struct.pack(">I", 9999) + b"IDAT" + zlib.compress(bytes(99))


def test_pictures_are_decoded_as_rgb_on_access(tmp_path: Path) -> None:
    Image.new("L", (7, 4), 90).save(tmp_path / "grey.png")
    pictures = PictureFiles((tmp_path / "missing.png", tmp_path / "grey.png"))
    assert len(pictures) == 2
    assert np.array_equal(pictures[1], np.full((4, 7, 3), 90, np.uint8))


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n%%EOF\n"


UNREADABLE = {
    "a picture that ends too early": (png_of(30, 30), "truncated"),
    "a picture of billions of pixels": (png_of(60_000, 60_000), "3600000000"),
    "a picture of a hundred million pixels": (png_of(10_000, 10_000), "67 million"),
    "a PostScript file in the place of a picture": (EPS, "JPEG, PNG, WebP or TIFF"),
    "a picture in another format": (b"GIF89a" + bytes(20), "JPEG, PNG, WebP or TIFF"),
    "an empty file": (b"", "JPEG, PNG, WebP or TIFF"),
}


@pytest.mark.parametrize("situation", UNREADABLE)
def test_files_that_cannot_be_decoded_are_named(situation: str, tmp_path: Path, explains: Explains) -> None:
    content, fact = UNREADABLE[situation]
    Image.new("RGB", (3, 3)).save(tmp_path / "good.png")
    (tmp_path / "bad.JPEG").write_bytes(content)
    paths = (tmp_path / "good.png", tmp_path / "bad.JPEG")
    with pytest.raises(DataError, match=rf"bad\.JPEG .*{fact}.*--allow-missing-pictures") as error:
        PictureFiles(paths)[1]
    assert damaged(paths) == [1]
    if "PostScript" in situation or "hundred" in situation:
        explains("Files in the form of EEGCVPR40", situation, error.value)


def test_a_picture_of_numbers_without_a_range_is_named(tmp_path: Path) -> None:
    Image.fromarray(np.ones((2, 2), np.float32)).save(tmp_path / "float.tiff")
    with pytest.raises(DataError, match=r"float\.tiff.*32 bits"):
        decoded(tmp_path / "float.tiff")


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_a_picture_is_rotated_as_its_exif_data_say(tmp_path: Path, suffix: str) -> None:
    upright = np.zeros((16, 32, 3), np.uint8)
    upright[:, :16] = 255
    picture = Image.fromarray(np.rot90(upright))  # as a camera held on its side stores it
    exif = Image.Exif()
    exif[0x0112] = 6  # to be shown after a quarter turn clockwise
    picture.save(tmp_path / f"turned.{suffix}", exif=exif)
    assert np.array_equal(decoded(tmp_path / f"turned.{suffix}") > 128, upright > 128)


def test_damaged_exif_data_are_not_followed(tmp_path: Path) -> None:
    Image.new("RGB", (4, 2), (9, 9, 9)).save(tmp_path / "a.jpg", exif=b"Exif\0\0II*\0\xff\xff\xff\x7f")
    assert decoded(tmp_path / "a.jpg").shape == (2, 4, 3)


@pytest.mark.parametrize("suffix", ["png", "tiff"])
def test_sixteen_bits_of_grey_keep_their_brightness(tmp_path: Path, suffix: str) -> None:
    grey = np.array([[0, 128, 300, 32768, 65535]], np.uint16)
    Image.fromarray(grey).save(tmp_path / f"deep.{suffix}")
    assert decoded(tmp_path / f"deep.{suffix}")[0, :, 0].tolist() == [0, 0, 1, 128, 255]  # 65535 = 257 * 255


def test_transparent_parts_are_white(tmp_path: Path) -> None:
    Image.fromarray(np.array([[[200, 0, 0, 255], [0, 0, 0, 0]]], np.uint8)).save(tmp_path / "rgba.png")
    palette = Image.new("P", (2, 1))
    palette.putpalette([200, 0, 0, 0, 0, 0])
    palette.putpixel((1, 0), 1)
    palette.save(tmp_path / "index.png", transparency=1)
    palette.save(tmp_path / "bytes.png", transparency=b"\xff\x00")
    for name in ("rgba", "index", "bytes"):
        assert decoded(tmp_path / f"{name}.png").tolist() == [[[200, 0, 0], [255, 255, 255]]], name


def test_a_decoded_picture_may_be_changed(tmp_path: Path) -> None:
    Image.new("RGB", (3, 3)).save(tmp_path / "a.png")
    assert decoded(tmp_path / "a.png").flags.writeable
