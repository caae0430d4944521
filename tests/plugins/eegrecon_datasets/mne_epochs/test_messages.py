"""The messages about own recordings that ``docs/errors.md`` lists."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import EegreconError
from eegrecon_datasets.mne_epochs.dataset import MneEpochs

TOPIC = "Own recordings"


def no_table(own: Any) -> None:
    own.folder.mkdir()
    own.write_epochs()


def no_recording(own: Any) -> None:
    own.write_stimuli()


def other_columns(own: Any) -> None:
    own.write_stimuli("name,picture,class,caption")
    own.write_epochs()


def incomplete_line(own: Any) -> None:
    own.lines[3] = "cat_3,pictures/cat_3.png,,"
    own.write_stimuli()
    own.write_epochs()


def event_twice(own: Any) -> None:
    own.lines.append(own.lines[0])
    own.write_stimuli()
    own.write_epochs()


def outside(own: Any) -> None:
    own.lines[0] = "cat_0,../secret.png,cat,a cat"
    own.write_stimuli(pictures=False)
    own.write_epochs()


def some_captions(own: Any) -> None:
    own.lines[0] = own.lines[0].rpartition(",")[0] + ","
    own.write_stimuli()
    own.write_epochs()


def broken(own: Any) -> None:
    own.write_stimuli()
    own.write_epochs()
    (own.folder / "sub-02-epo.fif").write_bytes(np.zeros(100).tobytes())


def no_events(own: Any) -> None:
    own.write_stimuli()
    own.write_raw()
    for table in own.folder.glob("*_events.csv"):
        table.unlink()


def onset_of_words(own: Any) -> None:
    own.write_stimuli()
    own.write_raw()
    (own.folder / "sub-01_events.csv").write_text("onset,event\nsoon,cat_0")


def filtered_epochs(own: Any) -> None:
    own.write_stimuli()
    own.write_epochs()


@pytest.mark.parametrize(
    ("situation", "change", "fields"),
    [
        ("there is no stimuli.csv", no_table, {}),
        ("there is no recording", no_recording, {}),
        ("stimuli.csv lacks a column", other_columns, {}),
        ("a line of stimuli.csv is incomplete", incomplete_line, {}),
        ("an event is in two lines of stimuli.csv", event_twice, {}),
        ("a picture is outside the folder", outside, {}),
        ("some pictures have captions and others none", some_captions, {}),
        ("MNE cannot read a recording", broken, {}),
        ("a continuous recording has no events", no_events, {}),
        ("an onset is no number", onset_of_words, {}),
        ("epochs are to be filtered", filtered_epochs, {"low": 1.0}),
        ("the window is outside the epochs", filtered_epochs, {"window": (2.0, 3.0)}),
    ],
)
def test_problems_of_own_recordings_are_explained(
    situation: str, change: Callable[[Any], None], fields: Any, own: Any, run: Any, explains: Callable[..., None]
) -> None:
    change(own)
    with pytest.raises(EegreconError) as error:
        MneEpochs(folder=str(own.folder), **fields).load(1, run)
    explains(TOPIC, situation, error.value)
