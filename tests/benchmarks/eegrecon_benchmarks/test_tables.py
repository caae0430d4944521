"""The paper's tables as presets: which variants, which columns, and which published numbers each has."""

from __future__ import annotations

from typing import Any

import pytest
from jobs import Job, MakeJob

from eegrecon import UnknownName
from eegrecon.benchmark.options import Options
from eegrecon.interfaces.records import PublishedRecord
from eegrecon.reporting.assembly import _published as published_scores


@pytest.fixture
def brainvis(store: object) -> MakeJob:
    return lambda **asked: Job(Options("brainvis", **asked))


def labels(job: Job) -> list[str]:
    return [variant.label for variant in job.variants if variant.control is None and variant.benchmark is not None]


def published(job: Job) -> list[PublishedRecord]:
    return list(published_scores(job.request))


def test_table_4_is_the_grid_of_branches_and_stages(brainvis: MakeJob) -> None:
    assert labels(brainvis(table="4")) == [
        "Full", "w/o refinement", "w/o semantic conditioning",
        "w/o frequency branch", "w/o frequency branch + refinement", "w/o frequency branch + semantic conditioning",
        "w/o time branch", "w/o time branch + refinement", "w/o time branch + semantic conditioning",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("table", "expected"),
    [
        ("5", ["w/o latent masked modelling", "pre-trained on others' recordings", "pre-trained on both"]),
        ("6", ["no codebook", "220 codewords", "330 codewords", "990 codewords"]),
        ("7", ["CNN"]),
    ],
)
def test_tables_5_to_7_replace_what_the_paper_replaces(brainvis: MakeJob, table: str, expected: list[str]) -> None:
    assert labels(brainvis(table=table)) == ["Full", *expected]


def test_published_scores_of_a_table_are_shown_in_that_table_only(brainvis: MakeJob) -> None:
    default = {record.label for record in published(brainvis(ablate=("freq",)))}
    sixth = {record.label for record in published(brainvis(table="6"))}
    assert "BrainVis, published" in default
    assert not any("codewords" in label for label in default)
    assert {"660 codewords, published", "990 codewords, published"} <= sixth
    assert not any("CNN" in label for label in sixth)


def test_published_scores_belong_to_the_variants_without_the_same_parts(brainvis: MakeJob) -> None:
    records = published(brainvis(ablate=("freq", "freq+codebook")))
    scores: dict[Any, Any] = {record.without: record.scores for record in records if record.without is not None}
    assert scores[()]["accuracy.top-1"] == 0.4766
    assert scores[("encoder.freq",)]["fid.FID"] == 132.8096
    assert scores[("encoder.freq", "encoder.time.pretrain.codebook")]["accuracy.top-1"] == 0.4118


def test_an_unknown_table_is_reported_with_all_tables(brainvis: MakeJob) -> None:
    with pytest.raises(UnknownName, match=r"'8'.*1, 2, 3, 4, 5, 6, 7"):
        _ = brainvis(table="8").request
