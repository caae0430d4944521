"""Linear discriminant analysis with a shrunk covariance, the shrinkage chosen on held-out trials."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eegrecon import Arrays, Ints
from eegrecon_baselines.linear.spatial import Array

SHRINKAGES = (0.95, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02)  # of the covariance towards its mean variance, strongest first


def fit_discriminant(view: Array, label: Ints, held: Array, held_label: Ints) -> tuple[dict[str, Array], float]:
    """Return the discriminant of the shrinkage with the best accuracy on held-out trials, and that accuracy.

    Of equally good ones the strongest shrinkage is taken. Its scores are scaled: their standard deviation over the
    classes is 1 in the mean of the training trials. With little shrinkage they would be in the thousands, which
    saturates a network that reads them.

    Args:
        view: (n, numbers); they are standardised.
        label: (n,) classes.
        held: (m, numbers) of the held-out trials.
        held_label: (m,) their classes.

    Returns:
        ``mean`` and ``deviation`` (numbers,); of the classes that have training trials their number ``classes``,
        ``slope`` (classes, numbers) and ``intercept`` (classes,).
    """
    mean, deviation = view.mean(axis=0), view.std(axis=0)
    standard = {"mean": mean, "deviation": np.where(deviation > 0, deviation, 1.0), "classes": np.unique(label)}
    best: dict[str, Array] = {}
    best_accuracy = -1.0
    for slope, intercept in _discriminants(standardised(standard, view), label):
        candidate = {**standard, "slope": slope, "intercept": intercept}
        scores = standardised(standard, held) @ slope.T + intercept
        accuracy = float(np.mean(standard["classes"][scores.argmax(axis=1)] == held_label))
        if accuracy > best_accuracy:
            best, best_accuracy = candidate, accuracy
    scores = standardised(standard, view) @ best["slope"].T + best["intercept"]
    spread = scores.std(axis=1).mean() or 1.0
    return {**best, "slope": best["slope"] / spread, "intercept": best["intercept"] / spread}, best_accuracy


def standardised(learned: Arrays, view: Array) -> Array:
    """Return a view (n, numbers) in standard deviations of the training trials."""
    return np.asarray((view - learned["mean"]) / learned["deviation"])


def class_scores(learned: Arrays, standard: Array, classes: int) -> Array:
    """Return the score of each class, (n, classes), from a standardised view (n, numbers).

    A class without training trials scores below every other one.
    """
    scores = standard @ learned["slope"].T + learned["intercept"]
    every = np.repeat(scores.min(axis=1, keepdims=True) - 1, classes, axis=1)
    every[:, learned["classes"]] = scores
    return every


def _discriminants(view: Array, label: Ints) -> Iterator[tuple[Array, Array]]:
    """Yield slope (classes, numbers) and intercept (classes,) for each shrinkage; one decomposition serves all."""
    _, row, count = np.unique(label, return_inverse=True, return_counts=True)
    means = np.stack([view[row == place].mean(axis=0) for place in range(len(count))])
    _, length, direction = np.linalg.svd(view - means[row], full_matrices=False)
    variance = np.square(length) / len(view)  # along each direction; zero along every other one
    mean_variance = variance.sum() / view.shape[1] or 1.0
    along = means @ direction.T  # (classes, directions)
    across = means - along @ direction
    for shrinkage in SHRINKAGES:
        shrunk = (1 - shrinkage) * variance + shrinkage * mean_variance
        slope = along / shrunk @ direction + across / (shrinkage * mean_variance)
        yield slope, np.log(count / len(view)) - (slope * means).sum(axis=1) / 2
