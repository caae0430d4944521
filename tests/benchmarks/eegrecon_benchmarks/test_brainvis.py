"""What removing each part of the reference method means: which stage is the first to change."""

from __future__ import annotations

from typing import Any

import pytest
from jobs import Job, MakeJob

from eegrecon import InvalidConfiguration
from eegrecon.benchmark.options import Options
from eegrecon.pipeline.graph import Cell, Stage


@pytest.fixture
def brainvis(store: object) -> MakeJob:
    def make(*ablate: str, **more: Any) -> Job:
        return Job(Options("brainvis", ablate=ablate, control=("none",), subjects=(1,), **more))

    return make


def ablated(job: Job) -> Cell:
    """Return the cell of the first variant after *Full*."""
    (cell,) = job.graph.of(job.variants[1])
    return cell


def own_stages(job: Job) -> list[Stage]:
    """Return the stages of the first variant after *Full* that *Full* does not have, in order."""
    full = job.graph.cells[0]
    return [job.graph.stages[key] for key in ablated(job).stages if key not in full.stages]


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
    names = {job.graph.stages[key].name for key in ablated(job).stages}
    assert "aligner" not in names
    assert "tokens" not in names


def test_without_refinement_the_label_is_not_used(brainvis: MakeJob) -> None:
    job = brainvis("refine")
    generated = job.graph.stages[str(ablated(job).generated)]
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


def test_the_linear_reader_is_a_row_that_decodes_and_its_training_is_that_of_the_audit(brainvis: MakeJob) -> None:
    job = brainvis("freq", audit=("linear-baseline",))
    assert [variant.label for variant in job.variants] == [
        "Full", "w/o frequency branch", "best linear reader"
    ]  # fmt: skip
    full, reader = job.graph.cells[0], job.graph.cells[-1]
    assert set(reader.scores) == {"accuracy", "token-retrieval", "identification", "inception-score", "fid"}
    (trained,) = [key for key in reader.stages if job.graph.stages[key].kind == "fit"]
    measurement = job.graph.stages[full.audits["linear-baseline"]]
    assert trained in measurement.inputs.values()
    assert trained not in full.stages  # so that a reader that fails leaves the table of the method
    assert job.graph.users()[trained] == ("Full", "best linear reader")


def test_a_table_of_the_paper_has_no_row_of_a_baseline(brainvis: MakeJob) -> None:
    assert "best linear reader" not in [variant.label for variant in brainvis(table="3").variants]
