from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from scipy.stats import binomtest

import eegrecon
from eegrecon import DataError, MissingFiles, results
from jobs import MakeJob



def test_the_shipped_schema_is_that_of_the_record() -> None:
    shipped = Path(eegrecon.__file__).parent / "result-1.schema.json"
    assert shipped.read_text() == results.schema()


def test_a_record_has_every_field_that_the_schema_asks_for(make_job: MakeJob, tmp_path: Path) -> None:
    make_job().run()
    record = json.loads((tmp_path / "run" / "result.json").read_text())
    assert set(json.loads(results.schema())["required"]) <= set(record)
    assert record["environment"]["device"] == "cpu"
    assert record["environment"]["threads"] == str(torch.get_num_threads())
    score = record["rows"][0]["scores"][0]
    assert score["n"] == 24
    assert score["identity"] == "right/n24"
    assert score["chance"] == pytest.approx(1 / 3)
    assert score["interval"] == pytest.approx(
        list(binomtest(3, 3).proportion_ci(0.95, "exact"))
    )  # all right, 3 pictures


def test_a_file_of_another_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(DataError, match=r"result.json is no eegrecon.result/1"):
        results.load(tmp_path)


def test_a_run_without_a_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="no result at"):
        results.load(tmp_path)


def test_python_asks_in_the_words_of_the_command_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path / "store"))
    toy = Path(__file__).parent / "toy"
    result = eegrecon.bench(
        str(toy / "toy.toml"), plugins=[toy / "toy.py"], ablate=["power"], out=tmp_path / "run", quiet=True
    )
    assert [row["row"] for row in result.table() if row["kind"] == "variant"] == ["Full", "w/o power branch"]
    assert "--ablate power" in result.command
