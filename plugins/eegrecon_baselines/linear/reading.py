"""A view of the EEG read by linear discriminant analysis: what fits it, and what reads with it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eegrecon import Arrays, Features, Signals, Training, Trials
from eegrecon.preprocessing import noise_covariance
from eegrecon_baselines.linear.discriminant import class_scores, fit_discriminant, standardised
from eegrecon_baselines.linear.held_out import split
from eegrecon_baselines.linear.spatial import Array
from eegrecon_baselines.linear.views import View

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
    seen, held_out = view.of(learned, train.eeg), view.of(learned, held.eeg)
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
