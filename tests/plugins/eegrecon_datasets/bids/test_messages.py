"""The messages about data sets of BIDS that ``docs/errors.md`` lists."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from eegrecon import EegreconError, MissingFiles
from eegrecon_datasets.bids.dataset import Bids
from eegrecon_datasets.bids.recordings import load_mne_bids

TOPIC = "Data sets of BIDS"


def no_description(bids: Any) -> None:
    (bids.write() / "dataset_description.json").unlink()


def no_recording(bids: Any) -> None:
    bids.write()
    for label in bids.labels:
        Path(f"{bids.place(label)}_eeg.edf").unlink()


def damaged(bids: Any) -> None:
    bids.write()
    path = Path(f"{bids.place('01')}_eeg.edf")
    path.write_bytes(path.read_bytes()[:300])


def no_events(bids: Any) -> None:
    bids.write()
    for label in bids.labels:
        Path(f"{bids.place(label)}_events.tsv").unlink()


def no_duration(bids: Any) -> None:
    bids.columns = ("onset", "trial_type", "stim_file")
    bids.write()


def no_pictures(bids: Any) -> None:
    bids.columns = ("onset", "duration", "trial_type")
    bids.write()


def no_class(bids: Any) -> None:
    bids.columns = ("onset", "duration", "stim_file")
    bids.write()


def only_responses(bids: Any) -> None:
    for row in bids.rows["01"]:
        row["stim_file"] = "n/a"
    bids.write()


def class_missing(bids: Any) -> None:
    bids.rows["01"][4]["trial_type"] = "n/a"
    bids.write()


def outside(bids: Any) -> None:
    bids.rows["01"][4]["stim_file"] = "../../secret.png"
    bids.write()


def onset_of_words(bids: Any) -> None:
    bids.write()
    table = Path(f"{bids.place('01')}_events.tsv")
    table.write_text(table.read_text().replace("\n0.5\t", "\nsoon\t"))


def two_classes(bids: Any) -> None:
    for row in bids.rows["02"]:
        row["trial_type"] = row["trial_type"].replace("cat", "kitten")
    bids.write()


@pytest.mark.parametrize(
    ("situation", "change", "fields"),
    [
        ("there is no dataset_description.json", no_description, {}),
        ("there is no recording", no_recording, {}),
        ("mne-bids cannot read a recording", damaged, {}),
        ("there is no events.tsv", no_events, {}),
        ("events.tsv lacks a column that BIDS demands", no_duration, {}),
        ("events.tsv does not name pictures", no_pictures, {}),
        ("events.tsv has no column of the class", no_class, {}),
        ("no event shows a picture", only_responses, {}),
        ("a picture has no class", class_missing, {}),
        ("a picture is outside stimuli/", outside, {}),
        ("an onset is no number", onset_of_words, {}),
        ("recordings give a picture two classes", two_classes, {}),
        ("no trial is whole in the window", lambda bids: bids.write(), {"window": (0.0, 60.0)}),
    ],
)
def test_problems_of_bids_are_explained(
    situation: str, change: Callable[[Any], Any], fields: Any, bids: Any, run: Any, explains: Callable[..., None]
) -> None:
    change(bids)
    with pytest.raises(EegreconError) as error:
        Bids(folder=str(bids.folder), **fields).load(1, run)
    explains(TOPIC, situation, error.value)


def test_without_mne_bids_its_extra_is_named(monkeypatch: pytest.MonkeyPatch, explains: Callable[..., None]) -> None:
    monkeypatch.setitem(sys.modules, "mne_bids", None)
    with pytest.raises(MissingFiles, match=r"pip install 'eegrecon\[bids\]'") as error:
        load_mne_bids()
    explains(TOPIC, "mne-bids is not installed", error.value)
