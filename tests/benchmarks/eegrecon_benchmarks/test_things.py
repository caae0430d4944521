"""The tables of THINGS-EEG2: what they declare, and that they run on files of its form."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobs import LIMIT, CommandLine

from eegrecon import load
from eegrecon.benchmark.definition import load_definition
from eegrecon.registry.discovery import find

pytestmark = pytest.mark.timeout(2 * LIMIT)
FILES = ("things", "nice", "atm", "ubp")
SIZE = ("--set", "recording.subjects=1", "--set", "recording.pictures_per_class=10")
QUICK = ("--set", "encoder.epochs=2", "--set", "encoder.width=16", "--set", "dataset.validation=0.1", "--audit", "none")


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
def files(tmp_path_factory: pytest.TempPathFactory) -> CommandLine:
    """A folder with simulated files of THINGS-EEG2, and a store of its own."""
    place = CommandLine(tmp_path_factory.mktemp("things"))
    place("data", "simulate", "files", "--format", "things-eeg2", *SIZE)
    return place


def run(files: CommandLine, name: str, table: str, *more: str) -> Path:
    folder = f"run-{name}-{table}"
    given = ("--profile", "simulated", "--data", "files", "--trust-pickle", "--table", table, "--out", folder)
    files("bench", name, *given, *QUICK, *more)
    return files.folder / folder


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
    files: CommandLine, name: str, table: str, published: str, score: dict[str, float]
) -> None:
    result = load(run(files, name, table))
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


def test_more_repeats_are_averaged_without_another_training_and_drawn_as_a_line(files: CommandLine) -> None:
    folder = run(files, "things", "repeats", "--sweep", "dataset.test_average=1,5", "--control", "none")
    result = load(folder)
    assert [row.label for row in result.rows] == ["Full", "test_average = 1", "test_average = 5"]
    assert sum(stage.kind == "fit" for stage in result.stages.values()) == 1
    identities = {score.identity for row in result.rows for score in row.scores}
    assert len(identities) == 1  # one trial of each picture, whatever is averaged
    assert "Scores against dataset.test_average" in (folder / "report.html").read_text()


def test_the_default_profile_names_what_it_needs(files: CommandLine) -> None:
    message = files("bench", "nice", "--table", "2", "--data", "files", "--trust-pickle", code=1).stderr
    assert "hf download timm/vit_large_patch14_clip_224.openai" in message
