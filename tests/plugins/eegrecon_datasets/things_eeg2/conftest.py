from __future__ import annotations

import pickle
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

CHANNELS = ["Fp1", "P7", "O1", "Oz", "O2"]
SAMPLES, BEFORE = 20, 4  # the times have more values than the EEG, as those of the published files
CONCEPTS = {"training": ["ant", "bee", "cat", "dog", "eel", "fox"], "test": ["gnu", "hen_house", "ibex"]}
EACH, REPEATS = {"training": 2, "test": 1}, {"training": 4, "test": 7}
FILES = {
    "npy": {"training": "preprocessed_eeg_training.npy", "test": "preprocessed_eeg_test.npy"},
    "pt": {"training": "train.pt", "test": "test.pt"},
    "flat": {"training": "preprocessed_eeg_training_flat.npy", "test": "preprocessed_eeg_test_flat.npy"},
}


def names_of(partition: str) -> list[str]:
    return [
        f"{number:05d}_{concept}/{concept}_{picture:02d}s.jpg"
        for number, concept in enumerate(CONCEPTS[partition], 1)
        for picture in range(EACH[partition])
    ]


def value(subject: int, picture: int, repeat: int) -> float:
    """What all samples of the first channel of a repeat are."""
    return 1000.0 * subject + 10 * picture + repeat


@dataclass
class Things:
    """A folder in the form of THINGS-EEG2, which a test can change before it is written."""

    folder: Path
    form: str = "npy"
    subjects: tuple[int, ...] = (1, 2, 5)
    dtype: Any = np.float64
    eeg: dict[tuple[int, str], Any] = field(default_factory=dict)  # by subject and partition
    contents: dict[tuple[int, str], dict[str, Any]] = field(default_factory=dict)
    protocol: int = 4  # of pickle

    def __post_init__(self) -> None:
        for subject in self.subjects:
            for partition in CONCEPTS:
                pictures, repeats = len(names_of(partition)), REPEATS[partition]
                base = [[value(subject, p, r) for r in range(repeats)] for p in range(pictures)]
                place = np.arange(len(CHANNELS))[:, None] / 10 + np.arange(SAMPLES) / 1000  # (channels, samples)
                self.eeg[subject, partition] = np.array(base)[:, :, None, None] + place

    @property
    def root(self) -> Path:
        return self.folder / "Preprocessed_data_250Hz"

    def file(self, subject: int, partition: str) -> Path:
        return self.root / f"sub-{subject:02d}" / FILES[self.form][partition]

    def content(self, subject: int, partition: str) -> dict[str, Any]:
        """The dictionary of a file."""
        eeg = self.eeg[subject, partition].astype(self.dtype)
        times = (np.arange(SAMPLES + BEFORE) - BEFORE) / 250
        if self.form == "flat":
            eeg = eeg.reshape(-1, *eeg.shape[2:])
        common = {"ch_names": CHANNELS, "times": times}
        if self.form != "pt":
            return {"preprocessed_eeg_data": eeg, **common}
        short, names = {"training": "train", "test": "test"}[partition], np.array(names_of(partition))
        img = np.tile(np.char.add(f"{short}_images/", names)[:, None], (1, eeg.shape[1]))
        session = np.tile(np.arange(eeg.shape[1]) // 2 * 1.0, (len(eeg), 1))
        return {"eeg": eeg, "img": img, "session": session, **common}

    def write(self, *, pictures: bool = True) -> Path:
        for subject in self.subjects:
            for partition in CONCEPTS:
                path = self.file(subject, partition)
                path.parent.mkdir(parents=True, exist_ok=True)
                content = {**self.content(subject, partition), **self.contents.get((subject, partition), {})}
                if self.form == "pt":
                    torch.save(content, path, pickle_protocol=5)
                else:
                    path.write_bytes(pickle.dumps(content, protocol=self.protocol))
        for partition in CONCEPTS if pictures else ():
            for number, name in enumerate(names_of(partition)):
                path = self.folder / f"{partition}_images" / name
                path.parent.mkdir(parents=True, exist_ok=True)
                Image.new("RGB", (12 + number, 9), (10 * number, 0, 0)).save(path, quality=95)
        return self.folder


@pytest.fixture
def things(tmp_path: Path) -> Things:
    """Three subjects, 12 training pictures of 6 concepts with 4 repeats, 3 test pictures with 7; 5 channels."""
    folder = tmp_path / "data"
    folder.mkdir()
    return Things(folder)
