"""Schedules against hand-worked ones, the example of Graham (1969), a clock that ticks, and the bounds that hold."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eegrecon.pipeline.costs.schedules import critical_path, list_schedule

Work = tuple[dict[str, float], dict[str, list[str]]]  # seconds and inputs of each stage

CHAIN: Work = ({"a": 2, "b": 3, "c": 4}, {"a": [], "b": ["a"], "c": ["b"]})
INDEPENDENT: Work = ({"a": 3, "b": 3, "c": 2, "d": 2, "e": 2}, {key: [] for key in "abcde"})
DIAMOND: Work = ({"a": 1, "b": 5, "c": 2, "d": 3}, {"a": [], "b": ["a"], "c": ["a"], "d": ["b", "c"]})
NOTHING: Work = ({}, {})

# Graham (1969), Bounds on multiprocessing timing anomalies, section 1: nine tasks that take 12 on three processors,
# 15 on four, 13 on three if each is shorter by one, and 16 on three if T4 is not needed by T5 and T6.
_TIMES = dict(zip((f"T{number}" for number in range(1, 10)), (3, 2, 2, 2, 4, 4, 4, 4, 9), strict=True))
_ORDER = {**{key: [] for key in _TIMES}, **{f"T{number}": ["T4"] for number in (5, 6, 7, 8)}, "T9": ["T1"]}
GRAHAM: Work = (dict(_TIMES), _ORDER)
SHORTER: Work = ({key: seconds - 1 for key, seconds in _TIMES.items()}, _ORDER)
FREER: Work = (dict(_TIMES), {**_ORDER, "T5": [], "T6": []})


@pytest.mark.parametrize(
    ("work", "workers", "expected"),
    [
        (CHAIN, 1, 9), (CHAIN, 64, 9),
        (INDEPENDENT, 1, 12), (INDEPENDENT, 2, 7), (INDEPENDENT, 3, 5), (INDEPENDENT, 8, 3),
        (DIAMOND, 1, 11), (DIAMOND, 2, 9),
        (NOTHING, 2, 0),
        (GRAHAM, 3, 12), (GRAHAM, 4, 15), (SHORTER, 3, 13), (FREER, 3, 16),
    ],
)  # fmt: skip
def test_a_list_schedule_ends_when_one_worked_by_hand_does(work: Work, workers: int, expected: float) -> None:
    assert list_schedule(*work, workers) == expected


@pytest.mark.parametrize(
    ("work", "expected"),
    [(CHAIN, "a b c"), (INDEPENDENT, "a"), (DIAMOND, "a b d"), (NOTHING, ""), (GRAHAM, "T1 T9")],
)
def test_the_critical_path_is_the_chain_that_takes_longest(work: Work, expected: str) -> None:
    assert " ".join(critical_path(*work)) == expected


def test_a_stage_that_takes_no_time_still_waits_for_its_inputs() -> None:
    assert list_schedule({"a": 2.0, "b": 0.0, "c": 3.0}, {"a": [], "b": ["a"], "c": ["b"]}, 4) == 5.0


def test_of_stages_that_end_together_all_readers_are_ready_at_once() -> None:
    seconds = {"a": 1.0, "b": 1.0, "first": 5.0, "second": 1.0, "third": 1.0}
    inputs = {"a": [], "b": [], "first": ["b"], "second": ["a"], "third": ["a"]}
    assert list_schedule(seconds, inputs, 2) == 6.0  # 7 if a's readers were taken before it is seen that b has ended


@st.composite
def works(draw: st.DrawFn, most: int = 12) -> Work:
    """Draw stages of whole seconds, each reading some of those before it."""
    keys = [f"s{number}" for number in range(draw(st.integers(1, most)))]
    seconds = {key: float(draw(st.integers(1, 6))) for key in keys}
    chosen = {key: draw(st.sets(st.sampled_from(keys[:place]))) if place else set() for place, key in enumerate(keys)}
    return seconds, {key: sorted(found) for key, found in chosen.items()}


def ticking(seconds: Mapping[str, float], inputs: Mapping[str, Sequence[str]], workers: int) -> float:
    """Schedule whole seconds by a clock that ticks: at each tick, free workers take the first stages that are ready."""
    left = dict(seconds)
    busy: list[str] = []
    done: set[str] = set()
    now = 0
    while len(done) < len(left):
        for key in left:
            if len(busy) < workers and key not in done and key not in busy and done.issuperset(inputs[key]):
                busy.append(key)
        now += 1
        for key in list(busy):
            left[key] -= 1
            if left[key] == 0:
                busy.remove(key)
                done.add(key)
    return now


@given(works(), st.integers(1, 5))
@settings(max_examples=300, deadline=None)
def test_a_list_schedule_is_that_of_a_clock_that_ticks(work: Work, workers: int) -> None:
    assert list_schedule(*work, workers) == ticking(*work, workers)


@given(works(), st.integers(1, 9))
@settings(max_examples=300, deadline=None)
def test_a_list_schedule_keeps_the_bounds_of_graham(work: Work, workers: int) -> None:
    seconds, inputs = work
    found, share = list_schedule(seconds, inputs, workers), sum(seconds.values()) / workers
    longest = sum(seconds[key] for key in critical_path(seconds, inputs))
    assert max(longest, share) - 1e-9 <= found <= (2 - 1 / workers) * max(longest, share) + 1e-9
    assert list_schedule(seconds, inputs, 1) == sum(seconds.values())
    assert list_schedule(seconds, inputs, len(seconds)) == longest


@given(works(most=5), st.integers(2, 3))
@settings(max_examples=60, deadline=None)
def test_a_list_schedule_is_near_the_best_of_all_orders(work: Work, workers: int) -> None:
    seconds, inputs = work
    orders = itertools.permutations(seconds)
    best = min(ticking({key: seconds[key] for key in order}, inputs, workers) for order in orders)
    assert best <= list_schedule(seconds, inputs, workers) <= (2 - 1 / workers) * best + 1e-9


@given(works(most=7))
@settings(max_examples=100, deadline=None)
def test_the_critical_path_is_the_longest_of_all_chains(work: Work) -> None:
    seconds, inputs = work

    def longest(key: str) -> float:
        return seconds[key] + max((longest(source) for source in inputs[key]), default=0.0)

    chain = critical_path(seconds, inputs)
    assert sum(seconds[key] for key in chain) == max(map(longest, seconds))
    assert all(source in inputs[key] for source, key in itertools.pairwise(chain))
