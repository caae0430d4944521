"""What is missing of a Stable Diffusion is named, and one of the wrong kind is refused with both numbers."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny_models

from eegrecon import Conditions, DataError, MissingFiles
from eegrecon_brainvis.components.conditioner import ClipText
from eegrecon_brainvis.components.generator import Cascade
from eegrecon_brainvis.diffusion.files import findings, model_digest, model_path


@pytest.fixture
def model(tiny_model: str, tmp_path: Path) -> Path:
    return Path(shutil.copytree(tiny_model, tmp_path / "model"))


def change(path: Path, **values: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_a_whole_folder_is_found(model: Path) -> None:
    assert model_path(str(model)) == model
    assert all(finding.ok for finding in findings(str(model)))


def test_every_file_that_is_missing_is_named_with_its_size(model: Path) -> None:
    shutil.rmtree(model / "unet")
    (model / "text_encoder" / "model.safetensors").unlink()
    with pytest.raises(MissingFiles) as error:
        model_path(str(model))
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
        ("unet/config.json", {"cross_attention_dim": 768}, "width 768, .* width 16"),
        ("tokenizer/tokenizer_config.json", {"model_max_length": 77}, "77 tokens, .* 12"),
        ("model_index.json", {"_class_name": "FluxPipeline"}, "holds a FluxPipeline; the cascade needs a StableDiff"),
    ],
)
def test_a_model_of_the_wrong_kind_is_refused(model: Path, file: str, values: dict[str, object], told: str) -> None:
    change(model / file, **values)
    with pytest.raises(DataError, match=told):
        model_path(str(model))
    assert [finding for finding in findings(str(model)) if not finding.ok]


def test_an_id_of_the_hub_is_taken_from_its_cache_and_told_by_its_commit(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "0123456789abcdef0123456789abcdef01234567"
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    with pytest.raises(MissingFiles, match=r"hf download who/what"):
        model_path("who/what")
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
        model_path(str(tmp_path / "v1-5.safetensors"))


def test_a_single_file_draws_and_reads_as_the_folder_does(tiny_model: str, tmp_path: Path, run: Any) -> None:
    file = tmp_path / "tiny.safetensors"
    tiny_models.single_file(Path(tiny_model), file)
    ignore = shutil.ignore_patterns("*.safetensors")
    shutil.copytree(tiny_model, tmp_path / "tiny", ignore=ignore)  # the small files alone
    rng = np.random.default_rng(0)
    tokens = rng.standard_normal((2, 12, 16)).astype(np.float32)
    given = Conditions(tokens, np.array([0, 1]), np.array([3, 4]), None)
    cascade = Cascade(model=tiny_model, height=16, width=16, steps=3, refine_steps=3)
    made = [each.generate({}, given, ("star", "moon"), 1, run) for each in (cascade, replace(cascade, model=str(file)))]
    assert made[0].std() > 1
    np.testing.assert_array_equal(made[0], made[1])
    texts = [ClipText(model=address).coarse(("star", "moon"), run) for address in (tiny_model, str(file))]
    np.testing.assert_allclose(texts[0], texts[1], atol=1e-6)
    assert all(finding.ok for finding in findings(str(file)))
