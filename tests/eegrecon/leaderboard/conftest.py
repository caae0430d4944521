"""A submission of the toy benchmark, packed once, and copies of it to alter."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jobs import Heard, built_once
from submissions import PLUGIN, benchmark

import eegrecon
from eegrecon.leaderboard.submission.packing import About, pack
from eegrecon.leaderboard.verification.truth import Verifier
from eegrecon.pipeline.storage.store import Store

ABOUT = About("A method", "none", "none")


@pytest.fixture(scope="session")
def toy_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``toy.toml``, ``store``, ``run`` and ``submission``: the toy benchmark with two controls."""

    def build(folder: Path) -> None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("EEGRECON_HOME", str(folder / "store"))
            eegrecon.bench(
                str(benchmark(folder)),
                control=("shuffle", "predicted-label"),
                audit=("none",),
                plugins=[PLUGIN],
                out=folder / "run",
                quiet=True,
            )
        pack(folder / "run", folder / "submission", ABOUT, Store(folder / "store"), "0.1.0")

    return built_once(tmp_path_factory, "toy-submission", build)


@pytest.fixture
def submission(toy_folder: Path, tmp_path: Path) -> Path:
    """A copy of the submission's folder, to be altered."""
    return Path(shutil.copytree(toy_folder / "submission", tmp_path / "submission"))


@pytest.fixture
def verifier(toy_folder: Path) -> Verifier:
    """A verifier with the toy benchmark and a store of its own."""
    store = Store(toy_folder / "verifier")
    return Verifier(store, Heard(), benchmark=str(toy_folder / "toy.toml"), plugins=(PLUGIN,))
