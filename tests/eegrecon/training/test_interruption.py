"""Signals are deferred to the end of a step; neither a second one nor the end of the work loses them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator

import pytest

from eegrecon.training import DeferredSignals


class Unwound(BaseException):
    """What the handler that was there before raises."""


@pytest.fixture
def handler() -> Iterator[object]:
    def unwind(_number: int, _frame: object) -> None:
        raise Unwound

    before = signal.signal(signal.SIGTERM, unwind)
    yield unwind
    signal.signal(signal.SIGTERM, before)


def work(steps: list[int], signals: set[int], delivered: set[int]) -> None:
    with DeferredSignals() as deferred:
        for step in range(4):
            if step in signals:
                signal.raise_signal(signal.SIGTERM)
            steps.append(step)
            if step in delivered:
                deferred.deliver()


@pytest.mark.parametrize(
    ("signals", "delivered", "done"),
    [
        pytest.param({1}, {0, 1, 2, 3}, [0, 1], id="it is deferred until it is delivered"),
        pytest.param({0, 1}, set(), [0], id="a second one is delivered at once"),
        pytest.param({1}, set(), [0, 1, 2, 3], id="one that was not delivered is delivered at the end"),
    ],
)
def test_a_signal_is_deferred_until_it_is_delivered(
    handler: object, signals: set[int], delivered: set[int], done: list[int]
) -> None:
    steps: list[int] = []
    with pytest.raises(Unwound):
        work(steps, signals, delivered)
    assert steps == done
    assert signal.getsignal(signal.SIGTERM) is handler


def test_an_error_of_the_work_itself_is_not_hidden(handler: object) -> None:
    with pytest.raises(ValueError, match="own"), DeferredSignals():
        raise ValueError("own")
    assert signal.getsignal(signal.SIGTERM) is handler


def test_in_another_thread_nothing_is_held(handler: object) -> None:
    found = []

    def work() -> None:
        with DeferredSignals() as deferred:
            found.append((deferred.requested, signal.getsignal(signal.SIGTERM)))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [(None, handler)]
