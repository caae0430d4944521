"""What is missing of a Stable Diffusion is named, and one of the wrong kind is refused with both numbers."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from eegrecon import DataError, MissingFiles
from eegrecon_brainvis.model_files import findings, found, model_digest


@pytest.fixture
def model(tiny_model: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_whole_folder_is_found(model: Path) -> None:
    assert found(str(model)) == model
    assert all(finding.ok for finding in findings(str(model)))


def test_every_file_that_is_missing_is_named_with_its_size(model: Path) -> None:
    shutil.rmtree(model / "unet")
    (model / "text_encoder" / "model.safetensors").unlink()
    with pytest.raises(MissingFiles) as error:
        found(str(model))
    for words in (
        "unet/config.json",
        "unet/diffusion_pytorch_model.safetensors (3438 MB)",
        "model.safetensors (492 MB)",
    ):
        assert words in str(error.value)
    assert "vae" not in str(error.value).split("Fetch")[0].split("lacks")[1]
    assert sum(not finding.ok for finding in findings(str(model))) == 4  # three files, and how to get them


@pytest.mark.parametrize(
    ("file", "values", "told"),
    [
        ("unet/config.json", {"cross_attention_dim": 768}, "steered by tokens of width 768, .* of width 16"),
        ("tokenizer/tokenizer_config.json", {"model_max_length": 77}, "makes 77 tokens, its text encoder takes 12"),
        ("model_index.json", {"_class_name": "FluxPipeline"}, "holds a FluxPipeline; the cascade needs a StableDiff"),
    ],
)
def test_a_model_of_the_wrong_kind_is_refused(model: Path, file: str, values: dict[str, object], told: str) -> None:
    change(model / file, **values)
    with pytest.raises(DataError, match=told):
        found(str(model))
    assert [finding for finding in findings(str(model)) if not finding.ok]


def test_an_id_of_the_hub_is_taken_from_its_cache_and_told_by_its_commit(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(MissingFiles, match=r"hf download who/what"):
        found("who/what")
    cached = tmp_path / "hub" / "models--who--what"
    shutil.copytree(model, cached / "snapshots" / commit)
    (cached / "refs").mkdir()
    (cached / "refs" / "main").write_text(commit)
    assert model_digest("who/what") == f"hub:who/what@{commit}"


def test_a_single_file_needs_the_small_files_beside_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    (tmp_path / "v1-5.safetensors").write_bytes(b"weights")
    with pytest.raises(MissingFiles, match=r"make a folder .*v1-5 with model_index\.json, scheduler"):
        found(str(tmp_path / "v1-5.safetensors"))
