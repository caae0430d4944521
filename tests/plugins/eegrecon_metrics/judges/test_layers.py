from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import ComponentError, Judge
from eegrecon_metrics.judges.layers import checked_layer, distinct_rows, unit_rows


def test_a_layer_is_returned_in_float64(judge_of: Callable[..., Judge]) -> None:
    values = checked_layer({"features": np.ones((2, 3), np.float32)}, "features", judge_of("a"))
    assert (values.dtype, values.shape) == (np.float64, (2, 3))


@pytest.mark.parametrize(
    "views", [None, {}, {"other": np.ones((2, 3))}, {"features": np.ones(3)}, {"features": np.full((2, 3), np.nan)}]
)
def test_an_unusable_layer_names_the_judge_and_the_layer(judge_of: Callable[..., Judge], views: Any) -> None:
    with pytest.raises(ComponentError, match="named-judge-8 .*'features'"):
        checked_layer(views, "features", judge_of("a"))


def test_unit_rows_have_length_1_except_rows_of_zeros() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    assert rows == pytest.approx(np.array([[0.6, 0.8], [0.0, 0.0]]))


def test_equal_rows_are_one_distinct_row() -> None:
    values = np.array([[1.0, 2.0], [0.0, 3.0], [1.0, 2.0], [-0.0, 3.0]])
    first, which = distinct_rows(values)
    assert sorted(first.tolist()) == [0, 1]
    assert (values[first][which] == values).all()
