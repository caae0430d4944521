"""Several arrays as one, compared with numpy's own concatenation and indexing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eegrecon_datasets.files.stacked import StackedRows

ARRAYS = [np.random.default_rng(n).standard_normal((n, 6, 10)).astype(np.float16) for n in (3, 1, 4)]
CHANNELS, WINDOW = np.array([5, 0, 2]), slice(2, 8)
WHOLE = np.concatenate(ARRAYS)[:, CHANNELS, WINDOW].astype(np.float32)


@pytest.mark.parametrize(
    "rows", [0, 7, -1, slice(None), slice(2, 5), slice(7, None, -2), np.array([7, 0, 3, 3]), np.zeros(0, int), [1, 4]]
)
def test_rows_are_those_of_the_concatenation(rows: Any) -> None:
    stacked = StackedRows(ARRAYS, CHANNELS, WINDOW)
    assert stacked.shape == WHOLE.shape
    assert len(stacked) == 8
    read = stacked[rows]
    assert read.dtype == np.float32
    assert np.array_equal(read, WHOLE[rows])


def test_what_is_read_is_the_readers_own() -> None:
    stacked = StackedRows(ARRAYS, CHANNELS, WINDOW)
    stacked[:][:] = 0
    assert np.array_equal(stacked[:], WHOLE)
