from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from jobs import ROOT

sys.path.insert(0, str(ROOT / "benchmarks" / "real"))  # where a script finds the modules beside it

HEADER = """#made up at 5 \u00b5V
@problemName {name}
@timeStamps false
@univariate false
@equalLength true
@classLabel true {classes}
@data
"""
Write = Callable[..., Path]


def text_of(name: str, eeg: np.ndarray, label: np.ndarray, classes: tuple[str, ...] = ("shut", "open")) -> str:
    """Return what a file of the archive with these trials (n, channels, samples) holds."""
    lines = [
        ":".join([*(",".join(f"{value:.6g}" for value in channel) for channel in trial), classes[one]])
        for trial, one in zip(eeg, label, strict=True)
    ]
    return HEADER.format(name=name, classes=" ".join(classes)) + "\n".join(lines) + "\n"


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a problem of some trials, of which a share is tested, and return its folder."""

    def written(eeg: np.ndarray, label: np.ndarray, tested: np.ndarray, name: str = "EyesOpenShut") -> Path:
        folder = tmp_path / name
        folder.mkdir()
        for share, rows in (("TRAIN", ~tested), ("TEST", tested)):
            text = text_of(name, eeg[rows], label[rows])
            (folder / f"{name}_{share}.ts").write_text(text, encoding="latin-1")
        return folder

    return written
