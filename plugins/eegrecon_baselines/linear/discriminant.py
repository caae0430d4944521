"""Linear discriminant analysis with a shrunk covariance, the shrinkage chosen on held-out trials."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eegrecon import Arrays, Ints, Rows
from eegrecon.preprocessing import chunks
from eegrecon_baselines.linear.axes import moments, principal_axes
from eegrecon_baselines.linear.spatial import Array

SHRINKAGES = (0.95, 0.8, 0.6, 0.4, 0.2, 0.1, 0.05, 0.02)  # of the covariance towards its mean variance, strongest first


def fit_discriminant(view: Rows, label: Ints, held: Rows, held_label: Ints) -> tuple[dict[str, Array], float]:
    """Return the discriminant of the shrinkage with the best accuracy on held-out trials, and that accuracy.

    Of equally good ones the strongest shrinkage is taken. Its scores are scaled: their standard deviation over the
    classes is 1 in the mean of the training trials. With little shrinkage they would be in the thousands, which
    saturates a network that reads them. Rows are read in chunks, several times.

    Args:
        view: (n, numbers); they are standardised.
        label: (n,) classes.
        held: (m, numbers) of the held-out trials.
        held_label: (m,) their classes.

    Returns:
        ``mean`` and ``deviation`` (numbers,); of the classes that have training trials their number ``classes``,
        ``slope`` (classes, numbers) and ``intercept`` (classes,).
    """
    classes, group = np.unique(label, return_inverse=True)
    mean, deviation, means = moments(view, group)
    standard = {"mean": mean, "deviation": np.where(deviation > 0, deviation, 1.0), "classes": classes}
    candidates = list(_discriminants(standard, standardised(standard, means), view, group))
    right = np.zeros(len(candidates))
    for rows, piece in chunks(held):
        found = [classes[_scores(standard, piece, *line).argmax(axis=1)] for line in candidates]
        right += np.sum(np.stack(found) == held_label[rows], axis=1)
    best = int(right.argmax())
    slope, intercept = candidates[best]
    spread = np.concatenate([_scores(standard, piece, slope, intercept).std(axis=1) for _, piece in chunks(view)])
    scale = spread.mean() or 1.0
    return {**standard, "slope": slope / scale, "intercept": intercept / scale}, float(right[best] / len(held_label))


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


def _scores(standard: Arrays, view: Array, slope: Array, intercept: Array) -> Array:
    return np.asarray(standardised(standard, view) @ slope.T + intercept)


def _discriminants(standard: Arrays, means: Array, view: Rows, group: Ints) -> Iterator[tuple[Array, Array]]:
    """Yield slope (classes, numbers) and intercept (classes,) for each shrinkage; one decomposition serves all."""
    n, numbers = view.shape
    about = (standardised(standard, piece) - means[group[rows]] for rows, piece in chunks(view))
    length, direction = principal_axes(about, n, numbers)
    variance = np.square(length) / n  # along each direction; zero along every other one
    mean_variance = variance.sum() / numbers or 1.0
    along = means @ direction.T  # (classes, directions)
    across = means - along @ direction
    for shrinkage in SHRINKAGES:
        shrunk = (1 - shrinkage) * variance + shrinkage * mean_variance
        slope = along / shrunk @ direction + across / (shrinkage * mean_variance)
        yield slope, np.log(np.bincount(group) / n) - (slope * means).sum(axis=1) / 2
