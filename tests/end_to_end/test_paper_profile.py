"""The paper's profile through the command line, scaled down by nothing but ``--set``, on files of the real formats."""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

import tiny_models
from eegrecon import load

Call = Callable[..., str]
GOLDEN = Path(__file__).parent / "golden" / "brainvis_small.safetensors"
JOINT = "align.pretrained_model."
TIME = {"width": 32, "blocks": 2, "heads": 4}
SIZES = {
    **{f"encoder.time.{name}": size for name, size in TIME.items()},
    **{f"encoder.time.pretrain.{name}": size for name, size in TIME.items()},
    "encoder.time.pretrain.regressor_blocks": 2, "encoder.time.pretrain.codewords": 20,
    "encoder.epochs": 1, "encoder.time.epochs": 1, "encoder.time.pretrain.epochs": 1, "encoder.freq.epochs": 1,
}  # fmt: skip
PICTURES = {
    "aligner.epochs": 1, "aligner.widths": "[32,16]", "generator.model": "sd/model", "generator.height": 16,
    "generator.width": 16, "generator.steps": 2, "generator.refine_steps": 2, "metric.identification.n": 5,
    **{f"metric.{name}.judge": "shapes-judge" for name in ("identification", "inception-score", "fid")},
}  # fmt: skip
PAPER = ("bench", "brainvis", "--profile", "paper", "--data", "simulated", "--subjects", "1", "--audit", "none")


def fields(values: dict[str, object]) -> list[str]:
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with simulated recordings in the form of EEGCVPR40 and a small Stable Diffusion."""
    folder = tmp_path_factory.mktemp("paper")
    (folder / "sd").mkdir()
    tiny_models.stable_diffusion(folder / "sd")
    small = ("--set", "recording.subjects=2", "--set", "recording.pictures_per_class=10")
    run(folder, "data", "simulate", "--format", "eegcvpr40", "simulated", *small)
    return folder


def run(folder: Path, *arguments: str, code: int = 0) -> str:
    environment = {**os.environ, "EEGRECON_HOME": str(folder / "store"), "COLUMNS": "200"}
    command = [sys.executable, "-m", "eegrecon", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_the_whole_profile_runs_and_stands_beside_the_published_numbers(place: Path) -> None:
    printed = run(place, *PAPER, "--ablate", "refine", "--control", "none", "--out", "table", *fields(SIZES | PICTURES))
    result = load(place / "table")
    labels = [row.label for row in result.rows]
    assert labels == ["Full", "w/o refinement"]
    assert not any(row.failed or row.refused for row in result.rows)
    assert len({stage.kind for stage in result.stages.values()} & {"targets", "align-fit", "generate"}) == 3
    assert sum(stage.name == "targets" for stage in result.stages.values()) <= 1
    full, published = [row for row in result.table() if row["row"].startswith(("Full", "BrainVis"))][:2]
    assert published["identification"] == 0.4546
    assert published["identification difference"] == pytest.approx(full["identification"] - 0.4546)
    for words in ("this run is not the paper's: ", "encoder.time.width=32", "protocol within-image: rules out"):
        assert words in printed
    assert (place / "table" / "pictures.png").is_file()


@pytest.mark.parametrize("protocol", ["published", "cross-subject", "late-trials"])
def test_every_protocol_runs(place: Path, protocol: str) -> None:
    folder = place / protocol
    shutil.copytree(place / "simulated", folder)
    names = sorted(path.stem for path in folder.glob("image/*/*"))
    (folder / "image_order.txt").write_text("\n".join(names))
    without = {"generator": "none", "aligner": "none"}
    asked = ("--protocol", protocol, "--control", "none", "--out", f"{protocol}-run", *fields(SIZES | without))
    printed = run(place, *PAPER[:5], protocol, *PAPER[6:], *asked)
    assert f"protocol {protocol}: rules out" in printed
    assert ("selected on test" in printed) == (protocol == "published")


def test_what_is_missing_is_named_with_its_size_and_its_place(place: Path) -> None:
    told = run(place, *PAPER, code=1)
    for words in (
        "unet/diffusion_pytorch_model.safetensors (3438 MB)",
        "hf download stable-diffusion-v1-5/",
        "generator.model",
    ):
        assert words in told
    listed = run(place, "doctor", "--profile", "paper", "--data", "simulated", code=3)
    for words in (
        "ok       brainvis, dataset: captions.csv: 120 captions",
        "PROBLEM  brainvis, generator: unet/diffusion_pytorch_model.safetensors (3438 MB",
        "PROBLEM  brainvis, judge of identification: no weights at",
        "PROBLEM  brainvis, judge of fid: no weights at",
    ):
        assert words in listed
    found = run(place, "doctor", "--profile", "paper", "--data", "simulated", *fields(PICTURES))
    assert "PROBLEM" not in found
    assert "ok       brainvis, generator: unet/diffusion_pytorch_model.safetensors" in found


def test_published_checkpoints_go_straight_to_evaluation(place: Path) -> None:
    state = load_file(GOLDEN)
    parts = {"time": f"{JOINT}pretrained_model_time.", "freq": f"{JOINT}pretrained_model_freq."}
    for name, prefix in parts.items():
        tensors = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        torch.save(tensors, place / f"{name}.pth")
    files, where = ("time.pth", "freq.pth"), ("--data", "simulated", "--subject", "1")
    without = {"aligner": "none", "generator": "none"}
    chosen = fields({**SIZES, "encoder.freq.epochs": 7, "encoder.time.pretrain.epochs": 7, **without})
    told = run(place, "data", "import-checkpoint", "brainvis", *files, *where, *chosen)
    assert "numbers from freq.pth" in told
    again = run(place, "data", "import-checkpoint", "brainvis", *files, *where, *chosen, code=2)
    assert "is in the store already; --replace" in again
    printed = run(place, *PAPER, "--control", "none", *chosen)
    assert "weights imported from time.pth" in printed
    assert "on which trials they were trained and chosen is not known" in printed
    narrow = fields({**SIZES, "encoder.time.width": 16, "encoder.time.pretrain.width": 16, **without})
    other = run(place, "data", "import-checkpoint", "brainvis", "time.pth", *where, "--replace", *narrow, code=1)
    assert "does not fit" in other
    assert "16" in other


def test_captions_are_written_one_per_picture_and_go_on_where_they_were_left(place: Path) -> None:
    folder = place / "captioned"
    shutil.copytree(place / "simulated", folder)
    (folder / "captions.csv").unlink()
    tiny_models.image_to_text(place / "captioner")
    told = run(place, "data", "caption", "captioned", "--model", "captioner")
    assert "120" in told
    whole = (folder / "captions.csv").read_text()
    rows = list(csv.DictReader(whole.splitlines()))
    assert len({row["image"] for row in rows}) == 120
    assert all(row["caption"] and row["model"].startswith("captioner@") for row in rows)
    lines = whole.splitlines(keepends=True)
    (folder / "captions.csv").write_text("".join(lines[:40]) + lines[40][:9])  # stopped in the middle of a line
    run(place, "data", "caption", "captioned", "--model", "captioner")
    assert (folder / "captions.csv").read_text() == whole
    tiny_models.image_to_text(place / "another", seed=1)
    assert "holds captions by captioner@" in run(place, "data", "caption", "captioned", "--model", "another", code=2)
    assert "hf download nobody/nothing" in run(
        place, "data", "caption", "captioned", "--model", "nobody/nothing", code=1
    )
    assert np.isin([row["image"] for row in rows], [path.stem for path in folder.glob("image/*/*")]).all()
