"""The paper's tables as commands: which rows, which columns, and which published numbers stand where."""

from __future__ import annotations

from pathlib import Path

import pytest

from eegrecon import UsageError
from jobs import MakeJob
from eegrecon.console import Console
from eegrecon.recording import _published
from eegrecon.request import Request


@pytest.fixture(autouse=True)
def _store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path))


def job(**asked: object) -> Job:
    return Job(Request(benchmark="brainvis", **asked), Console(quiet=True))  # type: ignore[arg-type]


def rows(made: Job) -> list[str]:
    return list(dict.fromkeys(row.variant.label for row in made.graph.cells if row.variant.control is None))


def test_table_4_is_the_grid_of_branches_and_stages() -> None:
    assert rows(job(table="4")) == [
        "Full", "w/o refinement", "w/o semantic conditioning",
        "w/o frequency branch", "w/o frequency branch + refinement", "w/o frequency branch + semantic conditioning",
        "w/o time branch", "w/o time branch + refinement", "w/o time branch + semantic conditioning",
    ]  # fmt: skip


def test_tables_5_to_7_swap_what_the_paper_swaps() -> None:
    assert rows(job(table="5"))[1:] == [
        "w/o latent masked modelling", "pre-trained on others' recordings", "pre-trained on both",
    ]  # fmt: skip
    assert rows(job(table="6"))[1:] == ["no codebook", "220 codewords", "330 codewords", "990 codewords"]
    assert rows(job(table="7")) == ["Full", "CNN"]


def test_published_rows_of_a_table_stand_in_that_table_only() -> None:
    usual = {record.label for record in _published(job(ablate=("freq",)))}
    sixth = {record.label for record in _published(job(table="6"))}
    assert "BrainVis, published" in usual
    assert not any("codewords" in label for label in usual)
    assert {"660 codewords, published", "990 codewords, published"} <= sixth
    assert not any("CNN" in label for label in sixth)


def test_a_table_that_there_is_not_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"1, 2, 3, 4, 5, 6, 7"):
        _ = job(table="8").table
