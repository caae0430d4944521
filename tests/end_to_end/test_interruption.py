"""A signal ends a run cleanly, and the next run goes on from what was finished."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from eegrecon import load

TOY = Path(__file__).parent / "toy"
SLOW = '''
import sys, time
from dataclasses import dataclass
from pathlib import Path
from eegrecon import hookimpl

@dataclass(frozen=True)
class Slow(sys.modules["eegrecon_file_toy"].MeanEncoder):
    """Waits until a file is there, and says that it waits."""

    def fit(self, data, run):
        Path("waiting").touch()
        while not Path("go").exists():
            time.sleep(0.02)
        return super().fit(data, run)

@hookimpl
def eegrecon_components():
    return {"encoder.slow": Slow}
'''
JOB = [
    "bench", str(TOY / "toy.toml"), "--plugin", str(TOY / "toy.py"), "--plugin", "slow.py", "--set", "encoder=slow",
    "--out", "run",
]  # fmt: skip


def started(folder: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store")}
    command = [sys.executable, "-m", "eegrecon", *JOB]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("number", "code", "said"),
    [(signal.SIGTERM, 143, "terminated"), (signal.SIGINT, 130, "interrupted"), (signal.SIGKILL, -9, "")],
)
def test_a_signal_leaves_a_whole_store_and_the_next_run_goes_on(
    number: signal.Signals, code: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    with started(tmp_path) as process:
        while not (tmp_path / "waiting").exists():
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.02)
        process.send_signal(number)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == code
    if said:
        assert f"error: {said}; what was finished is in the store, run the same command again to go on" in errors
        assert "Traceback" not in errors
        assert not list((tmp_path / "store").glob("*/.*")), "half an artefact was left"
    assert not (tmp_path / "run").exists()
    before = {meta.parent.name for meta in (tmp_path / "store").glob("*/*/meta.json")}
    assert before

    (tmp_path / "go").touch()
    with started(tmp_path) as process:
        _, errors = process.communicate()
    assert process.returncode == 0, errors
    stages = load(tmp_path / "run").stages
    assert {key for key in before if key in stages and not stages[key].hit} == set()
    assert any(not stage.hit for stage in stages.values())
