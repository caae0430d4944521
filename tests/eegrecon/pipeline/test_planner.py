from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

import pytest
from jobs import Job, MakeJob

from eegrecon.interfaces.components import Precision
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.planner import plan


def graph_of_full(
    job: Job, subjects: tuple[int, ...] = (1,), seeds: tuple[int, ...] = (0,), precision: Precision = "fp32"
) -> Graph:
    return plan(job.variants[:1], subjects, seeds, precision, job.catalog.name_of)


def stage_keys(job: Job, **more: Any) -> dict[str, str]:
    """Return the key of each stage by name, of Full and subject 1."""
    return {stage.name: stage.key for stage in graph_of_full(job, **more).stages.values()}


def changed(first: dict[str, str], second: dict[str, str]) -> set[str]:
    return {name for name in first if first[name] != second[name]}


ALL = {
    "data.tape", "test", "encoder.power.gain", "encoder.power", "encoder", "features", "targets", "aligner", "tokens",
    "generated", "score.right", "reference", "reference_views", "generated_views", "score.colour",
    "description", "scalp",
}  # fmt: skip
TRAINED = {"data.tape", "encoder.power.gain", "encoder.power", "encoder", "targets", "aligner"}
AFTER_ENCODER = {
    "encoder",
    "features",
    "aligner",
    "tokens",
    "generated",
    "score.right",
    "generated_views",
    "score.colour",
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("encoder.slope=0.25", AFTER_ENCODER),
        ("encoder.power.gain.strength=2", AFTER_ENCODER | {"encoder.power", "encoder.power.gain"}),
        ("aligner.loose=false", {"aligner", "tokens", "generated", "generated_views", "score.colour"}),
        ("generator.label=false", {"generated", "generated_views", "score.colour"}),
        ("generator.height=8", {"generated", "reference", "reference_views", "generated_views", "score.colour"}),
        ("metric.colour.judge.gamma=2", {"reference_views", "generated_views", "score.colour"}),
        ("samples=2", {"generated", "generated_views", "score.colour"}),
        ("dataset.tape.trials=90", ALL),
        ("dataset.averaged=4", ALL - TRAINED),
    ],
)
def test_a_value_changes_the_keys_of_the_stages_that_depend_on_it_and_of_no_others(
    make_job: MakeJob, text: str, expected: set[str]
) -> None:
    first = stage_keys(make_job())
    assert set(first) == ALL
    assert changed(first, stage_keys(make_job(set=(text,)))) == expected


def test_no_training_depends_on_a_preparation_of_test_trials_alone(make_job: MakeJob, toy: Any) -> None:
    @dataclass(frozen=True)
    class Split(toy.Toy):  # type: ignore[misc]
        test_only: ClassVar = ("held",)
        held: Any = field(default_factory=toy.Tape)

    (full,) = make_job().variants[:1]

    def keys(trials: int) -> dict[str, str]:
        dataset = Split(held=toy.Tape(trials=trials))
        split = replace(full, benchmark=replace(full.benchmark, dataset=dataset))
        graph = plan([split], (1,), (0,), "fp32", lambda cls: cls.__name__)
        (encoder,) = [stage for stage in graph.stages.values() if stage.name == "encoder"]
        assert graph.stages[encoder.inputs["prepared.held"]].component == dataset.held  # it loads both shares
        return {stage.name: stage.key for stage in graph.stages.values()}

    assert changed(keys(62), keys(61)) == (ALL - TRAINED) | {"data.held"}


def test_data_and_targets_do_not_depend_on_the_seed(make_job: MakeJob) -> None:
    job = make_job()
    first, second = graph_of_full(job), graph_of_full(job, seeds=(1,))
    same = {stage.name for key, stage in first.stages.items() if key in second.stages}
    assert same == {"data.tape", "test", "description", "scalp", "targets", "reference", "reference_views"}


def test_precision_enters_the_keys_of_what_networks_compute(make_job: MakeJob) -> None:
    job = make_job()
    same = ALL - changed(stage_keys(job), stage_keys(job, precision="bf16"))
    assert same == {"data.tape", "test", "description", "scalp", "reference"}


def test_a_pool_learner_is_shared_by_all_subjects(make_job: MakeJob) -> None:
    names = [stage.name for stage in graph_of_full(make_job(), subjects=(1, 2)).stages.values()]
    assert names.count("encoder.power") == 1
    assert names.count("encoder") == 2


def test_planning_digests_files_and_source_once_for_all_seeds_and_subjects(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    described: list[str] = []

    def reads(self: object) -> dict[str, str]:
        described.append(type(self).__name__)
        return {}

    for cls in (toy.Toy, toy.Tape, toy.MeanEncoder, toy.Names, toy.Eye):
        monkeypatch.setattr(cls, "reads", reads)
    job = make_job()
    graph_of_full(job)
    once = sorted(described)
    described.clear()
    graph = graph_of_full(job, subjects=(1, 2), seeds=(0, 1, 2))
    assert sorted(described) == once
    stage = next(stage for stage in graph.stages.values() if stage.name == "targets")
    assert stage.current_key is not None
    described.clear()
    assert stage.current_key() == stage.key
    assert "Names" in described, "before a product is stored, everything is digested again"
