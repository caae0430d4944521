"""How much do linear baselines read from the simulated EEG? The noise of world 2 was set by this alone.

Each is read twice: from the channels as they are, reduced to main components, and through a spatial filter that whitens
the channels (covariance of the training trials). The second is near the most that a linear reader gets: in world 1,
whose background left directions of the scalp undisturbed, it read 98.8 % where the first read 32 %.

``python -m eegrecon_shapes.training.calibrate [field=value …]`` prints, for each baseline, the accuracy per subject (12
classes, 36 training pictures per class, 14 to test) and their mean.
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

from eegrecon_shapes.world.recording import SimulatedRecording

TRAIN, COMPONENTS = 36, 80
SHRINK = 0.01  # added to the eigenvalues of the covariance before whitening; the channels have variance 1
EDGES = np.arange(5, 76, 5)  # Hz
Array = NDArray[np.floating[Any]]


def whitened(eeg: Array, train: NDArray[np.bool_]) -> Array:
    """All trials (n, channels, samples) through the filter that whitens the training trials."""
    flat = eeg[train].transpose(1, 0, 2).reshape(eeg.shape[1], -1)
    power, direction = np.linalg.eigh(flat @ flat.T / flat.shape[1])
    return np.asarray((direction / np.sqrt(power + SHRINK)) @ direction.T @ eeg)


def evoked(eeg: Array) -> Array:
    """Mean voltage in pieces of 20 ms, (n, channels * pieces)."""
    n, channels, samples = eeg.shape
    return np.asarray(eeg[..., : samples // 20 * 20].reshape(n, channels, -1, 20).mean(axis=3).reshape(n, -1))


def power(eeg: Array) -> Array:
    """Log power in bands of 5 Hz from 5 to 75 Hz, (n, channels * bands)."""
    spectrum = np.abs(np.fft.rfft(eeg * np.hanning(eeg.shape[2]), axis=2)) ** 2
    frequency = np.fft.rfftfreq(eeg.shape[2], 1e-3)
    bands = [spectrum[..., (frequency >= low) & (frequency < low + 5)].mean(axis=2) for low in EDGES[:-1]]
    return np.asarray(np.log(np.stack(bands, axis=2)).reshape(len(eeg), -1))


def accuracy(view: Array, label: NDArray[np.int64], train: NDArray[np.bool_], *, components: bool) -> float:
    """Share of the test trials whose class the baseline finds, from main components or from the view itself."""
    steps = [StandardScaler(), *([PCA(COMPONENTS, random_state=0, whiten=True)] if components else [])]
    model = make_pipeline(*steps, LogisticRegression(C=0.02 if components else 1e-4, max_iter=500))
    return float(model.fit(view[train], label[train]).score(view[~train], label[~train]))


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
    scores: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        data = recording.prepare(Desk(Path(folder)))  # type: ignore[arg-type]
        for subject in np.unique(data["subject"]):
            rows = np.flatnonzero(data["subject"] == subject)
            image = data["image"][rows]
            label, train = image // recording.pictures_per_class, image % recording.pictures_per_class < TRAIN
            eeg = np.asarray(data["eeg"][rows, :, 20:460], dtype=np.float32)
            for about, signal in {"channels": eeg, "whitened": whitened(eeg, train)}.items():
                views = {"evoked": evoked(signal), "power": power(signal)}
                for name, view in (views | {"both": np.concatenate(list(views.values()), axis=1)}).items():
                    found = accuracy(view, label, train, components=about == "channels")
                    scores.setdefault(f"{about}, {name}", []).append(found)
    for name, all_found in scores.items():
        print(f"{name:17}", " ".join(f"{value:.3f}" for value in all_found), f"mean {np.mean(all_found):.3f}")


if __name__ == "__main__":
    main()
