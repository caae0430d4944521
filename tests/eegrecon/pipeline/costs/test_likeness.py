"""Which stages take about as long: those of one component and as much data, whatever the subject, seed or source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jobs import TOY, Job, MakeJob

from eegrecon.interfaces.components import Precision
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.planner import plan


def graph_of_full(
    job: Job, subjects: tuple[int, ...] = (1,), seeds: tuple[int, ...] = (0,), precision: Precision = "fp32"
) -> Graph:
    return plan(job.variants[:1], subjects, seeds, precision, job.catalog.name_of)


def likes(job: Job, **more: Any) -> dict[str, str]:
    """Return what each stage of Full has in common with others, by its name."""
    return {stage.name: stage.like for stage in graph_of_full(job, **more).stages.values()}


def changed(first: dict[str, str], second: dict[str, str]) -> set[str]:
    return {name for name in first if first[name] != second[name]}


ALL = {
    "data.tape", "test", "encoder.power.gain", "encoder.power", "encoder", "features", "targets", "aligner", "tokens",
    "generated", "score.right", "reference", "reference_views", "generated_views", "score.colour",
    "description", "scalp",
}  # fmt: skip
WITH_ENCODER = {"encoder", "features", "aligner", "tokens"}
OF_PICTURES = {"generated", "reference", "reference_views", "generated_views", "score.colour"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("encoder.slope=0.25", WITH_ENCODER),
        ("encoder.power.gain.strength=2", WITH_ENCODER | {"encoder.power", "encoder.power.gain"}),
        ("aligner.loose=false", {"aligner", "tokens"}),
        ("generator.label=false", {"generated"}),
        ("generator.height=8", OF_PICTURES),
        ("metric.colour.judge.gamma=2", {"reference_views", "generated_views", "score.colour"}),
        ("samples=2", {"generated", "generated_views", "score.colour"}),
        ("dataset.tape.trials=90", ALL),
        ("dataset.folder=elsewhere", ALL - {"data.tape"}),
    ],
)
def test_what_the_time_of_a_stage_depends_on_is_the_size_of_its_work(
    make_job: MakeJob, text: str, expected: set[str]
) -> None:
    first = likes(make_job())
    assert set(first) == ALL
    assert "" not in first.values()
    assert changed(first, likes(make_job(set=(text,)))) == expected


def test_stages_of_other_subjects_and_seeds_are_alike(make_job: MakeJob) -> None:
    job = make_job()
    graph = graph_of_full(job, subjects=(1, 2), seeds=(0, 1, 2))
    assert {stage.name for stage in graph.stages.values()} == ALL
    assert {(stage.name, stage.like) for stage in graph.stages.values()} == set(likes(job).items())


def test_a_view_of_pictures_takes_as_long_as_another_of_as_many(make_job: MakeJob) -> None:
    one, two = likes(make_job()), likes(make_job(set=("samples=2",)))
    assert one["reference_views"] == one["generated_views"] == two["reference_views"] != two["generated_views"]
    assert len(set(two.values())) == len(ALL)


def test_precision_changes_the_time_of_what_networks_compute(make_job: MakeJob) -> None:
    job = make_job()
    same = ALL - changed(likes(job), likes(job, precision="bf16"))
    assert same == {"data.tape", "test", "description", "scalp", "reference", "score.right", "score.colour"}


def test_an_edit_of_the_source_changes_keys_and_leaves_stages_alike(make_job: MakeJob, tmp_path: Path) -> None:
    edited = tmp_path / "toy.py"
    edited.write_text((TOY / "toy.py").read_text() + "\n\nEDITED = True\n")
    first, second = graph_of_full(make_job()), graph_of_full(make_job(plugins=(str(edited),)))
    assert not {key for key, stage in first.stages.items() if stage.component} & set(second.stages)
    assert [stage.like for stage in first.stages.values()] == [stage.like for stage in second.stages.values()]


@pytest.mark.parametrize(
    ("component", "expected"),
    [("Straight", {"aligner", "tokens"}), ("Names", {"targets", "aligner"})],  # what is aligned with names, too
)
def test_a_revision_of_a_component_makes_its_stages_others(
    component: str, expected: set[str], make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = likes(make_job())
    monkeypatch.setattr(getattr(toy, component), "revision", 2)
    assert changed(before, likes(make_job())) == expected


def test_a_learner_of_a_pool_of_more_subjects_takes_longer(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = likes(make_job())
    monkeypatch.setattr(toy.Toy, "permitted", lambda self, subject: (1,))
    assert changed(before, likes(make_job())) == {"encoder.power.gain", "encoder.power"}
