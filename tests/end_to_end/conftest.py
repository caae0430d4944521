"""Runs of the reference method that several tests read, each computed once by one worker."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobs import CommandLine, built_once
from small import SMALL, WORLD


@pytest.fixture(scope="session")
def main_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``store``, ``run`` and ``printed``: the main job on a small world."""

    def build(folder: Path) -> None:
        done = CommandLine(folder)("bench", "brainvis", "--ablate", "freq", "--wide", "--out", "run", *SMALL, *WORLD)
        (folder / "printed").write_text(done.stdout, encoding="utf-8")

    return built_once(tmp_path_factory, "main-run", build)


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with simulated recordings in the format of EEGCVPR40, and the small world of the main job."""

    def build(folder: Path) -> None:
        few = ("--set", "recording.subjects=2", "--set", "recording.pictures_per_class=10")
        CommandLine(folder)("data", "simulate", "--format", "eegcvpr40", "files", *few)

    return built_once(tmp_path_factory, "simulated", build) / "files"


@pytest.fixture(scope="session")
def files_run(simulated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``store``, ``run`` and ``printed``: the main job with every metric on simulated files."""

    def build(folder: Path) -> None:
        job = ("bench", "brainvis", "--profile", "demo-metrics", "--ablate", "freq", "--data", str(simulated))
        done = CommandLine(folder)(*job, "--control", "shuffle", "--wide", "--out", "run", *SMALL)
        (folder / "printed").write_text(done.stdout, encoding="utf-8")

    return built_once(tmp_path_factory, "files-run", build)
