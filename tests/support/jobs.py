"""A benchmark as the Python interface computes it, step by step, and the command line in processes of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import filelock
import pytest

from eegrecon import Result, api
from eegrecon.benchmark.options import Options
from eegrecon.benchmark.request import Request
from eegrecon.benchmark.variants import Variant
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.pipeline.graph import Graph
from eegrecon.pipeline.progress import Console
from eegrecon.pipeline.storage.store import Store
from eegrecon.registry.catalog import Catalog

ROOT = Path(__file__).parents[2]
TOY = ROOT / "tests" / "toy"
TOY_OPTIONS = (str(TOY / "toy.toml"), "--plugin", str(TOY / "toy.py"))  # of a command that takes a benchmark
LIMIT = 240.0  # seconds that a command or a shared folder may take


@dataclass
class Heard(Console):
    """A console that keeps its warnings and shows nothing."""

    quiet: bool = True
    warnings: list[str] = field(default_factory=list)

    def warn(self, message: str) -> None:
        """Keep a warning."""
        self.warnings.append(message)


@dataclass(frozen=True)
class Job:
    """One call of the Python interface, with a value for each of its steps, computed when it is first read."""

    options: Options
    console: Heard = field(default_factory=Heard)

    @cached_property
    def request(self) -> Request:
        """The resolved options."""
        return api.resolved(self.options)

    @property
    def variants(self) -> tuple[Variant, ...]:
        """The configurations to compare."""
        return self.request.variants

    @property
    def catalog(self) -> Catalog:
        """What is installed, with the plugins of the options."""
        return self.request.selection.catalog

    @cached_property
    def graph(self) -> Graph:
        """The stage graph."""
        return api.graph_of(self.request)

    @cached_property
    def store(self) -> Store:
        """The artifact store, as another process opens it."""
        return api.open_store(self.console)

    def planned(self) -> list[PlannedStage]:
        """Return what a run would do."""
        return api.planned(self.request, self.console)

    def run(self) -> Result:
        """Execute the request and return its result."""
        return api.run(self.request, self.console)


@dataclass(frozen=True)
class Printed:
    """What a command printed."""

    stdout: str
    stderr: str


MakeJob = Callable[..., Job]
Command = Callable[..., Printed]


@dataclass(frozen=True)
class CommandLine:
    """``eegrecon`` in a process of its own, with a store of its own.

    Attributes:
        folder: the current directory of the commands.
        store: folder of the store; by default ``store`` in that folder.
    """

    folder: Path
    store: Path | None = None

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the commands."""
        store = self.store or self.folder / "store"
        return {**os.environ, "EEGRECON_HOME": str(store), "COLUMNS": "200"}

    def __call__(self, *arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command, check its exit code, and return what it printed."""
        command = [sys.executable, "-m", "eegrecon", *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, cwd=self.folder, env=self.environment, timeout=LIMIT
        )
        assert done.returncode == code, done.stdout + done.stderr
        assert "Traceback" not in done.stderr
        return done


def built_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """Return a folder that the first worker to need it builds, and that all workers of a test run share.

    Tests read it and may add to it under names of their own; they change nothing that is there.
    """
    base = factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / name
    with filelock.FileLock(folder.with_suffix(".lock"), timeout=LIMIT):
        built = folder / "built"
        if not built.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            build(folder)
            built.touch()
    return folder
