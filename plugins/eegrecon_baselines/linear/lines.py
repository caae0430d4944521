"""Ridge regression with many penalties at the price of one."""

from __future__ import annotations

import numpy as np

from eegrecon_baselines.linear.spatial import Array


class Lines:
    """Ridge regression with every penalty from one decomposition.

    Args:
        view: (n, numbers), with mean zero.
        aim: (n, outputs).
    """

    def __init__(self, view: Array, aim: Array) -> None:
        self.intercept = aim.mean(axis=0)
        left, self._length, self._direction = np.linalg.svd(view, full_matrices=False)
        self._along = left.T @ (aim - self.intercept)  # (directions, outputs)
        self._n = len(view)

    def slope(self, penalty: float) -> Array:
        """Return the slope (numbers, outputs) for a penalty, which is multiplied by the number of trials."""
        return np.asarray(self._direction.T @ (self._shrunk(penalty)[:, None] * self._along))

    def error(self, penalty: float, view: Array, aim: Array) -> float:
        """Return the mean squared error of other trials for a penalty."""
        predicted = (view @ self._direction.T * self._shrunk(penalty)) @ self._along + self.intercept
        return float(np.mean(np.square(predicted - aim)))

    def _shrunk(self, penalty: float) -> Array:
        """Return the factor of each direction; of one without length, zero."""
        return np.asarray(self._length / (np.square(self._length) + penalty * self._n))
