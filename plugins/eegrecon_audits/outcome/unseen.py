"""Data whose test classes do not occur in training: what an audit of the class measures and concludes there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from eegrecon import UNSEEN_CLASSES, Arrays, Opinion

_MARK = "zero-shot"


def unseen() -> Arrays:
    """Return the measurement that says so."""
    return {_MARK: np.ones(1)}


def is_unseen(measured: Sequence[Arrays]) -> bool:
    """Whether a measurement says so."""
    return any(_MARK in arrays for arrays in measured)


def not_applicable() -> Opinion:
    """Return the conclusion of an audit of the class."""
    return Opinion("inconclusive", UNSEEN_CLASSES)
