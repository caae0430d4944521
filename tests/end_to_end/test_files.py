"""The main job on files in the format of EEGCVPR40."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from jobs import LIMIT, Command
from small import METRICS, SMALL

from eegrecon import load

pytestmark = pytest.mark.timeout(2 * LIMIT)


def test_simulated_files_pass_the_check(simulated: Path, command: Command) -> None:
    assert "MISSING" not in command("data", "check", str(simulated)).stdout


def test_the_main_job_runs_on_files_with_every_metric(files_run: Path) -> None:
    printed = (files_run / "printed").read_text(encoding="utf-8")
    assert "dataset.eegcvpr40" in printed
    assert [name for name in METRICS if name not in printed] == []
    result = load(files_run / "run")
    labels = [row.label for row in result.rows]
    control = "control: EEG shuffled across test trials"
    assert labels == ["Full", "w/o frequency branch", "best linear reader", control]
    assert all(np.isfinite(score.value) for row in result.rows for score in row.scores)


def test_without_captions_the_fine_target_is_left_out_and_a_note_reports_it(
    files_run: Path, simulated: Path, tmp_path: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(simulated, tmp_path / "files")
    (tmp_path / "files" / "captions.csv").unlink()
    job = ("bench", "brainvis", "--data", "files", "--control", "none", "--audit", "none", "--subjects", "1")
    monkeypatch.setenv("EEGRECON_HOME", str(files_run / "store"))
    command(*job, *SMALL, "--out", "run")
    notes = load(tmp_path / "run").rows[0].notes
    assert any("captions" in note and "fine target" in note for note in notes), notes
