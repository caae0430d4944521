"""The main job through the command line, on a world small enough for a test: real networks, few epochs and steps."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from jobs import LIMIT, ROOT, Command
from PIL import Image
from small import ENCODER, SMALL, STEPS, WORLD

from eegrecon import load

pytestmark = pytest.mark.timeout(2 * LIMIT)


@pytest.fixture
def shared(main_run: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """The command line with the store of the main job."""
    monkeypatch.setenv("EEGRECON_HOME", str(main_run / "store"))
    return command


def test_the_main_job_prints_its_table_and_writes_its_folder(main_run: Path) -> None:
    printed = (main_run / "printed").read_text(encoding="utf-8")
    for text in (
        "Full", "w/o frequency branch", "EEG shuffled across test trials", "only the predicted class",
        "top-1 ↑", "top-3 ↑", "macro F1 ↑", "identification ↑", "IS ↑", "FID ↓", "n=48", "BrainVis, published †",
        "0.477", "NOT comparable",
    ):  # fmt: skip
        assert text in printed, f"{text} is not in the table"
    result = load(main_run / "run")
    assert {score.n for row in result.rows for score in row.scores} == {24}
    assert all(np.isfinite(score.value) for row in result.rows for score in row.scores)
    with Image.open(main_run / "run" / "pictures.png") as grid:
        assert grid.size[0] > 800
    report = (main_run / "run" / "report.html").read_text(encoding="utf-8")
    for part in ("shows", "scores", "eeg-matters", "pictures", "confusion", "subjects", "eeg", "audits", "stages"):
        assert f'<section id="{part}"' in report
    assert (
        report.count("<img ") == 12 * 7 + 9
    )  # trials of the true pictures and of six rows; three bands at three times
    assert len(report) < 5_000_000


def test_the_main_job_prints_what_it_shows_within_80_columns(shared: Command) -> None:
    printed = shared("bench", "brainvis", "--ablate", "freq", "--quiet", "--out", "again", *SMALL, *WORLD).stdout
    assert max(map(len, printed.splitlines())) <= 80
    sentences = [line for line in printed.splitlines() if line.startswith("- ")]
    assert 4 <= len(sentences) <= 6
    for text in ("one training each", "controls:", "BrainVis, published †", "0.477", "median rank", "n=48", "--wide"):
        assert text in printed


def test_the_same_job_in_python_comes_from_the_store_and_agrees(main_run: Path, tmp_path: Path) -> None:
    """The Python page runs as it is printed; only the values of the small world are added to its call."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
    settings = [word for word in (*SMALL, *WORLD) if word != "--set"]
    code = "\n".join(blocks).replace('ablate=["freq"], quiet', f'ablate=["freq"], set={settings!r}, out="run", quiet')
    command = [sys.executable, "-c", code]
    environment = {**os.environ, "EEGRECON_HOME": str(main_run / "store")}
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=LIMIT)
    assert done.returncode == 0, done.stderr
    assert "did you mean 'freq'" in done.stdout
    assert "w/o frequency branch" in done.stdout
    again = load(tmp_path / "run")
    assert all(stage.hit for stage in again.stages.values())
    assert (tmp_path / "run" / "table.csv").read_text() == (main_run / "run" / "table.csv").read_text()


def checksums(store: Path) -> dict[str, str]:
    """Return the checksum of every artifact of a store, by kind and key."""
    files = store.glob("*/*/meta.json")
    return {f"{file.parts[-3]}/{file.parts[-2]}": json.loads(file.read_text())["checksum"] for file in files}


def test_every_stage_of_a_second_run_in_another_store_agrees_bit_by_bit(
    command: Command, main_run: Path, store: Path
) -> None:
    command("bench", "brainvis", "--subjects", "1", "--control", "shuffle", "--audit", "none", *SMALL, *WORLD)
    first, second = checksums(main_run / "store"), checksums(store)
    assert sum(key.startswith("generate/") for key in second) == 3  # Full, the best linear reader and the control
    assert {key for key in second if second[key] != first[key]} == set()


def test_data_without_drift_pass_the_audit_of_drift(shared: Command, main_run: Path, tmp_path: Path) -> None:
    shutil.copytree(main_run / "run", tmp_path / "run")
    verdicts = {audit["name"]: audit["verdict"] for audit in json.loads(shared("audit", "run", "--json").stdout)}
    assert verdicts["drift"] == "PASS"
    assert not any(summary.marks for row in load(tmp_path / "run").rows for summary in row.summaries)


def test_data_with_drift_fail_the_audit_of_drift_and_every_score_is_marked(command: Command, tmp_path: Path) -> None:
    drifting = ("--set", "dataset.recording.snr=0", "--set", "dataset.recording.drift=1")
    job = ("bench", "brainvis", *SMALL, *ENCODER, *drifting, "--audit", "drift")
    printed = command(*job, "--out", "run", code=3).stdout
    assert "‡ doubtful: audit drift: FAIL" in " ".join(printed.split())
    verdicts = {
        audit["name"]: audit["verdict"] for audit in json.loads(command("audit", "run", "--json", code=3).stdout)
    }
    assert verdicts == {"drift": "FAIL"}
    assert all(summary.marks for row in load(tmp_path / "run").rows for summary in row.summaries)


def test_the_plugin_of_the_readme_runs(shared: Command, tmp_path: Path) -> None:
    code = re.search(r"```python\n(# log_power\.py\n.*?)```", (ROOT / "docs" / "plugins.md").read_text(), re.DOTALL)
    assert code is not None
    (tmp_path / "log_power.py").write_text(code[1])
    some = ("--subjects", "1", "--control", "none", "--audit", "none")
    arguments = ("--plugin", "log_power.py", "--set", "encoder=log-power", "--ablate", "gamma")
    few = ("--set", "aligner.epochs=1", *STEPS, *WORLD)
    printed = shared("bench", "brainvis", *arguments, *some, *few, "--wide").stdout
    assert "w/o gamma band" in printed
    assert "the encoder was not trained with the aligner" in printed
