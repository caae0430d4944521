"""What removing each part of the reference method means: which stage is the first to be made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eegrecon import InvalidConfiguration
from jobs import MakeJob
from eegrecon.console import Console
from eegrecon.request import Request
from eegrecon.stages import Stage



@pytest.fixture
def brainvis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeJob:
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path))

    def make(*ablate: str, **asked: object) -> Job:
        request = Request("brainvis", ablate=ablate, control=("none",), subjects=(1,), **asked)  # type: ignore[arg-type]
        return Job(request, Console(quiet=True))

    return make


def own_stages(job: Job) -> list[Stage]:
    """Stages of the last row that *Full* does not have, in order."""
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
def test_removing_a_part_makes_only_what_depends_on_it_again(brainvis: MakeJob, part: str, first: str) -> None:
    assert own_stages(brainvis(part))[0].name == first


def test_all_is_every_part_once(brainvis: MakeJob) -> None:
    removed = {row.removed[0].rpartition(".")[2] for row in brainvis("all").variants if row.removed}
    assert removed == {"time", "freq", "pretrain", "codebook", "finetune", "coarse", "fine", "semantic", "refine"}


def test_without_semantic_no_aligner_is_trained(brainvis: MakeJob) -> None:
    job = brainvis("semantic")
    names = {job.graph.stages[key].name for key in job.graph.cells[-1].stages}
    assert "aligner" not in names
    assert "tokens" not in names


def test_without_refinement_the_label_is_not_used(brainvis: MakeJob) -> None:
    job = brainvis("refine")
    generated = job.graph.stages[str(job.graph.cells[-1].generated)]
    assert "features" not in generated.inputs


@pytest.mark.parametrize(
    ("ablate", "reason"),
    [
        ("time+freq", "without time and without frequency branch"),
        ("coarse+fine", "without coarse and without fine target"),
        ("semantic+refine", "makes no picture"),
        ("pretrain+codebook", "encoder.time.pretrain.codebook is inside encoder.time.pretrain"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(brainvis: MakeJob, ablate: str, reason: str) -> None:
    with pytest.raises(InvalidConfiguration, match=reason):
        _ = brainvis(ablate).variants


def test_published_rows_stand_beside_the_rows_that_lack_the_same_parts(brainvis: MakeJob) -> None:
    from eegrecon.recording import _published

    job = brainvis("freq", "freq+codebook")
    rows = {record.without: record.scores for record in _published(job) if record.without is not None}
    assert rows[()]["accuracy.top-1"] == 0.4766
    assert rows[("encoder.freq",)]["fid.FID"] == 132.8096
    assert rows[("encoder.freq", "encoder.time.pretrain.codebook")]["accuracy.top-1"] == 0.4118


def test_every_published_score_names_a_column_that_the_benchmark_prints(brainvis: MakeJob) -> None:
    job = brainvis()
    columns = {f"{name}.{column.name}" for name, metric in job.request.full.metrics for column in metric.columns}
    for row in job.declared.published:
        assert set(row.scores) <= columns
