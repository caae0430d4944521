"""A signal ends a run cleanly, and the next run resumes from the finished stages."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from jobs import TOY_OPTIONS, Command, CommandLine

from eegrecon import load

pytestmark = pytest.mark.timeout(150)
STEP = 60.0  # seconds that each step may take
WAITING = '''
import sys, time
from dataclasses import dataclass
from pathlib import Path
from eegrecon import hookimpl

@dataclass(frozen=True)
class Waiting(sys.modules["eegrecon_file_toy"].MeanEncoder):
    """Touches a file and waits until another file exists."""

    def fit(self, data, run):
        Path("waiting").touch()
        end = time.monotonic() + 60
        while not Path("continue").exists():
            assert time.monotonic() < end
            time.sleep(0.02)
        return super().fit(data, run)

@hookimpl
def eegrecon_components():
    return {"encoder.waiting": Waiting}
'''
# A shell ignores SIGINT for a background job, and children inherit that: the command is started with the default.
START = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv = ["eegrecon", *sys.argv[1:]]
runpy.run_module("eegrecon", run_name="__main__", alter_sys=False)
"""
JOB = ("bench", *TOY_OPTIONS, "--plugin", "waiting.py", "--set", "encoder=waiting", "--audit", "none", "--out", "run")


def started(folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", START, *JOB]
    environment = CommandLine(folder).environment
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


def wait_for(file: Path, process: subprocess.Popen[str]) -> None:
    """Wait until a process has made a file."""
    end = time.monotonic() + STEP
    while not file.exists():
        assert process.poll() is None, process.communicate(timeout=STEP)
        assert time.monotonic() < end, f"no {file.name} after {STEP} s"
        time.sleep(0.02)


def ended(process: subprocess.Popen[str]) -> str:
    """Return what a process printed as errors; one that does not end is killed."""
    try:
        return process.communicate(timeout=STEP)[1]
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted"), (signal.SIGKILL, -9, "")],
)
def test_a_signal_leaves_a_sound_store_from_which_the_next_run_resumes(
    number: signal.Signals, code: int, word: str, tmp_path: Path, command: Command
) -> None:
    (tmp_path / "waiting.py").write_text(WAITING)
    with started(tmp_path) as process:
        try:
            wait_for(tmp_path / "waiting", process)
            process.send_signal(number)
        finally:
            errors = ended(process)
    assert process.returncode == code, errors
    if word:
        message = errors.strip().splitlines()[-1]
        assert word in message
        assert "same command" in message
        assert "Traceback" not in errors
        assert not list((tmp_path / "store").glob("*/.*")), "an incomplete artifact was left"
    assert not (tmp_path / "run" / "result.json").exists()
    before = {meta.parent.name for meta in (tmp_path / "store").glob("*/*/meta.json")}
    assert before

    (tmp_path / "continue").touch()
    command(*JOB)
    stages = load(tmp_path / "run").stages
    assert {key for key in before if key in stages and not stages[key].hit} == set()
    assert any(not stage.hit for stage in stages.values())
