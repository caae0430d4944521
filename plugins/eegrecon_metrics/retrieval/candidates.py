"""The candidates of a retrieval: the stimuli, or their concepts by other pictures or without the one shown."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eegrecon import Floats, Ints
from eegrecon_metrics.judges.layers import distinct_rows
from eegrecon_metrics.retrieval.ranks import before_and_tied, cosines

Array = NDArray[np.float64]
Counts = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Compared:
    """Queries compared with candidates.

    Attributes:
        likeness: (n, candidates) of every query.
        true: (n,) the candidate that each trial saw.
        own: (n, pictures) likeness to the true candidate of a trial that saw a picture, where it depends on that
            picture; None where it does not.
        shown: (n,) the picture that each trial saw, a column of ``own``.
        equal: (candidates,) the first candidate that is equal to each one, itself where none is.
    """

    likeness: Array
    true: Counts
    own: Array | None
    shown: Counts
    equal: Counts

    def matrix(self, order: Counts | None = None) -> Array:
        """Return the likeness of the query of trial ``order[i]`` with the candidates of trial i, (n, candidates)."""
        order = np.arange(len(self.true)) if order is None else order
        likeness = self.likeness[order]
        if self.own is not None:
            likeness[np.arange(len(order)), self.true] = self.own[order, self.shown]
        return likeness


@dataclass(frozen=True, eq=False)
class Places:
    """Where each trial's true candidate stands among all of them, also for queries in other orders."""

    compared: Compared
    before: Counts  # (n, candidates)
    tied: Counts

    @classmethod
    def of(cls, compared: Compared) -> Places:
        """Return the places of compared queries."""
        return cls(compared, *before_and_tied(compared.matrix()))

    def true(self, order: Counts | None = None) -> tuple[Counts, Counts]:
        """Return how many candidates stand before the true one of each trial and are tied with it, (n,) each."""
        true, rows = self.compared.true, np.arange(len(self.compared.true))
        if order is None or self.compared.own is None:
            at = rows if order is None else order
            return self.before[at, true], self.tied[at, true]
        likeness = self.compared.matrix(order)
        own = likeness[rows, true][:, None]
        return np.asarray((likeness > own).sum(axis=1), np.int64), np.asarray((likeness == own).sum(axis=1), np.int64)


def stimuli(queries: Floats, pictures: Floats, image: Ints) -> Compared:
    """Compare with the pictures that were shown, each once."""
    shown, true = np.unique(image, return_inverse=True)
    return _compared(queries, np.asarray(pictures)[shown], true)


def concepts(queries: Floats, others: Floats, label_of: Ints, label: Ints) -> Compared:
    """Compare with the mean of other pictures of each class.

    Args:
        queries: (n, …).
        others: (others, …) other pictures.
        label_of: (others,) class of each.
        label: (n,) class of each trial; every one has another picture.
    """
    classes, true = np.unique(label, return_inverse=True)
    return _compared(queries, _means(_flat(others), np.asarray(label_of), classes), true)


def leave_one_out(queries: Floats, pictures: Floats, image: Ints, label: Ints) -> Compared:
    """Compare with the mean of the shown pictures of each class, without the one that the trial saw.

    Args:
        queries: (n, …).
        pictures: (pictures, …), indexed by ``image``.
        image: (n,) picture of each trial; every class has two or more.
        label: (n,) class of each trial.
    """
    shown, first, at = np.unique(image, return_index=True, return_inverse=True)
    flat, of_picture = _flat(pictures)[shown], label[first]
    classes, true = np.unique(label, return_inverse=True)
    means = _means(flat, of_picture, classes)
    count = (of_picture[:, None] == classes).sum(axis=0)  # pictures of each class
    place = np.searchsorted(classes, of_picture)
    without = means[place] + (means[place] - flat) / (count[place] - 1)[:, None]  # (pictures, width)
    own = cosines(queries, without)
    return Compared(cosines(queries, means), true.ravel(), own, at.ravel(), _equal(means))


def _compared(queries: Floats, candidates: Floats, true: Counts) -> Compared:
    true = true.ravel()
    return Compared(cosines(queries, candidates), true, None, true, _equal(_flat(candidates)))


def _equal(candidates: Array) -> Counts:
    first, which = distinct_rows(candidates)
    return first[which]


def _flat(values: Floats) -> Array:
    return np.asarray(values, np.float64).reshape(len(values), -1)


def _means(values: Array, label: Counts, classes: Counts) -> Array:
    return np.stack([values[label == one].mean(axis=0) for one in classes])
