"""What is expected of stages: the median of the records of stages alike, and nothing where there is none."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from damage import damage
from jobs import Job, MakeJob

from eegrecon import api
from eegrecon.pipeline.costs.estimates import Cost, Estimate, cost_of, estimates
from eegrecon.pipeline.costs.records import Machine, Place, Record, cost_record, records_of
from eegrecon.pipeline.graph import Stage
from eegrecon.pipeline.storage.layout import META
from eegrecon.pipeline.storage.store import Store

HERE, OTHER_THREADS, GPU = Place("cpu", 1), Place("cpu", 8), Place("cuda", 1)


def estimate(*records: tuple[float, Place], like: str = "a") -> Estimate:
    found = estimates([Record("fit", like, seconds, place) for seconds, place in records], lambda kind: HERE)
    return found[like]


def test_the_median_of_stages_alike_is_expected() -> None:
    assert estimate((1.0, HERE), (30.0, HERE), (2.0, HERE)) == Estimate(2.0, 3, False)
    assert estimate((1.0, HERE), (4.0, HERE)) == Estimate(2.5, 2, False)


def test_stages_that_are_not_alike_are_not_counted() -> None:
    records = [Record("fit", "a", 1.0, HERE), Record("fit", "b", 100.0, HERE)]
    assert estimates(records, lambda kind: HERE)["a"] == Estimate(1.0, 1, False)


def test_records_of_this_device_and_threads_are_preferred_and_others_are_said_to_be_so() -> None:
    assert estimate((1.0, GPU), (5.0, HERE), (2.0, OTHER_THREADS)) == Estimate(5.0, 1, False)
    assert estimate((1.0, GPU), (2.0, OTHER_THREADS)) == Estimate(2.0, 1, True)
    assert estimate((1.0, GPU)) == Estimate(1.0, 1, True)


def stage(key: str, *inputs: str, like: str = "") -> Stage:
    return Stage("fit", key, key, None, None, 1, 0, inputs={name: name for name in inputs}, like=like or key)


def known(**seconds: float) -> dict[str, Estimate]:
    return {like: Estimate(value, 1, False) for like, value in seconds.items()}


def test_a_graph_costs_what_its_stages_do() -> None:
    stages = [stage("a", "stored"), stage("b", "a"), stage("c", "a"), stage("d", "b", "c")]  # a diamond
    cost = cost_of(stages, known(a=1.0, b=5.0, c=2.0, d=3.0))
    assert (cost.seconds, cost.critical, cost.chain, cost.unknown) == (11.0, 9.0, ("a", "b", "d"), 0)
    assert cost.workers == {1: 11.0, 2: 9.0, 8: 9.0, 64: 9.0}


def test_a_stage_that_is_unknown_is_counted_and_not_taken_for_free_in_silence() -> None:
    cost = cost_of([stage("a"), stage("b", like="x"), stage("c", like="x")], known(a=2.0))
    assert cost.stages == {"a": Estimate(2.0, 1, False), "b": None, "c": None}
    assert (cost.seconds, cost.unknown) == (2.0, 2)


@pytest.mark.parametrize(
    "entry",
    [
        {}, {"cost": None}, {"cost": {"like": "", "device": "cpu", "threads": 1}}, {"cost": {"like": "a"}},
        {"cost": {"like": "a", "device": "cpu", "threads": "1"}},
    ],
)  # fmt: skip
def test_an_artifact_that_does_not_say_what_it_was_computed_on_is_no_record(
    tmp_path: Path, entry: Mapping[str, object]
) -> None:
    store = Store(tmp_path)
    store.put("fit", "0" * 32, {"w": np.ones(1)}, {"seconds": 1.5, **entry})
    store.put("fit", "1" * 32, {"w": np.ones(1)}, {"seconds": 2.5, "cost": cost_record("a", "cuda", 3)})
    store.put("score", "2" * 32, {"w": np.ones(1)}, {"seconds": 9.0, "cost": cost_record("a", "cpu", 3)})
    assert list(records_of(store, ("fit", "look"))) == [Record("fit", "a", 2.5, Place("cuda", 3))]


def known_of(job: Job) -> Cost:
    return api.cost(job.request, job.planned(), job.console)


def seconds_in(store: Path, kind: str) -> list[float]:
    return sorted(json.loads(path.read_text())["seconds"] for path in (store / kind).glob(f"*/{META}"))


def test_other_seeds_are_expected_to_take_what_the_first_took(make_job: MakeJob, store: Path) -> None:
    asked = {"control": ("none",), "audit": ("none",)}
    make_job(**asked).run()
    job = make_job(**asked, seeds=3)
    cost = known_of(job)
    assert cost.unknown == 0
    assert not any(each.elsewhere for each in cost.stages.values() if each)
    took = seconds_in(store, "encode")
    assert len(took) == 2  # one of each subject
    features = {key for key, stage in job.graph.stages.items() if stage.name == "features"}
    expected = [cost.stages[key] for key in features & set(cost.stages)]
    assert expected == [Estimate(statistics.median(took), 2, False)] * 4  # two subjects, two new seeds
    assert cost.seconds == pytest.approx(sum(each.seconds for each in cost.stages.values() if each))
    assert cost.workers[1] == pytest.approx(cost.seconds)


def test_records_of_another_configuration_are_not_used(make_job: MakeJob) -> None:
    asked = {"control": ("none",), "audit": ("none",), "subjects": (1,)}
    make_job(**asked).run()
    job = make_job(**asked, set=("encoder.widths=[3,4]", "generator.height=60"))
    cost = known_of(job)
    names = {job.graph.stages[key].name for key, found in cost.stages.items() if found is None}
    assert names == {
        "encoder", "features", "aligner", "tokens", "generated", "reference", "reference_views", "generated_views",
        "score.colour",
    }  # fmt: skip
    assert {job.graph.stages[key].name for key, found in cost.stages.items() if found} == {"score.right"}


@pytest.mark.parametrize("how", ["meta", "edited", "missing"])
def test_a_damaged_description_is_skipped(how: str, make_job: MakeJob, store: Path) -> None:
    asked = {"control": ("none",), "audit": ("none",)}
    make_job(**asked).run()
    first, second = sorted((store / "encode").iterdir())
    if how == "meta":
        damage(first, how)
    elif how == "missing":
        (first / META).unlink()
    else:
        (first / META).write_text((first / META).read_text().replace('"seconds": ', '"seconds": 1'))
    left = json.loads((second / META).read_text())["seconds"]
    job = make_job(**asked, seeds=2)
    found = {each for key, each in known_of(job).stages.items() if job.graph.stages[key].name == "features"}
    assert Estimate(left, 1, False) in found


@pytest.fixture
def torch_threads() -> Iterator[int]:
    """The number of threads that torch chooses: one more than otherwise."""
    before = torch.get_num_threads()
    torch.set_num_threads(before + 1)
    yield before + 1
    torch.set_num_threads(before)


def test_what_a_stage_was_computed_on_is_recorded_also_where_it_uses_all_cores(
    make_job: MakeJob, store: Path, torch_threads: int
) -> None:
    make_job(control=("none",), audit=("none",), subjects=(1,), set=("threads=1",)).run()
    used = {
        kind: {json.loads(path.read_text())["cost"]["threads"] for path in (store / kind).glob(f"*/{META}")}
        for kind in ("fit", "generate", "look", "score")
    }
    assert used == {"fit": {1}, "generate": {torch_threads}, "look": {torch_threads}, "score": {1}}


@pytest.mark.parametrize("threads", [0, 1])
def test_a_machine_is_what_the_executor_records(
    threads: int, make_job: MakeJob, store: Path, torch_threads: int
) -> None:
    make_job(control=("none",), subjects=(1,), set=(f"threads={threads}",)).run()
    machine = Machine(api.ALL_STAGES, "auto", threads)
    for path in store.glob(f"*/*/{META}"):
        meta = json.loads(path.read_text())
        place = machine.place(meta["stage"])
        assert meta["cost"] == {"like": meta["cost"]["like"], "device": place.device, "threads": place.threads}
