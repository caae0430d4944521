"""Signals wait for the end of a step; a second one, and the end of the work, do not lose them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from eegrecon import Leaving


class Unwound(BaseException):
    """What the handler that was there before raises."""


@pytest.fixture
def handler() -> Iterator[object]:
    def unwind(_number: int, _frame: object) -> None:
        raise Unwound

    before = signal.signal(signal.SIGTERM, unwind)
    yield unwind
    signal.signal(signal.SIGTERM, before)


def work(steps: list[int], signals: set[int], leaves: set[int]) -> None:
    with Leaving() as leaving:
        for step in range(4):
            if step in signals:
                signal.raise_signal(signal.SIGTERM)
            steps.append(step)
            if step in leaves:
                leaving.now()


@pytest.mark.parametrize(
    ("signals", "leaves", "done"),
    [
        pytest.param({1}, {0, 1, 2, 3}, [0, 1], id="it waits until the work can be left"),
        pytest.param({0, 1}, set(), [0], id="a second one does not wait"),
        pytest.param({1}, set(), [0, 1, 2, 3], id="one that was not answered is answered at the end"),
    ],
)
def test_a_signal_waits_until_the_work_can_be_left(
    handler: object, signals: set[int], leaves: set[int], done: list[int]
) -> None:
    steps: list[int] = []
    with pytest.raises(Unwound):
        work(steps, signals, leaves)
    assert steps == done
    assert signal.getsignal(signal.SIGTERM) is handler


def test_an_error_of_the_work_itself_is_not_hidden(handler: object) -> None:
    with pytest.raises(ValueError, match="own"), Leaving():
        raise ValueError("own")
    assert signal.getsignal(signal.SIGTERM) is handler


def test_in_another_thread_nothing_is_held(handler: object) -> None:
    found = []

    def work() -> None:
        with Leaving() as leaving:
            found.append((leaving.asked, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(None, handler)]
