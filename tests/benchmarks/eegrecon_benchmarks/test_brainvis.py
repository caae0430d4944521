"""What removing each part of the reference method means: which stage is the first to change."""

from __future__ import annotations

from typing import Any

import pytest
from jobs import Job, MakeJob

from eegrecon import InvalidConfiguration
from eegrecon.benchmark.options import Options
from eegrecon.pipeline.graph import Stage


@pytest.fixture
def brainvis(store: object) -> MakeJob:
    def make(*ablate: str, **more: Any) -> Job:
        return Job(Options("brainvis", ablate=ablate, control=("none",), subjects=(1,), **more))

    return make


def own_stages(job: Job) -> list[Stage]:
    """Return the stages of the last variant that *Full* does not have, in order."""
    full, last = job.graph.cells[0], job.graph.cells[-1]
    return [job.graph.stages[key] for key in last.stages if key not in full.stages]


@pytest.mark.parametrize(
    ("part", "first"),
    [
        ("time", "encoder"),
        ("freq", "encoder"),
        ("pretrain", "encoder.time"),
        ("codebook", "encoder.time.pretrain"),
        ("finetune", "encoder"),
        ("coarse", "aligner"),
        ("fine", "aligner"),
        ("semantic", "generated"),
        ("refine", "generated"),
    ],
)
def test_removing_a_part_recomputes_only_what_depends_on_it(brainvis: MakeJob, part: str, first: str) -> None:
    assert own_stages(brainvis(part))[0].name == first


def test_all_removes_every_part_once(brainvis: MakeJob) -> None:
    removed = {variant.removed[0].rpartition(".")[2] for variant in brainvis("all").variants if variant.removed}
    assert removed == {"time", "freq", "pretrain", "codebook", "finetune", "coarse", "fine", "semantic", "refine"}


def test_without_semantic_conditioning_no_aligner_is_trained(brainvis: MakeJob) -> None:
    job = brainvis("semantic")
    names = {job.graph.stages[key].name for key in job.graph.cells[-1].stages}
    assert "aligner" not in names
    assert "tokens" not in names


def test_without_refinement_the_label_is_not_used(brainvis: MakeJob) -> None:
    job = brainvis("refine")
    generated = job.graph.stages[str(job.graph.cells[-1].generated)]
    assert "features" not in generated.inputs


@pytest.mark.parametrize(
    ("ablate", "facts"),
    [
        ("time+freq", "time.*freq"),
        ("coarse+fine", "coarse.*fine"),
        ("semantic+refine", "semantic.*refine"),
        ("pretrain+codebook", r"encoder.time.pretrain.codebook.*encoder.time.pretrain\b"),
    ],
)
def test_an_impossible_combination_is_refused_with_a_reason(brainvis: MakeJob, ablate: str, facts: str) -> None:
    with pytest.raises(InvalidConfiguration, match=facts):
        _ = brainvis(ablate).variants


def test_every_published_score_names_a_column_of_the_benchmark(brainvis: MakeJob) -> None:
    request = brainvis().request
    columns = {f"{name}.{column.name}" for name, metric in request.full.metrics for column in metric.columns}
    for published in request.selection.definition.published:
        assert set(published.scores) <= columns
