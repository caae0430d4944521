"""A study of neuralset, declared here as its documentation says, is read by neuralset itself where it is installed."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mne
import numpy as np
import pytest
from PIL import Image

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon_datasets.studies.dataset import NeuralsetStudy
from eegrecon_datasets.studies.recordings import load_neuralset

TOPIC = "Studies of neuralset"
SFREQ, PICTURES = 100, [f"{name}/{name}_{number}.png" for name in ("cat", "dog") for number in range(5)]
needs_neuralset = pytest.mark.skipif(
    importlib.util.find_spec("neuralset") is None, reason="studies are read by the extra neuralset (Python 3.12)"
)


@pytest.fixture(scope="session")
def declared() -> str:
    """The name of a study of pictures, registered with neuralset as any study is."""
    import pandas as pd
    from neuralset.events import study

    class Small2026Pictures(study.Study):  # type: ignore[misc]
        def iter_timelines(self) -> Iterator[dict[str, Any]]:
            for path in sorted(self.path.glob("*_raw.fif")):
                subject, split = path.stem.split("_")[:2]
                yield {"subject": subject, "split": split}

        def _load_timeline_events(self, timeline: dict[str, Any]) -> Any:
            name = f"{timeline['subject']}_{timeline['split']}"
            shown = pd.read_csv(self.path / f"{name}_shown.csv")
            shown["type"], shown["duration"] = "Image", 0.1
            shown["category"] = [text.partition("/")[0] for text in shown["picture"]]
            shown["filepath"] = [str(self.path / "pictures" / text) for text in shown["picture"]]
            eeg = {"type": "Eeg", "filepath": str(self.path / f"{name}_raw.fif"), "start": "auto"}
            return pd.concat([pd.DataFrame([eeg]), shown])

    return Small2026Pictures.__name__


@pytest.fixture
def place(tmp_path: Path, declared: str) -> Path:
    """Two subjects, a recording of training and one of test each, which begins at sample 250 of its own clock."""
    folder = tmp_path / "studies" / declared
    folder.mkdir(parents=True)
    for subject in (1, 2):
        for split, shown in (("train", PICTURES[:4] + PICTURES[5:9]), ("test", [PICTURES[4], PICTURES[9]])):
            eeg, lines = np.zeros((3, SFREQ * 20)), ["start,picture"]
            for number, name in enumerate(shown * 2):
                eeg[:, 50 + 100 * number : 100 + 100 * number] = 100 * subject + PICTURES.index(name)
                lines.append(f"{2.5 + 0.5 + number},{name}")
            info = mne.create_info(["Fp1", "Cz", "eye"], SFREQ, ["eeg", "eeg", "eog"], verbose="error")
            raw = mne.io.RawArray(eeg * 1e-6, info, first_samp=250, verbose="error")
            raw.save(folder / f"{subject}_{split}_raw.fif", verbose="error")
            (folder / f"{subject}_{split}_shown.csv").write_text("\n".join(lines))
    for number, name in enumerate(PICTURES):
        path = folder / "pictures" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (9, 7), (20 * number, 0, 0)).save(path)
    return folder.parent


def everything(recordings: Any) -> list[tuple[Any, Any]]:
    return [
        (recordings.training.train, recordings.training.pictures),
        (recordings.training.val, recordings.training.pictures),
        (recordings.test, recordings.pictures),
    ]


@needs_neuralset
@pytest.mark.parametrize(("low", "protocol"), [(0.0, "declared"), (0.0, "by-picture"), (0.5, "declared")])
def test_a_study_is_read_with_its_pictures_classes_and_shares(
    place: Path, declared: str, run: Any, low: float, protocol: str
) -> None:
    fields: dict[str, Any] = {"window": (0.0, 0.49), "baseline": False, "low": low, "protocol": protocol}
    dataset = NeuralsetStudy(folder=str(place), study=declared, **fields)
    assert dataset.subjects() == (1, 2)
    recordings = dataset.load(2, run)
    assert recordings.training.montage.channels == ("Fp1", "Cz")
    assert sum(len(trials.trial) for trials, _ in everything(recordings)) == 20
    for trials, pictures in everything(recordings):
        for number in range(len(trials.trial)):
            which = int(pictures[int(trials.image[number])][0, 0, 0]) // 20
            assert recordings.training.classes[trials.label[number]] == PICTURES[which].partition("/")[0]
            if not low:
                np.testing.assert_allclose(trials.eeg[number], 200 + which, atol=0.01)
    if protocol == "declared":
        assert {int(recordings.pictures[row][0, 0, 0]) // 20 for row in range(2)} == {4, 9}


@needs_neuralset
def test_the_fingerprint_depends_on_every_file_of_the_study(place: Path, declared: str) -> None:
    files = NeuralsetStudy(folder=str(place), study=declared).files
    before = files.reads()
    assert files.reads() == before
    (place / declared / "pictures" / PICTURES[0]).write_bytes(b"another")
    assert files.reads() != before


@needs_neuralset
@pytest.mark.parametrize(
    ("situation", "study", "error"),
    [
        ("neuralset has no such study", "Nobody1900Nothing", InvalidConfiguration),
        ("no study is named", "", InvalidConfiguration),
        ("a study is not in the folder", "Small2026Pictures", MissingFiles),
    ],
)
def test_problems_of_studies_are_explained(
    situation: str, study: str, error: Any, declared: str, tmp_path: Path, run: Any, explains: Callable[..., None]
) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(error) as raised:
        NeuralsetStudy(folder=str(tmp_path / "empty"), study=study).load(1, run)
    explains(TOPIC, situation, raised.value)


@needs_neuralset
def test_a_damaged_recording_is_named(place: Path, declared: str, run: Any, explains: Callable[..., None]) -> None:
    (place / declared / "1_test_raw.fif").write_bytes(b"no recording")
    with pytest.raises(DataError) as raised:
        NeuralsetStudy(folder=str(place), study=declared).load(1, run)
    explains(TOPIC, "neuralset cannot read a recording", raised.value)


def test_without_neuralset_its_extra_is_named(monkeypatch: pytest.MonkeyPatch, explains: Callable[..., None]) -> None:
    monkeypatch.setitem(sys.modules, "neuralset", None)
    with pytest.raises(MissingFiles, match=r"pip install 'eegrecon\[neuralset\]'") as error:
        load_neuralset()
    explains(TOPIC, "neuralset is not installed", error.value)
