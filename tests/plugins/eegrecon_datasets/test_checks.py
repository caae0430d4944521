from __future__ import annotations

from pathlib import Path
from typing import Any

from eegrecon_datasets.eegcvpr40 import EEGCVPR40


def said(folder: Any, **fields: Any) -> Any:
    return {finding.text: finding.ok for finding in EEGCVPR40(folder=str(folder), **fields).check()}


def only(findings: Any, words: Any) -> Any:
    found = [ok for text, ok in findings.items() if words in text]
    assert len(found) == 1, findings
    return found[0]


def test_a_whole_folder_is_described(world: Any) -> None:
    found = said(world.write())
    assert [text for text, ok in found.items() if not ok] == [
        f"captions.csv is not there: fine targets need it; eegrecon data caption {world.folder} writes it"
    ]
    assert only(found, "72 segments of 5 channels and 500 to 500 samples (0 outside 450 to 600, left out)")
    assert only(found, "subjects 1, 2, 3, 4 classes, 24 pictures")
    assert only(found, "block_splits_by_image_all.pth: train 48, val 12, test 12")
    assert only(found, "all 24 pictures")
    assert only(found, "classes: 4, named by the 40 classes of EEGCVPR40")


def test_what_is_missing_or_wrong_is_said_in_one_go(world: Any) -> None:
    world.lists["test"].append(99)
    folder = world.write()
    (folder / "image" / "n02106662" / "n02106662_103.JPEG").unlink()
    (folder / "captions.csv").write_text("image,caption\nn02106662_100,a dog\n")
    (folder / "eeg_14_70_std.pth").write_bytes(b"half of a download")
    found = said(folder)
    assert not only(found, "eeg_14_70_std.pth is damaged or was not written by torch.save")
    assert only(found, "dropped: 1 number of the published test list beyond the data")
    assert not only(found, "1 of 24 pictures not there, for instance")
    assert not only(found, "captions.csv: 1 caption, none for 23 pictures, for instance n02106662_101")


def test_a_band_that_is_not_there_is_said_and_the_rest_described(world: Any) -> None:
    found = said(world.write(), band="55_95_std")
    assert not only(found, "eeg_55_95_std.pth is not there")
    assert only(found, "eeg_5_95_std.pth: 72 segments")


def test_split_files_that_are_missing_or_something_else_are_said(world: Any) -> None:
    folder = world.write()
    (folder / "block_splits_by_image_all.pth").unlink()
    assert not only(said(folder), "holds no split file")
    (folder / "block_splits_by_image_single.pth").write_bytes(b"no")
    assert not only(said(folder), "block_splits_by_image_single.pth is damaged")


def test_folders_without_the_data_set_are_said(tmp_path: Path) -> None:
    assert not only(said(tmp_path), "holds no EEG file such as eeg_5_95_std.pth")
    assert not only(said(tmp_path / "no"), "is not there; name it with --data DIR")
