"""Whether the outputs of a method vary over trials: one that is the same for every trial tells nothing of any."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from eegrecon.interfaces.data import Rows

LEAST = 1e-3  # standard deviation over trials, as a share of the root mean square
CONSTANT = "constant"  # in the metadata of a stage: names of the outputs that hardly vary
_CHUNK = 64  # trials


def constant_outputs(outputs: Mapping[str, Rows]) -> dict[str, Any]:
    """Return metadata that name the outputs, each (n, …), which hardly vary over the n trials."""
    return {CONSTANT: [name for name, output in outputs.items() if hardly_varies(output)]}


def hardly_varies(output: Rows) -> bool:
    """Whether the standard deviation over trials is at most `LEAST` of the root mean square, both over all numbers.

    Args:
        output: (n, …) numbers, possibly on disk; a single trial cannot vary and is not judged.
    """
    n = output.shape[0]
    if n < 2:
        return False
    total, squares = np.zeros(output.shape[1:]), 0.0
    for start in range(0, n, _CHUNK):
        part = np.asarray(output[start : start + _CHUNK], np.float64)
        total += part.sum(axis=0)
        squares += float(np.square(part).sum())
    variance = squares - float(np.square(total).sum()) / n
    return variance <= LEAST**2 * squares
