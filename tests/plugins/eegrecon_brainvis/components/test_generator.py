"""The cascade over a random Stable Diffusion of a few thousand parameters: stages, noise, and what it refuses."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from eegrecon import ComponentError, Conditions, InvalidConfiguration, MissingFiles
from eegrecon_brainvis.components.conditioner import ClipText
from eegrecon_brainvis.components.generator import Cascade
from eegrecon_brainvis.diffusion.loading import TextTower, diffusion, text_tower

CLASSES = ("star", "moon", "tree")


@pytest.fixture
def cascade(tiny_model: str) -> Cascade:
    return Cascade(model=tiny_model, height=16, width=16, steps=3, refine_steps=4, batch=4)


@pytest.fixture(scope="session")
def tokens() -> Any:
    return np.random.default_rng(0).standard_normal((5, 12, 16)).astype(np.float32)


def conditions(tokens: Any, rows: Any = range(5), label: Any = (0, 1, 2, 1, 0)) -> Conditions:
    rows = np.array(rows)
    trial = np.array([5, 9, 2**62, 0, 11])
    return Conditions(tokens if tokens is None else tokens[rows], np.array(label)[rows], trial[rows], None)


def made(cascade: Cascade, given: Conditions, run: Any, samples: int = 1) -> Any:
    return cascade.generate({}, given, CLASSES, samples, run)


def differ(a: Any, b: Any) -> int:
    """Greatest difference in grey levels."""
    return int(np.abs(a.astype(int) - b.astype(int)).max())


def test_pictures_have_the_declared_form(cascade: Cascade, tokens: Any, run: Any) -> None:
    pictures = made(cascade, conditions(tokens), run, samples=2)
    assert pictures.shape == (5, 2, *cascade.size, 3)
    assert pictures.dtype == np.uint8
    assert pictures.std() > 1


def test_trials_in_another_order_and_in_other_chunks_give_the_same_pictures(
    cascade: Cascade, tokens: Any, run: Any
) -> None:
    whole = made(cascade, conditions(tokens), run, samples=2)
    order = np.array([3, 0, 4, 2, 1])
    assert differ(made(cascade, conditions(tokens, order), run, samples=2), whole[order]) <= 1  # rounding
    parts = [made(replace(cascade, batch=3), conditions(tokens, rows), run, samples=2) for rows in ([0, 1, 2], [3, 4])]
    assert differ(np.concatenate(parts), whole) <= 1


def test_noise_belongs_to_seed_trial_and_sample(cascade: Cascade, tokens: Any, run: Any) -> None:
    same = np.repeat(tokens[:1], 5, axis=0)
    pictures = made(cascade, conditions(same, label=(0,) * 5), run, samples=2)
    flat = pictures.reshape(10, -1)
    assert len({picture.tobytes() for picture in flat}) == 10
    run.seed = 1
    assert differ(made(cascade, conditions(same, label=(0,) * 5), run, samples=2), pictures) > 5


def test_generation_leaves_torchs_own_generator_alone(cascade: Cascade, tokens: Any, run: Any) -> None:
    before = torch.get_rng_state()
    made(cascade, conditions(tokens), run)
    assert torch.equal(before, torch.get_rng_state())


def test_without_refinement_the_class_does_not_matter(cascade: Cascade, tokens: Any, run: Any) -> None:
    first = replace(cascade, refine=False)
    assert first.needs == {"tokens"}
    pictures = made(first, conditions(tokens), run)
    unlabelled = replace(conditions(tokens), label=None)
    assert np.array_equal(pictures, made(first, unlabelled, run))
    assert differ(pictures, made(cascade, conditions(tokens), run)) > 1


def test_without_semantic_conditioning_the_tokens_do_not_matter(cascade: Cascade, tokens: Any, run: Any) -> None:
    alone = replace(cascade, semantic=False)
    assert alone.needs == {"label"}
    pictures = made(alone, conditions(None), run)
    assert np.array_equal(pictures, made(alone, conditions(tokens), run))
    assert differ(pictures, made(alone, conditions(None, label=(1, 2, 0, 0, 2)), run)) > 0


def test_stage_two_alone_is_the_librarys_text_to_image_of_the_class_name(
    cascade: Cascade, run: Any, tiny_model: str
) -> None:
    from diffusers import StableDiffusionPipeline

    alone = replace(cascade, semantic=False, scheduler="model")
    pictures = made(alone, conditions(None), run)
    library = StableDiffusionPipeline.from_pretrained(
        tiny_model, safety_checker=None, feature_extractor=None, requires_safety_checker=False
    )
    library.set_progress_bar_config(disable=True)
    noise = np.random.default_rng([run.seed, 9, 0]).standard_normal((1, 4, 8, 8), np.float32)  # trial 9, a moon
    wanted = library(
        "moon",
        latents=torch.from_numpy(noise),
        num_inference_steps=4,
        guidance_scale=7.5,
        height=16,
        width=16,
        output_type="np",
    ).images
    assert differ(pictures[1], (wanted * 255).round().astype(np.uint8)) <= 1


def test_a_guidance_of_one_takes_no_second_forward(cascade: Cascade, tokens: Any, run: Any) -> None:
    unet = diffusion(cascade.model, run).from_noise.unet
    seen: list[int] = []
    hook = unet.register_forward_pre_hook(lambda module, given: seen.append(len(given[0])))
    made(replace(cascade, scheduler="ddim"), conditions(tokens, [0, 1]), run)
    hook.remove()
    assert seen == [2] * 3 + [4] * 3  # 3 steps of stage 1; floor(.85 * 4) of stage 2, each with the empty prompt


def test_both_stages_and_all_calls_share_one_model(cascade: Cascade, tokens: Any, run: Any) -> None:
    made(cascade, conditions(tokens), run)
    live = dict(run.live)
    pipelines = diffusion(cascade.model, run)
    assert pipelines.from_noise.unet is pipelines.from_picture.unet
    made(replace(cascade, refine=False), conditions(tokens), run)
    assert all(run.live[name] is live[name] for name in live)


@pytest.mark.parametrize("scheduler", ["pndm", "ddim", "dpm", "euler", "model"])
def test_every_scheduler_makes_pictures_without_a_warning(
    cascade: Cascade, tokens: Any, run: Any, scheduler: Any
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        pictures = made(replace(cascade, scheduler=scheduler), conditions(tokens), run)
    assert len({picture.tobytes() for picture in pictures}) == 5


def test_half_precision_makes_nearly_the_same_picture(cascade: Cascade, tokens: Any, run: Any) -> None:
    exact = made(replace(cascade, refine=False), conditions(tokens), run)
    run.precision = "bf16"
    rough = made(replace(cascade, refine=False), conditions(tokens), run)
    assert 0 < np.abs(exact.astype(int) - rough.astype(int)).mean() < 8


def test_class_names_and_captions_are_embedded_as_the_library_does(tiny_model: str, run: Any) -> None:
    conditioner = ClipText(model=tiny_model, batch=2)
    coarse = conditioner.coarse(CLASSES, run)
    assert coarse.shape == (3, 12, 16)
    assert coarse.dtype == np.float32
    tower = text_tower(tiny_model, run)
    ids = tower.tokenizer("moon", padding="max_length", max_length=12, return_tensors="pt").input_ids
    with torch.no_grad():
        wanted = tower.encoder(ids).last_hidden_state[0]
    np.testing.assert_allclose(coarse[1], wanted.numpy(), atol=1e-5)
    long = conditioner.fine([], ["a moon " * 20, "moon", "moon"], run)
    assert long is not None
    np.testing.assert_array_equal(long[1], coarse[1].astype(np.float16))
    np.testing.assert_array_equal(long[2], long[1])
    assert conditioner.fine([], None, run) is None


def test_generator_and_conditioner_speak_of_the_same_model(cascade: Cascade) -> None:
    conditioner = cascade.conditioner()
    assert isinstance(conditioner, ClipText)
    assert conditioner.model == cascade.model


def test_a_key_tells_a_models_bytes_and_not_its_place(cascade: Cascade, tiny_model: str, tmp_path: Path) -> None:
    import shutil

    copied = tmp_path / "copy"
    shutil.copytree(tiny_model, copied)
    copy = replace(cascade, model=str(copied))
    assert copy.reads() == cascade.reads()
    assert copy.conditioner().reads() == cascade.conditioner().reads()
    config = copied / "unet" / "config.json"
    config.write_text(config.read_text().replace('"sample_size": 8', '"sample_size": 16'))
    assert copy.reads() != cascade.reads()
    assert copy.conditioner().reads() == cascade.conditioner().reads()


def test_a_folder_that_lacks_a_part_of_the_model_is_named(cascade: Cascade, run: Any, tmp_path: Path) -> None:
    with pytest.raises(MissingFiles, match=str(tmp_path)):
        made(replace(cascade, model=str(tmp_path), semantic=False), conditions(None), run)


def test_a_model_that_is_nowhere_is_answered_with_how_to_get_it(
    run: Any, monkeypatch: pytest.MonkeyPatch, cascade: Cascade
) -> None:
    import huggingface_hub.constants

    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(MissingFiles, match="hf download nobody/nothing"):
        made(replace(cascade, model="nobody/nothing", semantic=False), conditions(None), run)


def test_tokens_and_labels_that_are_needed_must_be_given(cascade: Cascade, tokens: Any, run: Any) -> None:
    with pytest.raises(ComponentError, match="no tokens"):
        made(cascade, conditions(None), run)
    with pytest.raises(ComponentError, match="no label"):
        made(cascade, replace(conditions(tokens), label=None), run)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"semantic": False, "refine": False}, "keep one of semantic and refine"),
        ({"strength": 0.0}, "leaves no step"),
        ({"strength": 0.1, "refine_steps": 5}, "leaves no step"),
        ({"height": 30}, "multiples of 8"),
        ({"batch": 0}, "at least 1"),
    ],
)
def test_settings_that_make_no_picture_are_refused(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidConfiguration, match=reason):
        Cascade(**fields)


def test_class_names_are_embedded_once_for_all_calls(
    cascade: Cascade, tokens: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    embed, asked = TextTower.embed, []

    def counted(self: TextTower, texts: Any, batch: int, run: Any) -> Any:
        asked.append(tuple(texts))
        return embed(self, texts, batch, run)

    monkeypatch.setattr(TextTower, "embed", counted)
    made(cascade, conditions(tokens), run)
    made(replace(cascade, semantic=False), conditions(None), run)
    assert asked == [("", *CLASSES)]
