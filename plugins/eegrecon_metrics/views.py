"""What a judge saw, checked before it is counted.

A score of a network that is not a number compares as false with everything, and would place the true class first.
So every layer that a metric reads passes through here.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from eegrecon import ComponentError, Floats, Judge


def layer(view: Mapping[str, Floats] | None, name: str, judge: Judge) -> NDArray[np.float64]:
    """Return one layer of a judge's view, (pictures, width) in float64.

    Raises:
        ComponentError: the judge did not return the layer, or it is not a table of finite numbers.
    """
    if view is None or name not in view:
        offered = ", ".join(sorted(view or ())) or "nothing"
        raise ComponentError(
            f"the judge {judge.identity} returned no layer {name!r} (it returned {offered}); "
            "choose a judge whose look() returns it"
        )
    values = np.asarray(view[name], np.float64)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ComponentError(
            f"the judge {judge.identity} returned {name!r} of shape {values.shape} with "
            f"{int((~np.isfinite(values)).sum())} values that are not finite; a table (pictures, width) of finite "
            "numbers is needed: check its weights and the pictures it was given"
        )
    return values


def directions(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Bring rows (n, width) to length 1, so that their products are cosines; rows of zeros stay so."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(np.divide(values, length, out=np.zeros_like(values), where=length > 0))
