"""A method and data that compute nothing, as a plugin in one file, for ``workers.py``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from eegrecon import (
    Arrays,
    Dataset,
    Encoder,
    Features,
    Montage,
    Recordings,
    Run,
    Signals,
    Training,
    Trials,
    hookimpl,
)

CLASSES = ("one", "two")


@dataclass(frozen=True)
class EmptyData(Dataset):
    """Four trials of one channel in each share."""

    protocol: str = "within-image"

    def subjects(self) -> tuple[int, ...]:
        """Return one subject."""
        return (1,)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return the trials."""
        train, val, test = (trials(start) for start in (0, 4, 8))
        pictures = np.zeros((12, 2, 2, 3), np.uint8)
        montage = Montage(("Cz",), 100.0, 0.0, "uV")
        training = Training(train, val, pictures, ["a picture"] * 12, CLASSES, montage)
        return Recordings(training, training, test, pictures, None, None)


def trials(start: int) -> Trials:
    """Return four trials, with their own pictures."""
    rows = np.arange(start, start + 4)
    return Trials(np.zeros((4, 1, 2), np.float32), np.ones(4, np.int64), rows, rows % 2, rows)


@dataclass(frozen=True)
class EmptyEncoder(Encoder):
    """Learns nothing; ``number`` makes configurations different."""

    number: int = 0

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return one number."""
        return {"nothing": np.zeros(1)}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return zeros."""
        return Features(np.zeros((len(signals.trial), 1)), np.zeros((len(signals.trial), 2)))


@hookimpl
def eegrecon_components() -> Mapping[str, type]:
    """Register the components."""
    return {"dataset.empty": EmptyData, "encoder.empty": EmptyEncoder}
