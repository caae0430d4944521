"""An audit concerns what was run, adds to it, and changes nothing else; otherwise it is refused."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from explanations import Explains
from jobs import TOY, Job, MakeJob

import eegrecon
from eegrecon import DataError, MissingFiles, Result

FEW: dict[str, Any] = {"control": ("none",), "subjects": (1,), "ablate": ("slope",)}
Record = dict[str, Any]


def audit(folder: Path, **asked: Any) -> Result:
    return eegrecon.audit(folder / "run", plugins=[TOY / "toy.py"], quiet=True, **asked)


def changed(folder: Path, change: Callable[[Record], None]) -> str:
    """Change the record of a run, and return it as it is then."""
    file = folder / "run" / "result.json"
    record = json.loads(file.read_text())
    change(record)
    file.write_text(json.dumps(record))
    return file.read_text()


@pytest.fixture
def job(make_job: MakeJob, tmp_path: Path) -> Job:
    """A finished run of a benchmark file of its own."""
    shutil.copy(TOY / "toy.toml", tmp_path)
    job = make_job(benchmark=str(tmp_path / "toy.toml"), audit=("none",), **FEW)
    job.run()
    return job


def test_an_audit_changes_nothing_but_audits_and_marks(job: Job, tmp_path: Path) -> None:
    def change(record: Record) -> None:
        record["environment"]["numpy"] = "0.1"  # as the library of that time was
        record["environment"]["threads"] = "77"

    before = json.loads(changed(tmp_path, change))
    audit(tmp_path, audit=("picture-overlap",))
    after = json.loads((tmp_path / "run" / "result.json").read_text())
    (found,) = after.pop("audits")
    assert found["verdict"] == "FAIL"
    assert {score["marks"][0] for row in after["rows"] for score in row["scores"]} == {"audit picture-overlap: FAIL"}
    assert "picture-overlap" in (tmp_path / "run" / "table.md").read_text()
    for row in (*before["rows"], *after["rows"]):
        for number in (*row["scores"], *row["summaries"]):
            del number["marks"]
    assert {**after, "audits": [], "folder": ""} == {**before, "folder": ""}


def test_audits_add_up_and_a_repetition_is_remembered(job: Job, tmp_path: Path) -> None:
    audit(tmp_path, audit=("determinism",), twice=True)
    audit(tmp_path, audit=("trial-overlap",))
    verdicts = {found.name: found.verdict for found in audit(tmp_path, audit=("determinism",)).audits}
    assert verdicts == {"determinism": "PASS", "trial-overlap": "PASS"}


def test_rows_whose_stages_are_gone_are_not_computed_again(job: Job, calls: list[str], tmp_path: Path) -> None:
    full, without = eegrecon.load(tmp_path / "run").rows
    for key in set(without.stages) - set(full.stages):
        job.store.discard(job.graph.stages[key].kind, key)
    calls.clear()
    audit(tmp_path, audit=("trial-overlap",))
    assert set(calls) <= {"load 1"}


def test_a_benchmark_file_that_was_edited_since_is_named(job: Job, tmp_path: Path, explains: Explains) -> None:
    file = tmp_path / "toy.toml"
    file.write_text(file.read_text().replace('use = "mean"', 'use = "mean"\nslope = 0.25'))
    before = (tmp_path / "run" / "result.json").read_text()
    with pytest.raises(DataError, match=r"toy.toml has changed.*encoder.slope 1.0 is now 0.25.*run again") as error:
        audit(tmp_path)
    assert (tmp_path / "run" / "result.json").read_text() == before
    explains("Usage", "`eegrecon audit RUN` after the benchmark file was edited", error.value)


def test_code_that_was_edited_since_is_named(make_job: MakeJob, tmp_path: Path) -> None:
    plugin = tmp_path / "own_toy.py"
    code = (TOY / "toy.py").read_text()
    plugin.write_text(code)
    make_job(audit=("none",), plugins=(str(plugin),), **FEW).run()
    (tmp_path / "edited").mkdir()
    edited = tmp_path / "edited" / "own_toy.py"  # of the same name: it is what the result names, as far as one can see
    edited.write_text(code.replace("eeg.mean(axis=2) * weights", "2 * eeg.mean(axis=2) * weights"))
    with pytest.raises(DataError, match="code, .* are not those of the run"):
        eegrecon.audit(tmp_path / "run", plugins=[edited], quiet=True)


def value(record: Record) -> None:
    record["rows"][0]["scores"][0]["value"] = 0.99


def value_of_an_ablation(record: Record) -> None:
    record["rows"][1]["scores"][0]["value"] = 0.01


def number_of_trials(record: Record) -> None:
    record["rows"][0]["scores"][0]["n"] = 2400


def score_left_out(record: Record) -> None:
    del record["rows"][0]["scores"][0]


def mean(record: Record) -> None:
    record["rows"][0]["summaries"][0]["value"] = 0.99


def key_outside_the_store(record: Record) -> None:
    row = record["rows"][1]
    row["stages"] = ["../../precious"]
    record["stages"]["../../precious"] = {"name": "score.right", "kind": "score", "seconds": 0, "hit": True}


@pytest.mark.parametrize(
    "change", [value, value_of_an_ablation, number_of_trials, score_left_out, mean, key_outside_the_store]
)
def test_a_result_that_was_edited_is_refused_and_left_as_it_is(
    change: Callable[[Record], None], job: Job, tmp_path: Path, explains: Explains
) -> None:
    (tmp_path / "precious").mkdir()
    edited = changed(tmp_path, change)
    with pytest.raises(DataError, match="run again") as error:
        audit(tmp_path)
    assert (tmp_path / "run" / "result.json").read_text() == edited
    assert (tmp_path / "precious").is_dir()
    if change is value:
        explains("Usage", "`eegrecon audit RUN` of a result that was edited", error.value)


@pytest.mark.parametrize("options", [{"benchmark": 3}, {"benchmark": "toy.toml", "shell": "rm"}])
def test_recorded_options_that_make_no_sense_are_refused(options: Record, job: Job, tmp_path: Path) -> None:
    changed(tmp_path, lambda record: record.update(request=options))
    with pytest.raises(DataError, match="options"):
        audit(tmp_path)


def test_a_file_of_another_name_is_not_replaced(job: Job, tmp_path: Path) -> None:
    shutil.copy(tmp_path / "run" / "result.json", tmp_path / "copy.json")
    with pytest.raises(eegrecon.UsageError, match="copy.json"):
        eegrecon.audit(tmp_path / "copy.json", plugins=[TOY / "toy.py"], quiet=True)
    with pytest.raises(MissingFiles):
        eegrecon.audit(tmp_path / "none.json", quiet=True)
    assert not (tmp_path / "result.json").exists()
