from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eegrecon import DataError
from eegrecon_datasets.files.pictures import PictureFiles, damaged


def test_pictures_are_decoded_as_rgb_on_access(tmp_path: Path) -> None:
    Image.new("L", (7, 4), 90).save(tmp_path / "grey.png")
    pictures = PictureFiles((tmp_path / "missing.png", tmp_path / "grey.png"))
    assert len(pictures) == 2
    assert np.array_equal(pictures[1], np.full((4, 7, 3), 90, np.uint8))


def test_files_that_cannot_be_decoded_are_named(tmp_path: Path) -> None:
    Image.new("RGB", (3, 3)).save(tmp_path / "good.png")
    (tmp_path / "bad.png").write_bytes((tmp_path / "good.png").read_bytes()[:40])
    paths = (tmp_path / "good.png", tmp_path / "bad.png")
    with pytest.raises(DataError, match=r"bad\.png .*--allow-missing-pictures"):
        PictureFiles(paths)[1]
    assert damaged(paths) == [1]
