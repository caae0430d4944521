from __future__ import annotations

from pathlib import Path
from typing import Any

from eegrecon_datasets.eegcvpr40.dataset import EEGCVPR40


def findings(folder: Any, **fields: Any) -> dict[str, bool]:
    return {finding.text: finding.ok for finding in EEGCVPR40(folder=str(folder), **fields).check()}


def only(found: dict[str, bool], *facts: str) -> bool:
    """Whether the one finding that states these facts is positive."""
    matching = [ok for text, ok in found.items() if all(fact in text for fact in facts)]
    assert len(matching) == 1, found
    return matching[0]


def test_a_complete_folder_is_described(published: Any) -> None:
    found = findings(published.write())
    (problem,) = [text for text, ok in found.items() if not ok]
    assert "captions.csv" in problem
    assert f"eegrecon data caption {published.folder}" in problem
    assert only(found, "72 segments of 5 channels and 500 to 500 samples", "0 outside 450 to 600")
    assert only(found, "subjects 1, 2, 3, 4 classes, 24 pictures")
    assert only(found, "block_splits_by_image_all.pth: train 48, val 12, test 12")
    assert only(found, "all 24 pictures")
    assert only(found, "classes: 4")


def test_all_problems_are_reported_at_once(published: Any) -> None:
    published.lists["test"].append(99)
    folder = published.write()
    (folder / "image" / "n02106662" / "n02106662_103.JPEG").unlink()
    (folder / "captions.csv").write_text("image,caption\nn02106662_100,a dog\n")
    (folder / "eeg_14_70_std.pth").write_bytes(b"half of a download")
    found = findings(folder)
    assert not only(found, "eeg_14_70_std.pth is damaged")
    assert only(found, "1 number of the published test list beyond the data")
    assert not only(found, "1 of 24 pictures", "n02106662_103.JPEG")
    assert not only(found, "captions.csv: 1 caption", "23 pictures", "n02106662_101")


def test_a_missing_band_is_reported_and_the_rest_described(published: Any) -> None:
    found = findings(published.write(), band="55_95_std")
    assert not only(found, "eeg_55_95_std.pth", "dataset.band")
    assert only(found, "eeg_5_95_std.pth: 72 segments")


def test_missing_and_damaged_split_files_are_reported(published: Any) -> None:
    folder = published.write()
    (folder / "block_splits_by_image_all.pth").unlink()
    assert not only(findings(folder), "no split file")
    (folder / "block_splits_by_image_single.pth").write_bytes(b"no")
    assert not only(findings(folder), "block_splits_by_image_single.pth is damaged")


def test_a_folder_without_the_data_set_is_reported(tmp_path: Path) -> None:
    assert not only(findings(tmp_path), str(tmp_path), "eeg_5_95_std.pth")
    assert not only(findings(tmp_path / "no"), str(tmp_path / "no"), "--data DIR")


def test_without_a_folder_the_needed_files_are_listed() -> None:
    found = findings("")
    assert not any(found.values())
    for name in ("eeg_5_95_std.pth", "block_splits_by_image_all.pth", "image/", "captions.csv"):
        assert not only(found, name)
