"""What removing each part of the reference method means: which stage is the first to be made again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from eegrecon import InvalidConfiguration
from eegrecon.api import Session
from eegrecon.console import Console
from eegrecon.request import Request
from eegrecon.stages import Stage

Make = Callable[..., Session]


@pytest.fixture
def brainvis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path))

    def make(*ablate: str, **asked: object) -> Session:
        request = Request("brainvis", ablate=ablate, control=("none",), subjects=(1,), **asked)  # type: ignore[arg-type]
        return Session(request, Console(quiet=True))

    return make


def own_stages(session: Session) -> list[Stage]:
    """Stages of the last row that *Full* does not have, in order."""
    full, last = session.graph.rows[0], session.graph.rows[-1]
    return [session.graph.stages[key] for key in last.stages if key not in full.stages]


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
def test_removing_a_part_makes_only_what_depends_on_it_again(brainvis: Make, part: str, first: str) -> None:
    assert own_stages(brainvis(part))[0].name == first


def test_all_is_every_part_once(brainvis: Make) -> None:
    removed = {row.removed[0].rpartition(".")[2] for row in brainvis("all").variants if row.removed}
    assert removed == {"time", "freq", "pretrain", "codebook", "finetune", "coarse", "fine", "semantic", "refine"}


def test_without_semantic_no_aligner_is_trained(brainvis: Make) -> None:
    session = brainvis("semantic")
    names = {session.graph.stages[key].name for key in session.graph.rows[-1].stages}
    assert "aligner" not in names
    assert "tokens" not in names


def test_without_refinement_the_label_is_not_used(brainvis: Make) -> None:
    session = brainvis("refine")
    generated = session.graph.stages[str(session.graph.rows[-1].generated)]
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
def test_what_cannot_be_is_refused_with_a_reason(brainvis: Make, ablate: str, reason: str) -> None:
    with pytest.raises(InvalidConfiguration, match=reason):
        _ = brainvis(ablate).variants


def test_published_rows_stand_beside_the_rows_that_lack_the_same_parts(brainvis: Make) -> None:
    from eegrecon.recording import _published

    session = brainvis("freq", "freq+codebook")
    rows = {record.without: record.scores for record in _published(session) if record.without is not None}
    assert rows[()]["accuracy.top-1"] == 0.4766
    assert rows[("encoder.freq",)]["fid.FID"] == 132.8096
    assert rows[("encoder.freq", "encoder.time.pretrain.codebook")]["accuracy.top-1"] == 0.4118


def test_every_published_score_names_a_column_that_the_benchmark_prints(brainvis: Make) -> None:
    session = brainvis()
    columns = {f"{name}.{column.name}" for name, metric in session.full.metrics for column in metric.columns}
    for row in session.declared.published:
        assert set(row.scores) <= columns
