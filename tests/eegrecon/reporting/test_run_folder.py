from __future__ import annotations

import json
from pathlib import Path

from jobs import TOY, MakeJob

from eegrecon import load


def test_the_folder_of_a_run_has_tables_trials_pictures_and_the_record(make_job: MakeJob, tmp_path: Path) -> None:
    result = make_job(ablate=("power",)).run()
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {
        "result.json", "table.md", "table.tex", "table.csv", "trials.csv", "pictures.png"
    }  # fmt: skip
    assert load(folder) == result
    lines = (folder / "trials.csv").read_text().splitlines()
    assert len(lines) == 1 + 5 * 2 * 24  # rows of the table, subjects, test trials
    record = json.loads((folder / "result.json").read_text())
    assert record["schema"] == "eegrecon.result/1"
    assert record["command"].endswith(f"--plugin {TOY / 'toy.py'}")
