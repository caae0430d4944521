"""Two runs on one store compute each stage once."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jobs import TOY_OPTIONS, CommandLine

pytestmark = pytest.mark.timeout(150)
STEP = 60.0  # seconds that each step may take
COUNTING = """
import sys, time
from dataclasses import dataclass
from pathlib import Path
from eegrecon import hookimpl

@dataclass(frozen=True)
class Counting(sys.modules["eegrecon_file_toy"].MeanEncoder):
    def fit(self, data, run):
        with Path("fitted").open("a") as file:
            file.write("fitted\\n")
        end = time.monotonic() + 60
        while not Path("continue").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        return super().fit(data, run)

@hookimpl
def eegrecon_components():
    return {"encoder.counting": Counting}
"""
COUNTED = ("--plugin", "counting.py", "--set", "encoder=counting")
JOB = ("bench", *TOY_OPTIONS, *COUNTED, "--subjects", "1", "--audit", "none", "--json")


def started(folder: Path, out: str, log: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "eegrecon", *JOB, "--out", out]
    with log.open("w") as errors:
        environment = CommandLine(folder).environment
        return subprocess.Popen(command, cwd=folder, env=environment, text=True, stdout=subprocess.PIPE, stderr=errors)


def test_of_two_runs_the_second_waits_for_the_stage_that_the_first_computes(tmp_path: Path) -> None:
    (tmp_path / "counting.py").write_text(COUNTING)
    logs = [tmp_path / "errors0", tmp_path / "errors1"]
    runs = [started(tmp_path, f"run{number}", log) for number, log in enumerate(logs)]
    try:
        end = time.monotonic() + STEP
        while not any("another run" in log.read_text() for log in logs) and time.monotonic() < end:
            time.sleep(0.05)
        (tmp_path / "continue").touch()
        outputs = [run.communicate(timeout=STEP)[0] for run in runs]
    finally:
        for run in runs:
            run.kill()
    assert [run.returncode for run in runs] == [0, 0], [log.read_text() for log in logs]
    assert (tmp_path / "fitted").read_text() == "fitted\n"
    assert any("another run" in log.read_text() for log in logs)
    first, second = (json.loads(text) for text in outputs)
    assert first["rows"] == second["rows"]
