"""What all tests share: one thread per process, a toy benchmark with a store of its own, and the command line."""

from __future__ import annotations

import itertools
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Read when numpy and torch are imported, here and in subprocesses: each worker has one core.
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(name, "1")
sys.path.insert(0, str(Path(__file__).parent / "support"))

import explanations  # noqa: E402
import pytest  # noqa: E402
from browser import browser  # noqa: E402, F401 - a fixture
from explanations import Explains  # noqa: E402
from jobs import TOY, Command, CommandLine, Job, MakeJob, Printed, built_once  # noqa: E402

from eegrecon.benchmark.options import Options  # noqa: E402
from eegrecon.registry.discovery import find  # noqa: E402
from eegrecon.testing import PlainRun  # noqa: E402


@pytest.fixture
def run(tmp_path: Path) -> PlainRun:
    return PlainRun(tmp_path)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of the store that this test uses, which does not exist yet."""
    folder = tmp_path / "store"
    monkeypatch.setenv("EEGRECON_HOME", str(folder))
    return folder


@pytest.fixture
def make_job(tmp_path: Path, store: Path) -> MakeJob:
    """Make jobs of the toy benchmark; those of one test share a store. Their folders are run, run2, run3 …."""
    numbers = itertools.count(1)

    def make(**asked: Any) -> Job:
        number = next(numbers)
        asked = {"benchmark": str(TOY / "toy.toml"), "plugins": (str(TOY / "toy.py"),), **asked}
        asked.setdefault("out", str(tmp_path / ("run" if number == 1 else f"run{number}")))
        return Job(Options(**asked))

    return make


@pytest.fixture
def toy() -> Any:
    """The module of the toy's components."""
    find([TOY / "toy.py"])
    return sys.modules["eegrecon_file_toy"]


@pytest.fixture
def calls(toy: Any) -> list[str]:
    """What the toy's components were called for; empty at the start."""
    found: list[str] = toy.CALLS
    found.clear()
    return found


@pytest.fixture
def eegrecon(tmp_path: Path) -> CommandLine:
    """The command line in a process of its own."""
    return CommandLine(tmp_path)


@pytest.fixture(scope="session")
def things_files(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Two simulated subjects in the files of THINGS-EEG2."""

    def build(folder: Path) -> None:
        few = ("--set", "recording.subjects=2", "--set", "recording.pictures_per_class=10")
        CommandLine(folder)("data", "simulate", "files", "--format", "things-eeg2", *few)

    return str(built_once(tmp_path_factory, "things-eeg2", build) / "files")


@pytest.fixture
def command(
    tmp_path: Path, store: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Command]:
    """The command line in this process, with its entry point and everything behind it, but without the start-up."""
    from eegrecon.cli.main import main

    def call(*arguments: str, code: int = 0) -> Printed:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["eegrecon", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        printed = Printed(*capsys.readouterr())
        assert end.value.code == code, printed.stdout + printed.stderr
        assert "Traceback" not in printed.stderr
        return printed

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    before = signal.getsignal(signal.SIGTERM)
    yield call
    signal.signal(signal.SIGTERM, before)


@pytest.fixture
def explains(tmp_path: Path) -> Explains:
    """Check that the page of troubleshooting lists a situation; or collect its message to write the page."""

    def check(topic: str, situation: str, message: object) -> None:
        if explanations.WRITE:
            explanations.collected[topic, explanations.cell(situation)] = explanations.plain(str(message), tmp_path)
        else:
            listed = explanations.listed()
            assert (topic, explanations.cell(situation)) in listed, f"{explanations.PAGE} lacks: {situation}"

    return check


@pytest.fixture
def without_pyriemann(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where it is not installed: importing it raises, and looking for it finds nothing."""
    for name in [name for name in sys.modules if name.startswith("pyriemann.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "pyriemann", None)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Write the page of troubleshooting, where that was asked for."""
    if explanations.WRITE and explanations.collected:
        options = session.config.option
        paths = {Path(argument).resolve() for argument in session.config.args}
        whole = paths == {Path(__file__).parent} and exitstatus == 0 and not (options.keyword or options.markexpr)
        explanations.write(whole=whole)
