"""Pictures of a run in one file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from eegrecon.reporting.pictures import CELL, GAP, TOP, grid


def drawn_in(file: Path) -> np.ndarray:
    with Image.open(file) as image:
        return np.asarray(image.convert("RGB"))


def test_each_picture_stands_in_its_cell_enlarged_without_interpolation(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    rows = [(label, rng.integers(0, 256, (3, 32, 32, 3), np.uint8)) for label in ("true picture", "Full")]
    grid(rows, ["star", "drop", "star"], tmp_path / "grid.png")
    drawn = drawn_in(tmp_path / "grid.png")
    left = drawn.shape[1] - 3 * (CELL + GAP)
    for row, (_, pictures) in enumerate(rows):
        for column, picture in enumerate(pictures):
            down, across = TOP + row * (CELL + GAP), left + column * (CELL + GAP)
            cell = drawn[down : down + CELL, across : across + CELL]
            np.testing.assert_array_equal(cell, picture.repeat(CELL // 32, axis=0).repeat(CELL // 32, axis=1))
    assert (drawn[TOP : TOP + CELL, :left] < 128).any()  # the label


def test_names_of_others_stand_in_one_line(tmp_path: Path) -> None:
    pictures = np.zeros((1, 8, 8, 3), np.uint8)
    grid([("two\nlines", pictures)], ["a class\nof a file"], tmp_path / "broken.png")
    grid([("two lines", pictures)], ["a class of a file"], tmp_path / "plain.png")
    np.testing.assert_array_equal(drawn_in(tmp_path / "broken.png"), drawn_in(tmp_path / "plain.png"))
