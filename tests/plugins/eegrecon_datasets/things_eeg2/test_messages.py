"""The messages about files in the form of THINGS-EEG2 that ``docs/errors.md`` lists."""

from __future__ import annotations

import os
import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import EegreconError
from eegrecon_datasets.things_eeg2.dataset import ThingsEEG2

TOPIC = "Files in the form of THINGS-EEG2"


class Code:
    def __reduce__(self) -> Any:
        return os.getcwd, ()


def nothing(things: Any) -> None:
    things.write()


def cut_short(things: Any) -> None:
    things.write()
    path = things.file(1, "training")
    path.write_bytes(path.read_bytes()[:4000])


def code(things: Any) -> None:
    things.write()
    things.file(1, "training").write_bytes(pickle.dumps({"preprocessed_eeg_data": Code()}, protocol=4))


def other_axes(things: Any) -> None:
    things.contents[1, "training"] = {"preprocessed_eeg_data": np.zeros((48, 5, 20))}
    things.write()


def fewer_times(things: Any) -> None:
    things.contents[1, "test"] = {"times": np.arange(10) / 250}
    things.write()


def other_channels(things: Any) -> None:
    things.contents[2, "test"] = {"ch_names": ["Fp1", "P7", "O1", "Oz", "Cz"]}
    things.write()


def no_test_file(things: Any) -> None:
    things.write()
    things.file(2, "test").unlink()


def a_picture_too_few(things: Any) -> None:
    (things.write() / "training_images" / "00002_bee" / "bee_00s.jpg").unlink()


def a_named_picture_too_few(things: Any) -> None:
    things.form = "pt"
    (things.write() / "training_images" / "00002_bee" / "bee_00s.jpg").unlink()


def no_pictures(things: Any) -> None:
    things.write(pictures=False)


def trained_concept(things: Any) -> None:
    folder = things.write()
    (folder / "test_images" / "00001_gnu").rename(folder / "test_images" / "00001_ant")


@pytest.mark.parametrize(
    ("situation", "change", "trusted"),
    [
        ("the EEG is a pickle and nobody said that it may be read", nothing, False),
        ("the EEG file is cut short", cut_short, True),
        ("the EEG file wants to run code", code, True),
        ("the EEG has other axes", other_axes, True),
        ("fewer times than samples", fewer_times, True),
        ("the channels of two subjects differ", other_channels, True),
        ("a subject has no test file", no_test_file, True),
        ("a picture is missing and the EEG names none", a_picture_too_few, True),
        ("a picture that the EEG names is missing", a_named_picture_too_few, True),
        ("no pictures of training", no_pictures, True),
        ("a test concept is among those of training", trained_concept, True),
    ],
)
def test_problems_of_the_files_are_explained(
    situation: str, change: Callable[[Any], None], trusted: bool, things: Any, run: Any, explains: Callable[..., None]
) -> None:
    change(things)
    with pytest.raises(EegreconError) as error:
        ThingsEEG2(folder=str(things.folder), trust_pickle=trusted, validation=0.2).load(1, run)
    explains(TOPIC, situation, error.value)
