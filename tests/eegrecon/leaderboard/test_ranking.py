from __future__ import annotations

import pytest

from eegrecon.leaderboard.site.ranking import Placed, order, ranks


@pytest.mark.parametrize(
    ("bounds", "higher", "expected"),
    [
        ([(0.7, 0.8), (0.5, 0.6), (0.3, 0.4)], True, [1, 2, 3]),
        ([(0.7, 0.8), (0.5, 0.6), (0.3, 0.4)], False, [3, 2, 1]),
        ([(0.70, 0.80), (0.65, 0.75), (0.60, 0.72)], True, [1, 1, 1]),  # all overlap
        ([(0.70, 0.80), (0.65, 0.75), (0.60, 0.69)], True, [1, 1, 2]),  # the third overlaps the second alone
        ([(0.7, 0.8), (0.7, 0.8), (0.1, 0.2)], True, [1, 1, 3]),  # two are better
        ([(0.5, 0.6), (0.6, 0.7)], True, [1, 1]),  # they touch
        ([(0.5, 0.6), None, (0.7, 0.8)], True, [2, None, 1]),
        ([], True, []),
    ],
)
def test_a_rank_counts_the_intervals_that_are_wholly_better(
    bounds: list[tuple[float, float] | None], higher: bool, expected: list[int | None]
) -> None:
    values = [None if one is None else Placed(sum(one) / 2, one) for one in bounds]
    assert ranks(values, higher=higher) == expected


def test_a_value_without_an_interval_is_its_own() -> None:
    assert ranks([Placed(0.5, None), Placed(0.6, None), Placed(0.5, (0.4, 0.7))], higher=True) == [2, 1, 1]


@pytest.mark.parametrize("higher", [True, False])
def test_missing_values_are_last_in_either_direction(higher: bool) -> None:
    values = [None, 0.2, 0.9, None, 0.2]
    expected = [2, 1, 4, 0, 3] if higher else [1, 4, 2, 0, 3]
    assert order(values, higher=higher) == expected
