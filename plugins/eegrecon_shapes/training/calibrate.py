"""How much do plain linear baselines read from the simulated EEG? The signal-to-noise ratio was set by this alone.

``python -m eegrecon_shapes.training.calibrate [field=value …]`` prints, for each baseline, the accuracy per subject (12
classes, 36 training pictures per class, 14 to test) and their mean. No result of a deep network had been looked at
when it was set.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from eegrecon_shapes.recording import SimulatedRecording

TRAIN, COMPONENTS = 36, 80
EDGES = np.arange(5, 76, 5)  # Hz
Array = NDArray[np.floating[Any]]


def evoked(eeg: Array) -> Array:
    """Mean voltage in pieces of 10 ms, (n, channels * pieces)."""
    n, channels, samples = eeg.shape
    return np.asarray(eeg[..., : samples // 10 * 10].reshape(n, channels, -1, 10).mean(axis=3).reshape(n, -1))


def power(eeg: Array) -> Array:
    """Log power in bands of 5 Hz from 5 to 75 Hz, (n, channels * bands)."""
    spectrum = np.abs(np.fft.rfft(eeg * np.hanning(eeg.shape[2]), axis=2)) ** 2
    frequency = np.fft.rfftfreq(eeg.shape[2], 1e-3)
    bands = [spectrum[..., (frequency >= low) & (frequency < low + 5)].mean(axis=2) for low in EDGES[:-1]]
    return np.asarray(np.log(np.stack(bands, axis=2)).reshape(len(eeg), -1))


def accuracy(views: list[Array], label: NDArray[np.int64], train: NDArray[np.bool_]) -> float:
    """Share of the test trials whose class the baseline finds, each view first reduced to its main components."""
    parts = []
    for view in views:
        reduce = make_pipeline(StandardScaler(), PCA(COMPONENTS, random_state=0, whiten=True)).fit(view[train])
        parts.append(reduce.transform(view))
    joined = np.concatenate(parts, axis=1)
    model = LogisticRegression(C=0.02, max_iter=500).fit(joined[train], label[train])
    return float(model.score(joined[~train], label[~train]))


@dataclass(frozen=True)
class Desk:
    """The little of a run that the recording needs."""

    scratch: Path

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[Desk]:
        """Say nothing."""
        yield self

    def advance(self, n: int = 1) -> None:
        """Say nothing."""


def main() -> None:
    """Record and read."""
    types: dict[str, Any] = {field.name: type(field.default) for field in fields(SimulatedRecording)}
    given = dict(argument.split("=") for argument in sys.argv[1:])
    recording = SimulatedRecording(**{name: types[name](value) for name, value in given.items()})
    scores: dict[str, list[float]] = {"evoked": [], "power": [], "both": []}
    with tempfile.TemporaryDirectory() as folder:
        data = recording.prepare(Desk(Path(folder)))  # type: ignore[arg-type]
        for subject in np.unique(data["subject"]):
            rows = np.flatnonzero(data["subject"] == subject)
            image = data["image"][rows]
            label, train = image // recording.pictures_per_class, image % recording.pictures_per_class < TRAIN
            eeg = np.asarray(data["eeg"][rows, :, 20:460], dtype=np.float32)
            views = {"evoked": [evoked(eeg)], "power": [power(eeg)]}
            views["both"] = views["evoked"] + views["power"]
            for name, found in scores.items():
                found.append(accuracy(views[name], label, train))
    for name, found in scores.items():
        print(f"{name:7}", " ".join(f"{value:.3f}" for value in found), f"mean {np.mean(found):.3f}")


if __name__ == "__main__":
    main()
