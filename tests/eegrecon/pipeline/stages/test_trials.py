from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jobs import MakeJob

from eegrecon import Recordings, Training, Trials


def test_the_order_of_test_trials_does_not_reveal_their_time(make_job: MakeJob) -> None:
    job = make_job(control=("none",))
    job.run()
    test = job.store.get("test", job.graph.cells[0].test)
    assert test is not None
    index = np.asarray(test.arrays["index"])
    assert sorted(index) == list(range(36, 60))
    assert list(index) != sorted(index)
    assert list(test.arrays["trial"]) == sorted(test.arrays["trial"])


def test_identities_depend_on_the_content_of_the_test_set_and_on_nothing_else(make_job: MakeJob) -> None:
    def identities(**asked: object) -> dict[int, int]:
        job = make_job(control=("none",), audit=("none",), **asked)
        job.run()
        test = job.store.get("test", job.graph.cells[0].test)
        assert test is not None
        return dict(zip(test.arrays["index"].tolist(), test.arrays["trial"].tolist(), strict=True))

    first = identities()
    assert identities(set=("encoder.kind=odd", "generator.height=8", "seed=3")) == first
    longer = identities(set=("dataset.tape.trials=61",))
    assert all(longer[index] != identity for index, identity in first.items())


def test_the_classes_that_occur_are_recorded_and_reach_metrics(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without_green(trials: Trials) -> Trials:
        return trials.take(np.flatnonzero(trials.label != 1))

    def fewer(training: Training) -> Training:
        return replace(training, train=without_green(training.train), val=without_green(training.val))

    load, score = toy.Toy.load, toy.Right.score
    seen: list[tuple[int, ...]] = []

    def loading(*given: Any) -> Recordings:
        found = load(*given)
        return replace(found, training=fewer(found.training), pool=fewer(found.pool), test=without_green(found.test))

    def scoring(self: Any, outcome: Any, run: Any) -> Any:
        seen.append(outcome.occurring)
        return score(self, outcome, run)

    monkeypatch.setattr(toy.Toy, "load", loading)
    monkeypatch.setattr(toy.Right, "score", scoring)
    make_job(control=("none",), audit=("none",), subjects=(1,)).run()
    assert set(seen) == {(0, 2)}
