"""The trials that a baseline learns from, and those on which it chooses."""

from __future__ import annotations

import numpy as np

from eegrecon import Training, Trials

EVERY = 5  # training trials, of which one is held out where there are no validation trials


def split(data: Training, *, by_class: bool = False) -> tuple[Trials, Trials]:
    """Return the trials to learn from and the trials to choose on: training and validation.

    Without validation trials every fifth training trial is held out, class by class; with fewer than five trials all
    of them serve as both.

    Args:
        data: the trials.
        by_class: whether the choice needs trials of the trained classes; validation trials of others are then none.
    """
    if len(data.val.label) and (not by_class or np.isin(data.val.label, data.train.label).any()):
        return data.train, data.val
    return _every_fifth_held(data)


def _every_fifth_held(data: Training) -> tuple[Trials, Trials]:
    by_class = np.argsort(data.train.label, kind="stable")
    held = np.sort(by_class[EVERY - 1 :: EVERY])
    if not len(held):
        return data.train, data.train
    return data.train.take(np.setdiff1d(by_class, held)), data.train.take(held)
