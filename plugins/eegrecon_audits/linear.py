"""Logistic regression with its strength chosen on validation trials: the plain classifier of the audits."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from eegrecon import Ints

Array = NDArray[np.float64]
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)  # scikit-learn's C, on standardised features


def predicted(train: Array, label: Ints, val: Array, val_label: Ints, test: Array) -> Ints:
    """Return the class that logistic regression gives each test row, (n,).

    Args:
        train: (trials, features), standardised here together with the others by its own mean and deviation.
        label: (trials,) their classes.
        val: (trials, features); where there are none, the middle strength is taken.
        val_label: (trials,) their classes.
        test: (n, features).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(label)) < 2:
        return np.full(len(test), label[0], np.int64)
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-12
    train, val, test = ((part - mean) / deviation for part in (train, val, test))
    best, most = None, -1.0
    for strength in STRENGTHS if len(val) else STRENGTHS[2:3]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a baseline need not be converged to the last digit
            model = LogisticRegression(C=strength, max_iter=100, tol=1e-3).fit(train, label)
        right = float(np.mean(model.predict(val) == val_label)) if len(val) else 0.0
        if right > most:
            best, most = model, right
    assert best is not None
    return np.asarray(best.predict(test), np.int64)
