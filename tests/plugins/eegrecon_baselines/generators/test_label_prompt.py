"""The label prompt against the reference method's cascade without its first stage, which shares no code with it."""

from __future__ import annotations

import numpy as np
import pytest

from eegrecon import Conditions, MissingFiles
from eegrecon.testing import PlainRun
from eegrecon_baselines.generators.label_prompt import LabelPrompt
from eegrecon_brainvis.components.generator import Cascade
from eegrecon_shapes.world.pictures import CLASSES

MODEL = "eegrecon_shapes:weights/stable-diffusion"
LABEL, TRIAL = np.array([0, 3, 1, 3]), np.array([5, 9, 2**62, 0])


def drawn(generator: LabelPrompt | Cascade, run: PlainRun, rows: list[int]) -> np.ndarray:
    conditions = Conditions(None, LABEL[rows], TRIAL[rows], None)
    return generator.generate({}, conditions, CLASSES, 2, run).astype(int)


def test_the_pictures_are_those_of_the_cascade_without_semantic_conditioning(run: PlainRun) -> None:
    prompt = LabelPrompt(model=MODEL, height=32, width=32, steps=3, guidance=4.0, batch=3)
    cascade = Cascade(
        semantic=False, model=MODEL, height=32, width=32, scheduler="model", refine_steps=3, refine_guidance=4.0
    )
    pictures = drawn(prompt, run, [0, 1, 2, 3])
    assert np.abs(pictures - drawn(cascade, run, [0, 1, 2, 3])).max() <= 1  # rounding
    assert np.abs(pictures[[2, 1]] - drawn(prompt, run, [2, 1])).max() <= 1  # noise belongs to the trial
    assert np.abs(pictures[1] - pictures[3]).max() > 10  # one class, other noise
    assert np.abs(pictures[:, 0] - pictures[:, 1]).max() > 10


def test_a_model_that_is_not_here_is_named(run: PlainRun) -> None:
    with pytest.raises(MissingFiles, match=r"label-prompt.*nobody/nothing.*hf download"):
        drawn(LabelPrompt(model="nobody/nothing"), run, [0])
