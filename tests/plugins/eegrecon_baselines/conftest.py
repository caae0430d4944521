"""Training data of white noise with a known trace of the class in the evoked response, in power, or in both."""

from __future__ import annotations

import numpy as np
import pytest

from eegrecon import Montage, Training, Trials

SFREQ = 200.0
CLASSES = ("red", "green", "blue")


class World:
    """Trials of 4 channels and 60 samples at 200 Hz."""

    def eeg(self, label: np.ndarray, evoked: float, induced: float, seed: int) -> np.ndarray:
        """Return noise with a response of each class, and with a rhythm of random phase whose channel is the class."""
        rng = np.random.default_rng(seed)
        once = np.random.default_rng(3).standard_normal((4, 6)).repeat(10, axis=1)  # changes every 50 ms
        response = np.stack([np.roll(once, 20 * k, axis=1) for k in range(3)])  # of one covariance, at three times
        phase = rng.uniform(0, 2 * np.pi, (len(label), 1))
        rhythm = np.sin(2 * np.pi * 42 * np.arange(60) / SFREQ + phase)
        eeg = rng.standard_normal((len(label), 4, 60)) + evoked * response[label]
        eeg[np.arange(len(label)), label] += induced * rhythm
        return eeg.astype(np.float32)

    def trials(self, n: int, evoked: float, induced: float, seed: int) -> Trials:
        """Return trials of all classes in random order."""
        label = np.random.default_rng([seed, 1]).permutation(np.arange(n) % 3)
        rows = np.arange(n)
        return Trials(self.eeg(label, evoked, induced, seed), np.ones(n, int), rows, label, rows)

    def training(self, evoked: float, induced: float, n: int = 150, val: int = 60) -> Training:
        """Return training data; every trial shows a picture of its own."""
        train, held = self.trials(n, evoked, induced, 10), self.trials(val, evoked, induced, 11)
        held = Trials(held.eeg, held.subject, held.trial, held.label, held.image + n)
        montage = Montage(("a", "b", "c", "d"), SFREQ, 0.0, "uV")
        return Training(train, held, [np.zeros((2, 2, 3), np.uint8)] * (n + val), None, CLASSES, montage)


@pytest.fixture(scope="session")
def world() -> World:
    return World()
