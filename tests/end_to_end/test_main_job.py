"""The main job through the command line, on a world small enough for a test: real networks, few epochs and steps."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from eegrecon.results import Result, load

ROOT = Path(__file__).parent.parent
Call = Callable[..., str]
EPOCHS = (
    "encoder.epochs",
    "encoder.time.epochs",
    "encoder.time.pretrain.epochs",
    "encoder.freq.epochs",
    "aligner.epochs",
)
STEPS = ("generator.steps=2", "generator.refine_steps=3")
SMALL = [word for text in (*(f"{name}=1" for name in EPOCHS), *STEPS) for word in ("--set", text)]
WORLD = ["--set", "dataset.recording.subjects=2", "--set", "dataset.recording.pictures_per_class=10"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("end-to-end")


@pytest.fixture
def eegrecon(shared: Path) -> Call:
    def call(*arguments: str, store: str = "store", code: int = 0) -> str:
        environment = {**os.environ, "EEGRECON_HOME": str(shared / store), "COLUMNS": "200"}
        command = [sys.executable, "-m", "eegrecon", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, cwd=shared, env=environment)
        assert done.returncode == code, done.stderr
        return done.stdout

    return call


def generated(folder: Path) -> dict[str, str]:
    """Checksums of everything that was generated into a store, by key."""
    return {meta.parent.name: json.loads(meta.read_text())["checksum"] for meta in folder.glob("generate/*/meta.json")}


def test_the_main_job_prints_its_table_and_leaves_its_folder(eegrecon: Call, shared: Path) -> None:
    printed = eegrecon("bench", "brainvis", "--ablate", "freq", "--out", "first", *SMALL, *WORLD)
    for text in (
        "Full", "w/o frequency branch", "EEG shuffled across test trials", "only the predicted class",
        "top-1 ↑", "top-3 ↑", "macro F1 ↑", "identification ↑", "IS ↑", "FID ↓", "n=48", "BrainVis, published †",
        "0.477", "NOT comparable",
    ):  # fmt: skip
        assert text in printed, f"{text} is not in the table"
    result = load(shared / "first")
    assert {score.n for row in result.rows for score in row.scores} == {24}
    assert all(np.isfinite(score.value) for row in result.rows for score in row.scores)
    with Image.open(shared / "first" / "pictures.png") as grid:
        assert grid.size[0] > 800


def test_a_second_run_is_all_hits(eegrecon: Call, shared: Path) -> None:
    printed = eegrecon("bench", "brainvis", "--ablate", "freq", "--out", "second", *SMALL, *WORLD)
    assert " 0 made" in printed
    assert (shared / "second" / "table.csv").read_text() == (shared / "first" / "table.csv").read_text()


LOOKS = ("--audit", "trial-overlap,picture-overlap,block-design,drift,copies,sample-size,determinism")
IGNORANT = ("--set", "dataset.recording.snr=0", "--set", "dataset.recording.drift=1")


def test_an_audit_fails_on_drifting_data_and_marks_every_number(eegrecon: Call, shared: Path) -> None:
    printed = eegrecon("bench", "brainvis", *LOOKS, *IGNORANT, "--out", "drifting", *SMALL, *WORLD)
    assert "‡ audit drift: FAIL" in printed
    said = json.loads(eegrecon("audit", "drifting", "--json", code=3))
    assert {one["name"]: one["verdict"] for one in said}["drift"] == "FAIL"
    assert all(summary.marks for row in load(shared / "drifting").rows for summary in row.summaries)


def test_an_audit_passes_on_clean_data_of_the_same_design(eegrecon: Call, shared: Path) -> None:
    eegrecon("bench", "brainvis", *LOOKS, "--out", "clean", *SMALL, *WORLD)
    printed = eegrecon("audit", "clean")
    assert "no drift is seen" in printed
    assert not any(summary.marks for row in load(shared / "clean").rows for summary in row.summaries)


def test_the_method_comes_out_alike_twice(eegrecon: Call) -> None:
    said = json.loads(eegrecon("audit", "clean", "--twice", "--json", "--quiet"))
    assert {one["name"]: one["verdict"] for one in said}["determinism"] == "PASS"


METRICS = (
    "top-1 ↑", "retrieval top-1 ↑", "median rank ↓", "identification ↑", "IS ↑", "FID ↓", "KID ↓", "class error ↓",
    "tilt error ↓", "two-way ↑", "CLIP similarity ↑", "SSIM ↑", "pixel correlation ↑",
)  # fmt: skip


def test_every_metric_prints(eegrecon: Call) -> None:
    printed = eegrecon("bench", "brainvis", "--profile", "demo-metrics", "--ablate", "freq", *SMALL, *WORLD)
    assert [name for name in METRICS if name not in printed] == []
    assert "itself misreads: class 0.0%" in printed


def test_the_python_page_runs_as_it_stands(eegrecon: Call, shared: Path) -> None:
    """Its benchmark is the shortened one of these tests: only the values that it sets are added to the call."""
    blocks = re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "python.md").read_text(), re.DOTALL)
    settings = [word for word in (*SMALL, *WORLD) if word != "--set"]
    code = "\n".join(blocks).replace('ablate=["freq"], quiet', f'ablate=["freq"], set={settings!r}, quiet')
    environment = {**os.environ, "EEGRECON_HOME": str(shared / "store")}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=shared, env=environment)
    assert done.returncode == 0, done.stderr
    assert "did you mean 'freq'" in done.stdout
    assert "w/o frequency branch" in done.stdout


def test_two_runs_with_one_seed_agree_bit_for_bit(eegrecon: Call, shared: Path) -> None:
    eegrecon("bench", "brainvis", "--ablate", "freq", "--out", "third", *SMALL, *WORLD, store="other")
    first, other = generated(shared / "store"), generated(shared / "other")
    assert len(other) == 5 * 2  # rows of the table, subjects
    assert other.items() <= first.items()  # where other tests have left theirs too


def test_the_same_job_runs_on_files_in_the_real_format(eegrecon: Call, shared: Path) -> None:
    few = ("--set", "recording.subjects=2", "--set", "recording.pictures_per_class=10")
    eegrecon("data", "simulate", "--format", "eegcvpr40", "files", *few)
    assert "MISSING" not in eegrecon("data", "check", "files")
    printed = eegrecon("bench", "brainvis", "--data", "files", "--ablate", "freq", "--out", "real", *SMALL)
    assert "dataset.eegcvpr40" in printed
    result = load(shared / "real")
    assert rows_of(result) == rows_of(load(shared / "first"))
    assert all(np.isfinite(score.value) for row in result.rows for score in row.scores)


def test_every_metric_prints_on_files_in_the_real_format(eegrecon: Call) -> None:
    printed = eegrecon("bench", "brainvis", "--profile", "demo-metrics", "--data", "files", "--ablate", "freq", *SMALL)
    assert [name for name in METRICS if name not in printed] == []


def rows_of(result: Result) -> list[str]:
    return [row.label for row in result.rows]


def test_without_captions_the_fine_target_is_off_and_the_row_says_so(eegrecon: Call, shared: Path) -> None:
    (shared / "files" / "captions.csv").rename(shared / "captions.csv")
    printed = eegrecon("bench", "brainvis", "--data", "files", "--control", "none", "--subjects", "1", *SMALL)
    assert "Full: no captions: the aligner is trained without its fine target" in printed


def test_the_plugin_of_the_readme_runs(eegrecon: Call, shared: Path) -> None:
    code = re.search(r"```python\n(# band_power\.py\n.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    assert code is not None
    (shared / "band_power.py").write_text(code[1])
    arguments = ("--plugin", "band_power.py", "--set", "encoder=band-power", "--ablate", "gamma", "--out", "plugin")
    epochs = ("--set", "aligner.epochs=1", "--set", "generator.steps=2", "--set", "generator.refine_steps=3")
    printed = eegrecon("bench", "brainvis", *arguments, *epochs, *WORLD)
    assert "w/o gamma band" in printed
    assert "the encoder was not trained along" in printed
