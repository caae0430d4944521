"""What a stage asks of workers, and which versions make them differ."""

from __future__ import annotations

import pytest
from jobs import MakeJob

from eegrecon import api
from eegrecon.pipeline.cluster import engine, order


def asked(make_job: MakeJob, declared: dict[str, float]) -> dict[str, dict[str, float]]:
    stages = make_job(control=("none",), audit=("none",)).graph.stages.values()
    return {stage.kind: engine.needs(stage, api.ALL_STAGES[stage.kind], declared) for stage in stages}


def test_a_stage_that_runs_a_network_asks_for_a_gpu_where_one_is_declared(make_job: MakeJob) -> None:
    of = asked(make_job, {"GPU": 1.0})
    networks = {"prepare", "targets", "fit", "align-fit", "encode", "align", "generate", "look"}
    assert {kind for kind, needs in of.items() if needs == {"GPU": 1.0}} == networks
    assert {kind for kind, needs in of.items() if not needs} == {"test", "describe", "draw", "reference", "score"}


def test_a_stage_that_generates_asks_for_the_memory_of_the_largest_worker(make_job: MakeJob) -> None:
    of = asked(make_job, engine.most([{"MEMORY": 16}, {"MEMORY": 64, "GPU": 1}, {}]))
    assert of["generate"] == {"GPU": 1.0, "MEMORY": 64.0}
    assert of["fit"] == {"GPU": 1.0}


def test_nothing_is_asked_of_workers_that_declare_nothing(make_job: MakeJob) -> None:
    assert not any(asked(make_job, {}).values())


@pytest.mark.parametrize("name", ["eegrecon", "torch", "python"])
def test_versions_that_differ_are_named_on_both_sides(name: str) -> None:
    ours = order.versions()
    assert not list(order.differences(ours, dict(ours)))
    (words,) = order.differences(ours, {**ours, name: "99.9"})
    assert name in words
    assert ours[name] in words
    assert "99.9" in words
    (lacking,) = order.differences(ours, {other: version for other, version in ours.items() if other != name})
    assert "not installed" in lacking


def test_machines_may_differ() -> None:
    assert not {"machine", "system", "cores"} & order.versions().keys()


def test_an_order_arrives_as_it_was_written() -> None:
    first = order.Order({"benchmark": "toy", "ablate": ["a"]}, "/here", "/store", 2, {"torch": "2"}, "k", "r", False)
    assert order.Order.of(first.text()) == first
