from __future__ import annotations

import numpy as np
import pytest

from eegrecon_metrics.retrieval.joint import TEMPERATURE, csls, sinkhorn


def test_csls_is_its_definition_written_out() -> None:
    likeness = np.random.default_rng(0).normal(size=(30, 14))
    found = csls(likeness)
    for i in range(30):
        for j in range(14):
            query = np.mean(sorted(likeness[i], reverse=True)[:10])
            candidate = np.mean(sorted(likeness[:, j], reverse=True)[:10])
            assert found[i, j] == pytest.approx(2 * likeness[i, j] - query - candidate)


def test_csls_of_fewer_than_ten_takes_all() -> None:
    likeness = np.array([[0.9, 0.1], [0.8, 0.6]])
    assert csls(likeness) == pytest.approx(2 * likeness - [[0.5], [0.7]] - [[0.85, 0.35]])


def test_sinkhorn_gives_every_query_one_share_and_every_candidate_as_much() -> None:
    likeness = np.random.default_rng(1).uniform(-0.2, 0.4, size=(40, 16))
    plan = np.exp(sinkhorn(likeness))
    assert plan.sum(axis=1) == pytest.approx(np.ones(40), abs=1e-6)
    assert plan.sum(axis=0) == pytest.approx(np.full(16, 40 / 16), abs=1e-6)
    ratio = np.log(plan) - likeness / TEMPERATURE  # a number of each row plus one of each column
    assert ratio - ratio[:1] - ratio[:, :1] + ratio[0, 0] == pytest.approx(np.zeros((40, 16)), abs=1e-9)


@pytest.mark.parametrize("joint", [csls, sinkhorn])
def test_both_repair_a_hub(joint: object) -> None:
    likeness = 0.5 * np.eye(20) + 0.1
    likeness[:, 0] = 0.65  # near to every query
    assert (likeness.argmax(axis=1) == 0).all()
    assert (joint(likeness)[1:].argmax(axis=1) == np.arange(1, 20)).all()  # type: ignore[operator]
