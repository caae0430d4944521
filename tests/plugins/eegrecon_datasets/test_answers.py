"""What a reader of ``docs/errors.md`` finds about files in the form of EEGCVPR40."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from eegrecon import EegreconError, UnknownName
from eegrecon_datasets.eegcvpr40 import EEGCVPR40

GROUP = "Files in the form of EEGCVPR40"
PICTURE = "image/n02106662/n02106662_105.JPEG"


def lacking_picture(world: Any) -> None:
    (world.write() / PICTURE).unlink()


def broken_picture(world: Any) -> None:
    (world.write() / PICTURE).write_bytes(b"no picture")


def captions_for_others(world: Any) -> None:
    (world.write() / "captions.csv").write_text("image,caption\nn02106662_999,a dog\n")


def code_in_file(world: Any) -> None:
    world.segments[5]["eeg"] = print
    world.write()


def cut_short(world: Any) -> None:
    file = world.write() / "eeg_5_95_std.pth"
    file.write_bytes(file.read_bytes()[:5000])


def no_eeg(world: Any) -> None:
    (world.write() / "eeg_5_95_std.pth").unlink()


def list_of_texts(world: Any) -> None:
    world.lists["val"] = ["a"]
    world.write()


@pytest.mark.parametrize(
    ("situation", "alter"),
    [
        ("a picture is not there", lacking_picture),
        ("a picture is broken", broken_picture),
        ("captions for other pictures", captions_for_others),
        ("the EEG file wants to run code", code_in_file),
        ("the EEG file is cut short", cut_short),
        ("the EEG file is not there", no_eeg),
        ("a split list holds something else than numbers", list_of_texts),
    ],
)
def test_what_is_wrong_with_the_files_is_answered(
    situation: str, alter: Callable[[Any], None], world: Any, run: Any, answered: Callable[..., None]
) -> None:
    alter(world)

    def read_all() -> None:
        recordings = EEGCVPR40(folder=str(world.folder)).load(1, run)
        for pictures in (recordings.training.pictures, recordings.pictures):
            for row in range(len(pictures)):
                pictures[row]

    with pytest.raises(EegreconError) as error:
        read_all()
    answered(GROUP, situation, error.value)


def test_a_subject_without_test_trials_is_answered(world: Any, run: Any, answered: Callable[..., None]) -> None:
    world.lists["test"] = []
    with pytest.raises(EegreconError) as error:
        EEGCVPR40(folder=str(world.write())).load(1, run)
    answered(GROUP, "the lists leave a subject without test trials", error.value)


def test_indices_beyond_the_data_and_overlapping_lists_stand_beside_the_result(
    world: Any, run: Any, answered: Callable[..., None]
) -> None:
    world.lists["test"].append(72)
    world.lists["train"].append(world.lists["test"][0])
    beyond, overlap, *_ = EEGCVPR40(folder=str(world.write())).load(1, run).notes
    answered(GROUP, "a split list goes beyond the data (a note beside the table)", beyond)
    answered(GROUP, "split lists overlap (a note beside the table)", overlap)


def test_a_data_set_that_cannot_leave_pictures_out_says_so(answered: Callable[..., None]) -> None:
    from eegrecon.api import Session
    from eegrecon.request import Request

    with pytest.raises(UnknownName) as error:
        _ = Session(Request("brainvis", allow_missing_pictures=True)).full
    answered("Usage", "--allow-missing-pictures with a data set that draws its pictures", error.value)
