from __future__ import annotations

import json
from pathlib import Path

import pytest
import torch
from jobs import MakeJob
from records import result, row, score
from scipy.stats import binomtest

import eegrecon
from eegrecon import DataError, MissingFiles, load
from eegrecon.reporting.result import schema


def test_the_shipped_schema_is_that_of_the_record() -> None:
    shipped = Path(eegrecon.__file__).parent / "result-1.schema.json"
    assert shipped.read_text() == schema()


def test_a_record_has_every_required_field_of_the_schema(make_job: MakeJob, tmp_path: Path) -> None:
    make_job().run()
    record = json.loads((tmp_path / "run" / "result.json").read_text())
    assert set(json.loads(schema())["required"]) <= set(record)
    assert record["environment"]["device"] == "cpu"
    assert record["environment"]["threads"] == str(torch.get_num_threads())
    first = record["rows"][0]["scores"][0]
    assert first["n"] == 24
    assert first["identity"] == "right/n24"
    assert first["chance"] == pytest.approx(1 / 3)
    exact = binomtest(3, 3).proportion_ci(0.95, "exact")  # all right, three pictures
    assert first["interval"] == pytest.approx([exact.low, exact.high])


def test_a_saved_result_is_loaded_from_its_folder_and_from_its_file(tmp_path: Path) -> None:
    saved = result(row("Full", score(0.5)))
    saved.save(tmp_path)
    assert load(tmp_path) == load(tmp_path / "result.json") == saved


def test_a_file_of_another_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(DataError, match=r"result.json.*eegrecon.result/1"):
        load(tmp_path)


def test_a_run_without_a_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="result.json"):
        load(tmp_path)


def test_a_former_verdict_is_read_under_its_present_name(tmp_path: Path) -> None:
    record = json.loads(result(row("Full", score(0.5))).model_dump_json(by_alias=True))
    record["audits"] = [{"name": "a", "question": "?", "verdict": "cannot be told", "evidence": ""}]
    (tmp_path / "result.json").write_text(json.dumps(record))
    assert load(tmp_path).audits[0].verdict == "inconclusive"
