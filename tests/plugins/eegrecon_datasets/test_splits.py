from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError
from eegrecon_datasets.splits import as_published, by_picture, published_lists


def lists(train: Any, val: Any, test: Any) -> Any:
    return {share: np.array(rows, np.int64) for share, rows in (("train", train), ("val", val), ("test", test))}


def plain(division: Any) -> Any:
    return {share: rows.tolist() for share, rows in division.rows.items()}


def test_numbers_beyond_the_data_are_dropped_and_said() -> None:
    division = as_published(lists([0, 1], [2], [3, 4, 9]), np.ones(4), by_subject=False)
    assert plain(division) == {"train": [0, 1], "val": [2], "test": [3]}
    assert division.notes == ("dropped: 2 numbers of the published test list beyond the data",)


def test_the_single_file_counts_within_each_subject() -> None:
    subject = np.array([2, 1, 2, 1, 2])  # subject 1 has segments 1 and 3; subject 2 has 0, 2 and 4
    division = as_published(lists([0], [1], [2]), subject, by_subject=True)
    assert plain(division) == {"train": [0, 1], "val": [2, 3], "test": [4]}
    assert "dropped: 1 number of the published test list" in division.notes[0]  # subject 1 has no third


def test_overlaps_and_repeats_are_said() -> None:
    division = as_published(lists([0, 0, 1], [1], [2, 0]), np.ones(3), by_subject=False)
    assert plain(division) == {"train": [0, 1], "val": [1], "test": [0, 2]}
    assert "counted once: 1 repeated number of the published train list" in division.notes
    assert "2 segments in more than one published list" in division.notes


def test_every_picture_is_in_one_share_and_all_its_segments_follow() -> None:
    image = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    published = as_published(lists([0, 3, 4], [1, 7], [2, 5, 6]), np.ones(9), by_subject=False)
    division = by_picture(published, image)
    assert plain(division) == {"train": [0, 3, 6], "val": [1, 4, 7], "test": [2, 5, 8]}  # 6 and 4 follow the others
    assert division.notes == ("2 pictures in more than one share of the published lists, each in one here",)


def test_of_equal_numbers_the_share_that_was_held_out_wins() -> None:
    image = np.array([0, 0, 1, 1, 2, 2])
    published = as_published(lists([0, 2], [3, 4], [1, 5]), np.ones(6), by_subject=False)
    assert plain(by_picture(published, image)) == {"train": [], "val": [2, 3], "test": [0, 1, 4, 5]}


def test_pictures_in_no_list_are_left_out_and_said() -> None:
    division = by_picture(as_published(lists([0], [], [2]), np.ones(4), by_subject=False), np.array([0, 1, 2, 3]))
    assert plain(division) == {"train": [0], "val": [], "test": [2]}
    assert division.notes == ("left out: 2 of 4 pictures, in no published list",)


def test_a_division_by_picture_never_trains_on_a_test_picture() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        image, subject = rng.integers(12, size=60), rng.integers(1, 4, size=60)
        drawn = lists(*(rng.integers(0, 65, size=20) for _ in range(3)))
        shares = by_picture(as_published(drawn, subject, by_subject=bool(rng.integers(2))), image).rows
        pictures = [set(image[rows].tolist()) for rows in shares.values()]
        assert sum(map(len, pictures)) == len(set.union(*pictures))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([1], "field 'splits'"),
        ({"splits": []}, "field 'splits'"),
        ({"splits": [{"train": [0], "val": [1]}]}, "'test': a list of whole numbers"),
        ({"splits": [{"train": [0], "val": [1], "test": ["a"]}]}, "'test': a list of whole numbers"),
        ({"splits": [{"train": [0], "val": [-1], "test": [1]}]}, "'val': -1 is no number of a segment"),
    ],
)
def test_a_split_file_that_is_something_else_is_named(tmp_path: Path, content: Any, said: str) -> None:
    torch.save(content, tmp_path / "splits.pth")
    with pytest.raises(DataError, match=rf"splits\.pth, .*{said}"):
        published_lists(tmp_path / "splits.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_lists_may_be_lists_or_tensors(tmp_path: Path, zipped: bool) -> None:
    content = {"splits": [{"train": [0, 1], "val": torch.tensor([2]), "test": (3,)}]}
    torch.save(content, tmp_path / "splits.pth", _use_new_zipfile_serialization=zipped)
    found = published_lists(tmp_path / "splits.pth")
    assert {share: rows.tolist() for share, rows in found.items()} == {"train": [0, 1], "val": [2], "test": [3]}
