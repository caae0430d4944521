"""Prediction of a trial's class from its time of recording alone, without the EEG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Ints, Trials

ALPHA = 0.01
PREDICTORS = {"block": "by block", "nearest": "by nearest training trials"}


def time_hits(train: Trials, test: Trials, classes: int) -> Arrays:
    """Predict each test trial's class from its time of recording alone.

    Args:
        train: the training trials.
        test: the test trials.
        classes: number of classes that occur.

    Returns:
        Whether the prediction is right, (n,): ``block``, the class of most training trials in the same subject's block,
        and ``nearest``, that of the training trials nearest in time, two of each subject. ``runs/block`` and
        ``runs/nearest``: whether it is right for most of the test trials of one class in one block, (runs,); such
        trials are not independent, so tests count runs. Empty where neither block nor order is known.
    """
    predictions: dict[str, Ints] = {}
    if train.block is not None and test.block is not None:
        blocks = zip(test.subject, test.block, strict=True)
        predictions["block"] = np.asarray([_class_of_block(train, subject, block) for subject, block in blocks])
    if train.order is not None and test.order is not None:
        predictions["nearest"] = np.asarray([_class_of_nearest(train, int(order)) for order in test.order], np.int64)
    if not predictions:
        return {}
    hits = {name: (predicted == test.label).astype(np.float64) for name, predicted in predictions.items()}
    block = np.arange(len(test.label)) if test.block is None else test.block
    _, run = np.unique(np.stack([test.subject, block, test.label]), axis=1, return_inverse=True)
    runs = {
        f"runs/{name}": (np.bincount(run, hit) / np.bincount(run) > 0.5).astype(float) for name, hit in hits.items()
    }
    return {**hits, **runs, "classes": np.asarray(classes)}


def _class_of_block(train: Trials, subject: int, block: int) -> int:
    labels = train.label[(train.subject == subject) & (train.block == block)]
    return int(np.bincount(labels).argmax()) if len(labels) else -1


def _class_of_nearest(train: Trials, order: int) -> int:
    assert train.order is not None
    votes: list[int] = []
    for subject in np.unique(train.subject):
        rows = np.flatnonzero(train.subject == subject)
        nearest = rows[np.argsort(np.abs(train.order[rows] - order), kind="stable")[:2]]
        votes += train.label[nearest].tolist()
    return int(np.bincount(votes).argmax())


def time_predicts_class(measured: Sequence[Arrays]) -> tuple[bool, str]:
    """Return whether the time of recording predicts the class above chance over all subjects, and the hit rates."""
    chance = 1 / int(measured[0]["classes"])
    names = [name for name in PREDICTORS if all(name in arrays for arrays in measured)]
    hits = {name: np.concatenate([arrays[name] for arrays in measured]) for name in names}
    runs = [np.concatenate([arrays[f"runs/{name}"] for arrays in measured]) for name in names]
    shares = " and ".join(f"{hits[name].mean():.3f} ({PREDICTORS[name]})" for name in names)
    message = f"the time of recording alone predicts the class of {shares} of {len(hits[names[0]])} test trials"
    return any(above_chance(run_hits, chance) for run_hits in runs), f"{message} (chance {chance:.3f})"


def above_chance(hits: NDArray[np.float64], chance: float) -> bool:
    """Return whether independent hits are more frequent than chance, by a one-sided binomial test at `ALPHA`."""
    from scipy.special import bdtrc  # scipy.stats takes a second to import

    count = round(float(hits.sum()))
    return count > 0 and float(bdtrc(count - 1, len(hits), chance)) < ALPHA
