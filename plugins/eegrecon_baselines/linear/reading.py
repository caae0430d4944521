"""A view of the EEG read by linear discriminant analysis: what fits it, and what reads with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon import Arrays, Features, Rows, Signals, Training, Trials
from eegrecon.preprocessing import noise_covariance
from eegrecon_baselines.linear.discriminant import class_scores, fit_discriminant, standardised
from eegrecon_baselines.linear.held_out import split
from eegrecon_baselines.linear.spatial import Array
from eegrecon_baselines.linear.views import View

HELD = 8_000_000  # numbers of a view that are held in memory, 64 MB
ACCURACY = "accuracy"  # of a reader on the trials that chose its shrinkage


def fit_reader(view: View, data: Training) -> dict[str, Array]:
    """Return the weights of one reader: ``view.*``, ``line.*``, ``classes`` and ``accuracy``."""
    train, held = split(data, by_class=True)
    noise = noise_covariance(train.eeg, train.label)
    return {"classes": np.array(len(data.classes)), **fit_view(view, train, held, noise, data.montage.sfreq)}


def fit_view(view: View, train: Trials, held: Trials, noise: Array, sfreq: float) -> dict[str, Array]:
    """Return ``view.*`` and ``line.*`` of training trials, and the ``accuracy`` on held-out ones.

    Args:
        view: what is read.
        train: the trials to learn from.
        held: those on which the shrinkage is chosen.
        noise: (c, c) covariance of the channels about the mean response of each class.
        sfreq: sampling frequency in Hz.
    """
    learned = view.learn(train, noise, sfreq)
    seen, held_out = (_rows(view, learned, trials.eeg) for trials in (train, held))
    line, accuracy = fit_discriminant(seen, train.label, held_out, held.label)
    named = {f"view.{name}": array for name, array in learned.items()}
    return {**named, **{f"line.{name}": array for name, array in line.items()}, ACCURACY: np.array(accuracy)}


def read(view: View, weights: Arrays, signals: Signals) -> Features:
    """Return the standardised view (n, numbers) as embedding, and the class scores (n, classes)."""
    line = part_of(weights, "line.")
    standard = standardised(line, view.of(part_of(weights, "view."), signals.eeg))
    return Features(standard, class_scores(line, standard, int(weights["classes"])))


def part_of(weights: Arrays, prefix: str) -> Mapping[str, Array]:
    """Return the weights whose names start with a prefix, by the rest of their names."""
    return {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}


def _rows(view: View, learned: Arrays, eeg: Rows) -> Rows:
    """Return the view of trials, computed once if it is small enough to be held in memory."""
    rows = _Viewed(view, learned, eeg)
    return view.of(learned, eeg) if np.prod(rows.shape) <= HELD else rows


@dataclass(frozen=True, eq=False)
class _Viewed:
    """The view of trials as rows (n, numbers), which are computed where they are read."""

    view: View
    learned: Arrays
    eeg: Rows

    @property
    def shape(self) -> tuple[int, ...]:
        return (self.eeg.shape[0], self[np.arange(1)].shape[1])

    def __getitem__(self, rows: Any) -> Array:
        return self.view.of(self.learned, self.eeg[rows])
