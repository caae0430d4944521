"""The messages about files in the form of EEGCVPR40 that ``docs/errors.md`` lists."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegrecon import EegreconError, UnknownName, bench
from eegrecon_datasets.eegcvpr40.dataset import EEGCVPR40

TOPIC = "Files in the form of EEGCVPR40"
PICTURE = "image/n02106662/n02106662_105.JPEG"


def missing_picture(published: Any) -> None:
    (published.write() / PICTURE).unlink()


def damaged_picture(published: Any) -> None:
    (published.write() / PICTURE).write_bytes(b"no picture")


def captions_of_other_pictures(published: Any) -> None:
    (published.write() / "captions.csv").write_text("image,caption\nn02106662_999,a dog\n")


def code_in_file(published: Any) -> None:
    published.segments[5]["eeg"] = print
    published.write()


def truncated(published: Any) -> None:
    file = published.write() / "eeg_5_95_std.pth"
    file.write_bytes(file.read_bytes()[:5000])


def no_eeg(published: Any) -> None:
    (published.write() / "eeg_5_95_std.pth").unlink()


def list_of_texts(published: Any) -> None:
    published.lists["val"] = ["a"]
    published.write()


@pytest.mark.parametrize(
    ("situation", "change"),
    [
        ("a picture is not there", missing_picture),
        ("a picture is broken", damaged_picture),
        ("captions for other pictures", captions_of_other_pictures),
        ("the EEG file wants to run code", code_in_file),
        ("the EEG file is cut short", truncated),
        ("the EEG file is not there", no_eeg),
        ("a split list holds something else than numbers", list_of_texts),
    ],
)
def test_problems_of_the_files_are_explained(
    situation: str, change: Callable[[Any], None], published: Any, run: Any, explains: Callable[..., None]
) -> None:
    change(published)

    def read_all() -> None:
        recordings = EEGCVPR40(folder=str(published.folder)).load(1, run)
        for pictures in (recordings.training.pictures, recordings.pictures):
            for row in range(len(pictures)):
                pictures[row]

    with pytest.raises(EegreconError) as error:
        read_all()
    explains(TOPIC, situation, error.value)


def test_a_subject_without_test_trials_is_explained(published: Any, run: Any, explains: Callable[..., None]) -> None:
    published.lists["test"] = []
    with pytest.raises(EegreconError) as error:
        EEGCVPR40(folder=str(published.write())).load(1, run)
    explains(TOPIC, "the lists leave a subject without test trials", error.value)


def test_lists_beyond_the_data_and_overlapping_lists_are_noted(
    published: Any, run: Any, explains: Callable[..., None]
) -> None:
    published.lists["test"].append(72)
    published.lists["train"].append(published.lists["test"][0])
    beyond, overlap, *_ = EEGCVPR40(folder=str(published.write())).load(1, run).notes
    explains(TOPIC, "a split list goes beyond the data (a note beside the table)", beyond)
    explains(TOPIC, "split lists overlap (a note beside the table)", overlap)


def test_a_data_set_that_cannot_leave_out_pictures_is_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, explains: Callable[..., None]
) -> None:
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path / "store"))
    with pytest.raises(UnknownName) as error:
        bench("brainvis", allow_missing_pictures=True, out=tmp_path / "result", quiet=True)
    explains("Usage", "--allow-missing-pictures with a data set that draws its pictures", error.value)
