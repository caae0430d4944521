from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from eegrecon.testing import PlainRun

SUBJECTS, CLASSES, EACH = 3, 4, 6  # pictures of a class; every subject sees every picture once
WNIDS = ["n02106662", "n02124075", "n02281787", "n02389026"]  # the first four of the real data set
PICTURES = [f"{wnid}_{100 + number}" for wnid in WNIDS for number in range(EACH)]
SHARE_OF = np.tile(["train", "train", "train", "train", "val", "test"], CLASSES)  # by picture


@dataclass
class Published:
    """A folder in the form of the published files, which a test can change before it is written."""

    folder: Path
    segments: list[dict[str, Any]]
    lists: dict[str, list[int]]
    labels: list[str] = field(default_factory=lambda: list(WNIDS))
    images: list[str] = field(default_factory=lambda: list(PICTURES))
    zipped: bool = True

    def write(
        self, *, pictures: bool = True, split_file: str = "block_splits_by_image_all.pth", single: Any = None
    ) -> Path:
        eeg = {"dataset": self.segments, "labels": self.labels, "images": self.images}
        torch.save(eeg, self.folder / "eeg_5_95_std.pth", _use_new_zipfile_serialization=self.zipped)
        torch.save({"splits": [self.lists]}, self.folder / split_file)
        if single is not None:
            torch.save({"splits": [single]}, self.folder / "block_splits_by_image_single.pth")
        for number, name in enumerate(self.images if pictures else []):
            path = self.folder / "image" / name.split("_")[0] / f"{name}.JPEG"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (12 + number, 9), (10 * number, 0, 0)).save(path, quality=95)
        return self.folder


@pytest.fixture
def run(tmp_path: Path) -> PlainRun:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return PlainRun(scratch)


@pytest.fixture
def published(tmp_path: Path) -> Published:
    """72 segments of 5 channels and 500 samples; all samples of a segment are its number."""
    folder = tmp_path / "data"
    folder.mkdir()
    segments = [
        {"eeg": torch.full((5, 500), float(number)), "image": image, "label": image // EACH, "subject": subject}
        for number, (subject, image) in enumerate(
            (subject, image) for subject in range(1, SUBJECTS + 1) for image in range(CLASSES * EACH)
        )
    ]
    lists = {
        share: [row for row, segment in enumerate(segments) if SHARE_OF[segment["image"]] == share]
        for share in ("train", "val", "test")
    }
    return Published(folder, segments, lists)


@pytest.fixture
def numbers_of() -> Callable[[Any], list[int]]:
    """Read the numbers of segments back from their EEG."""
    return lambda trials: np.asarray(trials.eeg[:])[:, 0, 0].astype(int).tolist()
