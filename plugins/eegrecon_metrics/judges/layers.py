"""Validated access to the layers that a judge returned.

Every comparison with NaN is false, so a NaN among class scores would rank the true class first. Every layer that a
metric reads is therefore checked here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from eegrecon import ComponentError, Floats, Ints, Judge


def checked_layer(views: Mapping[str, Floats] | None, name: str, judge: Judge) -> NDArray[np.float64]:
    """Return one layer of a judge's views, (pictures, width) in float64.

    Raises:
        ComponentError: the judge did not return the layer, or it is not a matrix of finite numbers.
    """
    if views is None or name not in views:
        returned = ", ".join(sorted(views or ())) or "nothing"
        raise ComponentError(
            f"the judge {judge.identity} returned no layer {name!r} (it returned {returned}); "
            "choose a judge whose look() returns it"
        )
    values = np.asarray(views[name], np.float64)
    if values.ndim != 2 or not np.isfinite(values).all():
        raise ComponentError(
            f"the judge {judge.identity} returned {name!r} of shape {values.shape} with "
            f"{int((~np.isfinite(values)).sum())} values that are not finite; a matrix (pictures, width) of finite "
            "numbers is needed: check its weights and its input pictures"
        )
    return values


def unit_rows(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scale rows (n, width) to length 1, so that their products are cosines; rows of zeros are kept."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.asarray(np.divide(values, length, out=np.zeros_like(values), where=length > 0))


def distinct_rows(values: NDArray[np.float64]) -> tuple[Ints, Ints]:
    """Return the first place of each distinct row of (n, width), and for each row which of those it equals, (n,).

    A matrix product may give equal rows values that differ in their last digits; computed once for equal rows, they
    are tied.
    """
    rows = (np.ascontiguousarray(row) + 0.0 for row in values)  # no negative zeros
    digests = [hashlib.blake2b(row.tobytes(), digest_size=16).digest() for row in rows]
    _, first, which = np.unique(np.array(digests), return_index=True, return_inverse=True)
    return np.asarray(first, np.int64), np.asarray(which.ravel(), np.int64)
