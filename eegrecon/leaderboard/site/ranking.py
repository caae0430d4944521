"""Ranks from intervals: a rank says how many are better beyond their intervals, and is shared where none is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Placed(NamedTuple):
    """A value with its interval; without one, the interval is the value."""

    value: float
    interval: tuple[float, float] | None


def ranks(values: Sequence[Placed | None], *, higher: bool) -> list[int | None]:
    """Return the rank of each value: 1 and the number of values whose whole interval is better than its own.

    Two values with overlapping intervals may still differ in rank, where a third one is beyond only one of them.
    A missing value has no rank.
    """
    bounds = [None if one is None else (one.interval or (one.value, one.value)) for one in values]

    def better(other: tuple[float, float], own: tuple[float, float]) -> bool:
        return other[0] > own[1] if higher else other[1] < own[0]

    present = [one for one in bounds if one is not None]
    return [None if own is None else 1 + sum(better(other, own) for other in present) for own in bounds]


def order(values: Sequence[float | None], *, higher: bool) -> list[int]:
    """Return the positions of values from best to worst; missing ones are last, equal ones stay as they are."""
    sign = -1.0 if higher else 1.0
    return sorted(range(len(values)), key=lambda place: _key(values[place], sign))


def _key(value: float | None, sign: float) -> tuple[bool, float]:
    return (True, 0.0) if value is None else (False, sign * value)
