"""What is shipped: a genuine pipeline, a CLIP whose text tower it shares, and a judge that can be trusted."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import open_clip
import pytest
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionPipeline
from torch_fidelity.registry import FEATURE_EXTRACTORS_REGISTRY
from transformers import CLIPTextModel, CLIPTokenizer

from eegrecon import MissingFiles
from eegrecon.resources import locate
from eegrecon.testing import PlainRun
from eegrecon_shapes.judge import ShapesJudge
from eegrecon_shapes.world.captions import captions, vocabulary
from eegrecon_shapes.world.pictures import ATTRIBUTES, CLASSES, chosen, draw

FOLDER = Path(str(locate("eegrecon_shapes:weights")))
PIPELINE = FOLDER / "stable-diffusion"
SENTENCES = ["", "star", *captions(chosen(np.arange(24) % 12, np.random.default_rng(5)))]


@pytest.fixture(scope="module")
def pipeline() -> StableDiffusionPipeline:
    """The pipeline, loaded as anybody would; warnings are errors here."""
    made = StableDiffusionPipeline.from_pretrained(PIPELINE, safety_checker=None).to(torch.float32)
    made.set_progress_bar_config(disable=True)
    return made


def test_all_weights_together_take_at_most_20_megabytes() -> None:
    files = [file for file in FOLDER.rglob("*") if file.is_file()]
    assert sum(file.stat().st_size for file in files) <= 20e6
    assert not [file for file in files if file.suffix in {".bin", ".pt", ".pth", ".pkl", ".npz"}]


def test_every_word_of_a_caption_is_one_token() -> None:
    tokenizer = CLIPTokenizer.from_pretrained(PIPELINE / "tokenizer")
    for word in vocabulary():
        assert len(tokenizer(word).input_ids) == 3, word  # between the two marks


def test_no_caption_is_cut() -> None:
    tokenizer = CLIPTokenizer.from_pretrained(PIPELINE / "tokenizer")
    attributes = chosen(np.arange(2400) % 12, np.random.default_rng(6))
    longest = max(len(ids) for ids in tokenizer(list(captions(attributes))).input_ids)
    assert longest <= tokenizer.model_max_length == 16


def test_open_clip_reads_the_same_tokens_as_transformers() -> None:
    ours = CLIPTokenizer.from_pretrained(PIPELINE / "tokenizer")
    theirs = open_clip.get_tokenizer(f"local-dir:{FOLDER / 'clip'}")
    ids = ours(SENTENCES, padding="max_length", max_length=16, truncation=True, return_tensors="pt").input_ids
    assert torch.equal(theirs(SENTENCES), ids)


def test_the_text_encoder_of_the_pipeline_is_the_text_tower_of_the_clip() -> None:
    clip = open_clip.create_model(f"local-dir:{FOLDER / 'clip'}").eval()
    tower = CLIPTextModel.from_pretrained(PIPELINE / "text_encoder").float().eval()
    ids = open_clip.get_tokenizer(f"local-dir:{FOLDER / 'clip'}")(SENTENCES)
    hidden: list[torch.Tensor] = []
    clip.ln_final.register_forward_hook(lambda module, given, made: hidden.append(made))
    with torch.no_grad():
        pooled = clip.encode_text(ids)
        mine = tower(ids)
    assert torch.allclose(mine.last_hidden_state, hidden[0], atol=1e-5)
    assert torch.allclose(mine.pooler_output @ clip.text_projection, pooled, atol=1e-5)


def test_the_clip_finds_the_caption_of_a_picture() -> None:
    clip, _, preprocess = open_clip.create_model_and_transforms(f"local-dir:{FOLDER / 'clip'}")
    attributes = chosen(np.arange(48) % 12, np.random.default_rng(7))
    pixels = torch.from_numpy(draw(attributes, np.random.default_rng(7))).permute(0, 3, 1, 2).float() / 127.5 - 1
    ids = open_clip.get_tokenizer(f"local-dir:{FOLDER / 'clip'}")(list(captions(attributes)))
    with torch.no_grad():
        seen = clip.eval().encode_image(pixels, normalize=True)
        read = clip.encode_text(ids, normalize=True)
    found = (seen @ read.T).argmax(1) == torch.arange(48)
    assert found.float().mean() > 0.5  # chance: 1 in 48
    assert preprocess.transforms[-1].mean == [0.5] * 3 or tuple(preprocess.transforms[-1].mean) == (0.5,) * 3


def test_the_pipeline_makes_pictures_and_shares_its_parts_with_img2img(pipeline: StableDiffusionPipeline) -> None:
    generator = torch.Generator().manual_seed(1)
    first = pipeline(["a large red star"], num_inference_steps=2, guidance_scale=1.0, generator=generator)
    assert first.images[0].size == (32, 32)
    refiner = StableDiffusionImg2ImgPipeline(**pipeline.components, requires_safety_checker=False)
    refiner.set_progress_bar_config(disable=True)
    assert refiner.unet is pipeline.unet
    made = refiner(["star"], image=first.images, strength=0.5, num_inference_steps=4, guidance_scale=2.0)
    assert made.images[0].size == (32, 32)


def test_a_generated_picture_has_the_colours_and_the_place_that_were_asked_for(
    pipeline: StableDiffusionPipeline, tmp_path: Path
) -> None:
    attributes = chosen(np.arange(12), np.random.default_rng(8))
    generator = torch.Generator().manual_seed(8)
    settings = {"num_inference_steps": 10, "guidance_scale": 1.0, "generator": generator, "output_type": "np"}
    made = np.rint(pipeline(list(captions(attributes)), **settings).images * 255).astype(np.uint8)
    view = ShapesJudge().look(made, PlainRun(tmp_path))
    for name in ("colour", "background", "place"):
        assert (view[name].argmax(1) == getattr(attributes, name)).sum() >= 9, name


def test_the_judge_reads_fresh_pictures(tmp_path: Path) -> None:
    attributes = chosen(np.arange(600) % 12, np.random.default_rng(9))
    view = ShapesJudge().look(draw(attributes, np.random.default_rng(10)), PlainRun(tmp_path))
    assert view["features"].shape == (600, 64)
    assert ShapesJudge().classes == CLASSES
    for name, values in ATTRIBUTES.items():
        scores = view["logits" if name == "shape" else name]
        assert scores.shape == (600, len(values))
        assert np.mean(scores.argmax(1) == getattr(attributes, name)) > 0.98, name


def test_the_judge_is_an_extractor_of_torch_fidelity(tmp_path: Path) -> None:
    pixels = draw(chosen(np.arange(4), np.random.default_rng(11)), np.random.default_rng(11))
    view = ShapesJudge().look(pixels, PlainRun(tmp_path))
    made = FEATURE_EXTRACTORS_REGISTRY["eegrecon-shapes-judge"]("eegrecon-shapes-judge", ["logits", "features"])
    with torch.no_grad():
        logits, features = made(torch.from_numpy(pixels).permute(0, 3, 1, 2))
    assert np.allclose(logits, view["logits"])
    assert np.allclose(features, view["features"])


def test_the_pipeline_folder_names_only_public_classes() -> None:
    index = json.loads((PIPELINE / "model_index.json").read_text())
    parts = {name: value for name, value in index.items() if isinstance(value, list) and value[0]}
    assert {library for library, _ in parts.values()} == {"diffusers", "transformers"}
    assert all((PIPELINE / name).is_dir() for name in parts)


@pytest.mark.parametrize("address", ["/no/where", ""])
def test_a_judge_without_its_weights_is_refused_before_it_looks(address: str, tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match="shapes-judge.weights"):
        ShapesJudge(weights=address).reads()
    (tmp_path / "empty").mkdir()
    with pytest.raises(MissingFiles, match="empty"):
        ShapesJudge(weights=str(tmp_path / "empty")).reads()
