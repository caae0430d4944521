from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from eegrecon import Captioner, DataError, MissingFiles, UsageError
from eegrecon_datasets.captions.writing import write_captions


@dataclass(frozen=True)
class Widths(Captioner):
    """Captions a picture by its width; fails at one width."""

    identity: str = "widths@1"
    fails_at: int = -1
    captioned: list[int] = field(default_factory=list)

    def captions(self, pictures: Any, run: Any) -> Iterator[str]:
        for row in range(len(pictures)):
            width = pictures[row].shape[1]
            if width == self.fails_at:
                raise KeyboardInterrupt
            self.captioned.append(width)
            yield f"a picture, {width} wide"


@pytest.fixture
def pictures(tmp_path: Path) -> dict[str, Path]:
    paths = {f"p{width}": tmp_path / f"p{width}.png" for width in range(1, 6)}
    for width, path in enumerate(paths.values(), 1):
        Image.new("RGB", (width, 2)).save(path)
    return paths


def test_every_picture_gets_a_caption_with_its_model(tmp_path: Path, pictures: dict[str, Path], run: Any) -> None:
    assert write_captions(tmp_path / "captions.csv", pictures, Widths(), run) == 5
    with (tmp_path / "captions.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [tuple(row.values()) for row in rows] == [
        (f"p{width}", f"a picture, {width} wide", "widths@1") for width in range(1, 6)
    ]


def test_an_interrupted_table_is_resumed(tmp_path: Path, pictures: dict[str, Path], run: Any) -> None:
    table = tmp_path / "captions.csv"
    with pytest.raises(KeyboardInterrupt):
        write_captions(table, pictures, Widths(fails_at=4), run)
    table.write_text(table.read_text()[:-5])  # the last line is incomplete
    captioner = Widths()
    assert write_captions(table, pictures, captioner, run) == 3
    assert captioner.captioned == [3, 4, 5]
    assert len(table.read_text().splitlines()) == 6
    assert write_captions(table, pictures, captioner, run) == 0


def test_captions_of_two_models_are_not_mixed(tmp_path: Path, pictures: dict[str, Path], run: Any) -> None:
    write_captions(tmp_path / "captions.csv", pictures, Widths(), run)
    with pytest.raises(UsageError, match=r"captions\.csv .*widths@1.*widths@2"):
        write_captions(tmp_path / "captions.csv", pictures, Widths("widths@2"), run)


def test_a_table_with_other_columns_is_not_extended(tmp_path: Path, pictures: dict[str, Path], run: Any) -> None:
    (tmp_path / "captions.csv").write_text("image,caption\np1,a dog\n")
    with pytest.raises(DataError, match=r"captions\.csv .*image, caption"):
        write_captions(tmp_path / "captions.csv", pictures, Widths(), run)
    assert (tmp_path / "captions.csv").read_text() == "image,caption\np1,a dog\n"


def test_a_missing_picture_is_named(tmp_path: Path, pictures: dict[str, Path], run: Any) -> None:
    pictures["p3"].unlink()
    with pytest.raises(MissingFiles, match=r"1 of 5 .*p3\.png"):
        write_captions(tmp_path / "captions.csv", pictures, Widths(), run)


def test_a_table_that_an_editor_has_marked_is_resumed(tmp_path: Path, pictures: dict[str, Path], run: Any) -> None:
    table = tmp_path / "captions.csv"
    write_captions(table, pictures, Widths(), run)
    table.write_text(table.read_text(), encoding="utf-8-sig")
    assert write_captions(table, pictures, Widths(), run) == 0
