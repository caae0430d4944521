"""What is taken from the events of a study, as neuralset documents their table: it need not be installed here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from eegrecon import DataError
from eegrecon_datasets.studies.events import pictures_of, recording_of

ROOT = Path("/data/studies")
EEG = {"type": "Eeg", "start": 12.5, "filepath": '{"cls": "Study"}', "duration": 60.0, "category": float("nan")}


def image(**fields: Any) -> dict[str, Any]:
    shown = {"type": "Image", "start": 14.0, "duration": 0.1, "filepath": f"{ROOT}/Study/00001_cat/cat_01b.jpg"}
    return {**shown, "category": "cat", "caption": "a cat\na kitten", "split": "train", **fields}


def test_pictures_are_named_below_the_folder_of_the_studies_and_timed_from_the_first_sample() -> None:
    word = {"type": "Word", "start": 1.0, "text": "cat"}
    (found,) = pictures_of([EEG, word, image()], 12.5, "category", ROOT, "one")
    assert (found.onset, found.split) == (1.5, "train")
    shown = found.shown
    assert shown is not None
    assert (shown.picture, shown.label, shown.caption) == ("Study/00001_cat/cat_01b.jpg", "cat", "a cat")
    (shared,) = pictures_of([image(filepath="/shared/cat.jpg")], 0.0, "folder", ROOT, "one")
    assert shared.shown is not None
    assert (shared.shown.picture, shared.shown.label) == ("/shared/cat.jpg", "shared")


@pytest.mark.parametrize("absent", [None, float("nan"), ""])
def test_what_a_study_does_not_say_is_empty(absent: Any) -> None:
    (found,) = pictures_of([image(caption=absent, split=absent)], 0.0, "category", ROOT, "one")
    assert found.shown is not None
    assert (found.split, found.shown.caption) == ("", "")
    with pytest.raises(DataError, match=r"no class in the column 'category'.*there are: .*filepath"):
        pictures_of([image(category=absent)], 0.0, "category", ROOT, "one")


def test_a_timeline_has_one_recording_and_shows_pictures() -> None:
    assert recording_of([image(), EEG], "one") is EEG
    for rows in ([image()], [EEG, EEG, image()]):
        with pytest.raises(DataError, match=rf"one has {len(rows) - 1 if EEG in rows else 0} recordings of EEG"):
            recording_of(rows, "one")
    with pytest.raises(DataError, match="shows no picture, only events of the types Eeg, Word"):
        pictures_of([EEG, {"type": "Word", "start": 1.0}], 0.0, "category", ROOT, "one")
