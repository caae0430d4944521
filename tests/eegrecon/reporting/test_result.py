from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from jobs import MakeJob
from records import result, row, score, summary
from scipy.stats import binomtest

import eegrecon
from eegrecon import DataError, MissingFiles, UnknownName, UsageError, load
from eegrecon.reporting.result import schema as schema_of


def test_the_shipped_schema_is_that_of_the_record() -> None:
    shipped = Path(eegrecon.__file__).parent / "result-1.schema.json"
    assert shipped.read_text() == schema_of()


def test_a_record_has_every_required_field_of_the_schema(make_job: MakeJob, tmp_path: Path) -> None:
    make_job().run()
    record = json.loads((tmp_path / "run" / "result.json").read_text())
    assert set(json.loads(schema_of())["required"]) <= set(record)
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
    assert load(tmp_path) == load(str(tmp_path)) == load(tmp_path / "result.json") == saved


def test_a_file_of_another_schema_is_named(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("{}")
    with pytest.raises(DataError, match=r"result.json.*eegrecon.result/1"):
        load(tmp_path)


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"schema": "eegrecon.result/2"}', '{"schema": "eegrecon.result/1"}', "\xff"]
)
def test_a_file_that_is_no_result_of_this_schema_is_refused_with_one_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "result.json").write_bytes(text.encode("latin-1"))
    with pytest.raises(DataError, match=r"result.json.*run the benchmark again") as error:
        load(tmp_path)
    assert "\n" not in str(error.value)


def test_a_file_that_cannot_be_written_again_is_refused(tmp_path: Path) -> None:
    result(row("Full", score(0.5))).save(tmp_path)
    file = tmp_path / "result.json"
    file.write_text(file.read_text().replace('"configuration": {}', '"configuration": {"x": "\\ud800"}'))
    with pytest.raises(DataError, match=r"result.json"):
        load(tmp_path)


def test_a_file_that_is_nested_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "result.json").write_text("[" * 100_000)
    with pytest.raises(DataError, match=r"result.json"):
        load(tmp_path)


def test_a_result_of_the_first_version_is_read_and_its_audit_refused(tmp_path: Path) -> None:
    """It has the required fields alone, as results had before intervals, audits and recorded options."""
    required = {name: schema["required"] for name, schema in json.loads(schema_of())["$defs"].items()}
    record = json.loads(result(row("Full", score(0.5))).model_dump_json(by_alias=True))
    record = {name: record[name] for name in ("schema", *json.loads(schema_of())["required"])}
    record["rows"] = [{name: found[name] for name in required["ResultRow"]} for found in record["rows"]]
    record["rows"][0]["scores"] = [
        {name: found[name] for name in required["ScoreRecord"]} for found in record["rows"][0]["scores"]
    ]
    record["command"] = "eegrecon bench b"
    (tmp_path / "result.json").write_text(json.dumps(record))
    assert [line["top"] for line in load(tmp_path).table()] == [0.5, 0.5]  # chance and Full
    with pytest.raises(DataError, match="older versions.*run again: eegrecon bench b"):
        eegrecon.audit(tmp_path, quiet=True)
    assert json.loads((tmp_path / "result.json").read_text()) == record


def test_a_run_without_a_result_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="result.json"):
        load(tmp_path)


def test_a_former_verdict_is_read_under_its_present_name(tmp_path: Path) -> None:
    record = json.loads(result(row("Full", score(0.5))).model_dump_json(by_alias=True))
    record["audits"] = [{"name": "a", "question": "?", "verdict": "cannot be told", "evidence": ""}]
    (tmp_path / "result.json").write_text(json.dumps(record))
    assert load(tmp_path).audits[0].verdict == "inconclusive"


def test_trials_and_pictures_of_a_run_are_there_as_numbers(make_job: MakeJob) -> None:
    found = make_job(ablate=("encoder.slope",), control=("none",)).run()
    trials = found.trials()
    assert len(trials) == 2 * 2 * 24  # rows, subjects, test trials
    assert trials[0]["row"] == "Full"
    assert trials[0]["label"] in ("red", "green", "blue")
    full = [trial for trial in trials if trial["row"] == "Full" and trial["subject"] == 1]
    (score,) = (score for score in found.rows[0].scores if score.metric == "right" and score.subject == 1)
    assert np.mean([trial["right.right"] for trial in full]) == pytest.approx(score.value)
    pictures = found.pictures()
    assert [array.shape for array in pictures] == [(24, 1, 6, 8, 3)] * 2
    predicted = [("red", "green", "blue").index(str(trial["predicted"])) for trial in full]
    assert pictures[0][:, 0].mean(axis=(1, 2)).argmax(axis=1).tolist() == predicted
    assert found.pictures("w/o slope")[0].shape == (24, 1, 6, 8, 3)
    with pytest.raises(UnknownName, match="Fall.*did you mean 'Full'"):
        found.pictures("Fall")


def test_pictures_are_found_by_a_label_without_brackets_and_by_the_printed_name_of_a_control(
    make_job: MakeJob,
) -> None:
    found = make_job(set=("encoder=drawn",), control=("shuffle",)).run()
    full, control = (record.label for record in found.rows)
    assert full.startswith("Full (")
    assert control != "EEG shuffled"
    for short, label in (("Full", full), ("EEG shuffled", control), ("shuffle", control)):
        np.testing.assert_array_equal(found.pictures(short), found.pictures(label))
    assert not np.array_equal(found.pictures("Full"), found.pictures("EEG shuffled"))


def test_a_short_name_of_several_rows_is_refused_with_their_labels() -> None:
    found = result(row("Full (a = 1)", score(0.5)), row("Full (a = 2)", score(0.5)))
    with pytest.raises(UnknownName, match=r"'Full' may be any of .*'Full \(a = 1\)', 'Full \(a = 2\)'"):
        found.pictures("Full")


def test_pictures_that_are_not_in_the_store_are_reported_with_the_command(
    make_job: MakeJob, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = make_job(control=("none",)).run()
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path / "other"))
    with pytest.raises(MissingFiles, match="not in the store.*eegrecon bench"):
        found.pictures()
    stages = {"../../secret": found.stages[found.rows[0].stages[-1]].model_copy(update={"kind": "generate"})}
    forged = found.rows[0].model_copy(update={"stages": ("../../secret",)})
    with pytest.raises(MissingFiles, match="not in the store"):
        found.model_copy(update={"rows": (forged,), "stages": stages}).pictures()


def test_trials_of_a_result_without_its_folder_are_reported() -> None:
    with pytest.raises(MissingFiles, match=r"trials.csv.*eegrecon.load"):
        result(row("Full", score(0.5)), folder="/nowhere").trials()


def test_the_table_of_a_notebook_has_every_number_and_no_markup_of_others() -> None:
    shown = result(row("Full <b>", score(0.25)), row("w/o x", score(0.125)))._repr_html_()
    assert "<table>" in shown
    assert "Full &lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "0.250" in shown
    assert "0.125" in shown


def test_a_frame_has_a_line_for_each_row_and_column(monkeypatch: pytest.MonkeyPatch) -> None:
    found = result(row("Full", score(0.5), summaries=(summary(0.5),)), row("w/o x", score(0.25)))
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(UsageError, match="pip install pandas"):
        found.to_frame()
    monkeypatch.undo()
    pandas = pytest.importorskip("pandas")
    frame = found.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    full = frame[frame["row"] == "Full"].iloc[0]
    assert (full["value"], full["low"], full["high"]) == pytest.approx((0.5, 0.4, 0.6))
