from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import DataError
from eegrecon_datasets.eegcvpr40.splits import read_lists, split_by_lists, split_by_picture


def lists(train: Any, val: Any, test: Any) -> Any:
    return {share: np.array(rows, np.int64) for share, rows in (("train", train), ("val", val), ("test", test))}


def plain(split: Any) -> Any:
    return {share: rows.tolist() for share, rows in split.rows.items()}


def test_numbers_beyond_the_data_are_dropped_and_noted() -> None:
    split = split_by_lists(lists([0, 1], [2], [3, 4, 9]), np.ones(4), within_subject=False)
    assert plain(split) == {"train": [0, 1], "val": [2], "test": [3]}
    (note,) = split.notes
    assert "2 numbers" in note
    assert "test" in note


def test_the_single_file_counts_within_each_subject() -> None:
    subject = np.array([2, 1, 2, 1, 2])  # subject 1 has segments 1 and 3; subject 2 has 0, 2 and 4
    split = split_by_lists(lists([0], [1], [2]), subject, within_subject=True)
    assert plain(split) == {"train": [0, 1], "val": [2, 3], "test": [4]}
    (note,) = split.notes
    assert "1 number of the published test list" in note  # subject 1 has no third


def test_overlaps_and_repeats_are_noted() -> None:
    split = split_by_lists(lists([0, 0, 1], [1], [2, 0]), np.ones(3), within_subject=False)
    assert plain(split) == {"train": [0, 1], "val": [1], "test": [0, 2]}
    repeated, overlap = split.notes
    assert "1 repeated number of the published train list" in repeated
    assert "2 segments" in overlap


def test_every_picture_is_in_one_share_and_all_its_segments_follow() -> None:
    image = np.array([0, 1, 2, 0, 1, 2, 0, 1, 2])
    published = split_by_lists(lists([0, 3, 4], [1, 7], [2, 5, 6]), np.ones(9), within_subject=False)
    split = split_by_picture(published, image)
    assert plain(split) == {"train": [0, 3, 6], "val": [1, 4, 7], "test": [2, 5, 8]}  # 6 and 4 follow the others
    (note,) = split.notes
    assert "2 pictures in more than one share" in note


def test_on_a_tie_the_share_that_is_held_out_wins() -> None:
    image = np.array([0, 0, 1, 1, 2, 2])
    published = split_by_lists(lists([0, 2], [3, 4], [1, 5]), np.ones(6), within_subject=False)
    assert plain(split_by_picture(published, image)) == {"train": [], "val": [2, 3], "test": [0, 1, 4, 5]}


def test_pictures_in_no_list_are_left_out_and_noted() -> None:
    published = split_by_lists(lists([0], [], [2]), np.ones(4), within_subject=False)
    split = split_by_picture(published, np.array([0, 1, 2, 3]))
    assert plain(split) == {"train": [0], "val": [], "test": [2]}
    (note,) = split.notes
    assert "2 of 4 pictures" in note


def test_a_split_by_picture_never_trains_on_a_test_picture() -> None:
    rng = np.random.default_rng(0)
    for _ in range(50):
        image, subject = rng.integers(12, size=60), rng.integers(1, 4, size=60)
        drawn = lists(*(rng.integers(0, 65, size=20) for _ in range(3)))
        shares = split_by_picture(split_by_lists(drawn, subject, within_subject=bool(rng.integers(2))), image).rows
        pictures = [set(image[rows].tolist()) for rows in shares.values()]
        assert sum(map(len, pictures)) == len(set.union(*pictures))


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        ([1], "field 'splits'"),
        ({"splits": []}, "field 'splits'"),
        ({"splits": [{"train": [0], "val": [1]}]}, "'test'"),
        ({"splits": [{"train": [0], "val": [1], "test": ["a"]}]}, "'test'"),
        ({"splits": [{"train": [0], "val": [-1], "test": [1]}]}, "'val': -1"),
    ],
)
def test_another_kind_of_file_is_named_with_its_field(tmp_path: Path, content: Any, fact: str) -> None:
    torch.save(content, tmp_path / "splits.pth")
    with pytest.raises(DataError, match=rf"splits\.pth, .*{fact}"):
        read_lists(tmp_path / "splits.pth")


@pytest.mark.parametrize("zipped", [True, False])
def test_lists_may_be_lists_or_tensors(tmp_path: Path, zipped: bool) -> None:
    content = {"splits": [{"train": [0, 1], "val": torch.tensor([2]), "test": (3,)}]}
    torch.save(content, tmp_path / "splits.pth", _use_new_zipfile_serialization=zipped)
    found = read_lists(tmp_path / "splits.pth")
    assert {share: rows.tolist() for share, rows in found.items()} == {"train": [0, 1], "val": [2], "test": [3]}
