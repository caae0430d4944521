"""The tables of THINGS-EEG2: what they declare, and that they run on files of its form."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jobs import LIMIT

from eegrecon import MissingFiles, Result, bench
from eegrecon.benchmark.definition import load_definition
from eegrecon.registry.discovery import find

pytestmark = pytest.mark.timeout(2 * LIMIT)
FILES = ("things", "nice", "atm", "ubp")
QUICK = ("encoder.epochs=2", "encoder.width=16", "dataset.validation=0.1")
Run = Callable[..., Result]


@pytest.mark.parametrize("name", FILES)
def test_every_published_score_names_a_metric_of_its_file_and_its_tables_exist(name: str) -> None:
    definition = load_definition(find(), name)
    assert definition.published
    for published in definition.published:
        assert {column.partition(".")[0] for column in published.scores} <= set(definition.metrics("paper"))
        assert set(published.tables) <= set(definition.tables)
        assert published.without is None  # another method: never compared with a row of a run
    assert not definition.comparable


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A store for all runs of this file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EEGRECON_HOME", str(tmp_path_factory.mktemp("things") / "store"))
        yield Path()


@pytest.fixture
def run(things_files: str, home: Path, tmp_path: Path) -> Run:
    """Compute a table on one subject of the simulated files."""

    def computed(name: str, table: str, profile: str | None = "simulated", **more: Any) -> Result:
        given = {"data": things_files, "trust_pickle": True, "subjects": [1], "audit": ["none"], "quiet": True}
        settings = QUICK if profile else ()
        return bench(name, profile=profile, table=table, set=settings, out=tmp_path / "run", **{**given, **more})

    return computed


@pytest.mark.parametrize(
    ("name", "table", "published", "score"),
    [
        ("nice", "2", "NICE †", {"concepts retrieval top-1": 0.156, "concepts retrieval top-5": 0.428}),
        ("ubp", "1", "UBP †", {"retrieval top-1": 0.509, "retrieval top-5": 0.797}),
        ("atm", "pictures", "ATM, subject 8 †", {"pixel correlation": 0.16, "SSIM": 0.345}),
        ("things", "pictures", "Perceptogram, one subject †", {"pixel correlation": 0.247, "SSIM": 0.431}),
    ],
)
def test_a_table_runs_on_files_of_the_real_form_beside_its_published_row(
    run: Run, name: str, table: str, published: str, score: dict[str, float]
) -> None:
    result = run(name, table)
    assert not any(row.failed or row.refused for row in result.rows)
    rows = {row["row"]: row for row in result.table()}
    assert {column: rows[published].get(column) for column in score} == score
    if name == "nice":
        (identity,) = {each.identity for each in result.rows[0].scores if each.metric == "concepts"}
        assert "concepts-c24of96/inductive" in identity
    if name == "ubp":
        assert result.rows[0].configuration["dataset"]["channels"] == "ubp-17"
    assert result.paper_table is not None
    assert result.paper_table.notes


def test_more_repeats_are_averaged_without_another_training_and_drawn_as_a_line(run: Run, tmp_path: Path) -> None:
    result = run("things", "repeats", sweep=["dataset.test_average=1,5"], control=["none"])
    assert [row.label for row in result.rows] == ["Full", "test_average = 1", "test_average = 5"]
    assert sum(stage.kind == "fit" for stage in result.stages.values()) == 1
    identities = {score.identity for row in result.rows for score in row.scores}
    assert len(identities) == 1  # one trial of each picture, whatever is averaged
    assert "Scores against dataset.test_average" in (tmp_path / "run" / "report.html").read_text()


def test_the_default_profile_names_what_it_needs(run: Run) -> None:
    with pytest.raises(MissingFiles, match=r"hf download timm/vit_large_patch14_clip_224\.openai"):
        run("nice", "2", profile=None)
