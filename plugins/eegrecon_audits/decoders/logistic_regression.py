"""Logistic regression with its regularisation chosen on validation trials: the baseline classifier of the audits."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from eegrecon import Ints

Array = NDArray[np.float64]
STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1)  # scikit-learn's C, on standardised features


def predicted_classes(train: Array, label: Ints, val: Array, val_label: Ints, test: Array) -> Ints:
    """Return the class that logistic regression predicts for each test trial, (n,).

    Args:
        train: (trials, features); its mean and standard deviation standardise all three sets.
        label: (trials,) classes.
        val: (trials, features); without validation trials the middle strength is used.
        val_label: (trials,) classes.
        test: (n, features).
    """
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    if len(np.unique(label)) < 2:
        return np.full(len(test), label[0], np.int64)
    mean, deviation = train.mean(axis=0), train.std(axis=0) + 1e-12
    train, val, test = ((features - mean) / deviation for features in (train, val, test))
    best, best_accuracy = None, -1.0
    for strength in STRENGTHS if len(val) else STRENGTHS[2:3]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # a baseline need not be fully converged
            model = LogisticRegression(C=strength, max_iter=100, tol=1e-3).fit(train, label)
        accuracy = float(np.mean(model.predict(val) == val_label)) if len(val) else 0.0
        if accuracy > best_accuracy:
            best, best_accuracy = model, accuracy
    assert best is not None
    return np.asarray(best.predict(test), np.int64)
