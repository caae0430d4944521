"""Ridge regression with many penalties at the price of one."""

from __future__ import annotations

import numpy as np

from eegrecon_baselines.linear.axes import principal_axes
from eegrecon_baselines.linear.spatial import Array


class Lines:
    """Ridge regression with every penalty from one decomposition.

    Args:
        view: (n, numbers), with mean zero.
        aim: (n, outputs).
    """

    def __init__(self, view: Array, aim: Array) -> None:
        self.intercept = aim.mean(axis=0)
        self._length, self._direction = principal_axes([view], *view.shape)
        self._along = self._direction @ (view.T @ (aim - self.intercept))  # (directions, outputs)
        self._n = len(view)

    def slope(self, penalty: float) -> Array:
        """Return the slope (numbers, outputs) for a penalty, which is multiplied by the number of trials."""
        return np.asarray(self._direction.T @ (self._along / self._shrunk(penalty)[:, None]))

    def error(self, penalty: float, view: Array, aim: Array) -> float:
        """Return the mean squared error of other trials for a penalty."""
        predicted = (view @ self._direction.T / self._shrunk(penalty)) @ self._along + self.intercept
        return float(np.mean(np.square(predicted - aim)))

    def _shrunk(self, penalty: float) -> Array:
        """Return by what each direction is divided: its squared length and the penalty."""
        return np.asarray(np.square(self._length) + penalty * self._n)
