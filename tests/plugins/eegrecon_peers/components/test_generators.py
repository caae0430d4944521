"""The generators on the embedded world's diffusion model: what steers their pictures, and what does not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eegrecon import Conditions, InvalidConfiguration, Montage, Signals, Targets, Training, Trials
from eegrecon.testing import PlainRun
from eegrecon_baselines.generators.label_prompt import LabelPrompt
from eegrecon_peers.components.gwit import Gwit
from eegrecon_peers.components.tuned_diffusion import TunedDiffusion
from eegrecon_peers.components.unclip import UnClip
from eegrecon_shapes.world.pictures import CLASSES

MODEL = "eegrecon_shapes:weights/stable-diffusion"
N = 6


@pytest.fixture
def data() -> Training:
    """Six trials of white noise, of which two are for validation."""
    rng = np.random.default_rng(0)
    eeg, rows = rng.standard_normal((N, 4, 40)).astype(np.float32), np.arange(N)
    trials = Trials(eeg, np.ones(N, int), rows, rows % 3, rows)
    pictures = [rng.integers(0, 256, (32, 32, 3), np.uint8) for _ in rows]
    montage = Montage(("a", "b", "c", "d"), 100.0, 0.0, "uV")
    return Training(trials.take(rows[:4]), trials.take(rows[4:]), pictures, None, CLASSES, montage)


def conditions(**given: Any) -> Conditions:
    eeg = np.random.default_rng(1).standard_normal((3, 4, 40)).astype(np.float32)
    trial = np.array([5, 9, 2**62])
    signals = Signals(eeg, np.ones(3, int), trial)
    return replace(Conditions(None, np.array([0, 3, 1]), trial, signals), **given)


def greatest(one: Any, other: Any) -> int:
    """Greatest difference in grey levels."""
    return int(np.abs(one.astype(int) - other.astype(int)).max())


def test_a_branch_that_adds_nothing_leaves_the_label_prompt(data: Training, run: PlainRun) -> None:
    gwit = replace(Gwit.small(), scheduler="model", epochs=1, rate=1e-12)  # a rate that changes nothing visible
    weights = gwit.fit(None, None, data, Targets(np.zeros((12, 1, 1)), None), run)  # type: ignore[arg-type]
    pictures = gwit.generate(weights, conditions(), CLASSES, 1, run)
    prompt = LabelPrompt(model=MODEL, height=32, width=32, steps=2, guidance=1.0)
    assert greatest(pictures, prompt.generate({}, conditions(), CLASSES, 1, run)) <= 1


def test_pictures_of_gwit_change_with_the_eeg_and_with_the_class(data: Training, run: PlainRun) -> None:
    gwit = replace(Gwit.small(), rate=3e-2)
    weights = gwit.fit(None, None, data, Targets(np.zeros((12, 1, 1)), None), run)  # type: ignore[arg-type]
    given = conditions()
    assert given.signals is not None
    pictures = gwit.generate(weights, given, CLASSES, 1, run)
    other = replace(given.signals, eeg=given.signals.eeg[::-1].copy())
    assert (
        greatest(pictures, gwit.generate(weights, replace(given, signals=other), CLASSES, 1, run)) > 0
    )  # after two steps of training
    assert greatest(pictures, gwit.generate(weights, replace(given, label=given.label + 1), CLASSES, 1, run)) > 3
    alone = replace(gwit, prompt=False)
    assert alone.needs == {"signals"}
    with pytest.raises(InvalidConfiguration, match="nothing steers"):
        replace(alone, control=False)


def test_pictures_of_unclip_change_with_the_embedding_alone(data: Training, run: PlainRun) -> None:
    unclip = UnClip.small()
    targets = Targets(np.zeros((12, 1, 64)), np.random.default_rng(2).standard_normal((N, 1, 64)))
    weights = unclip.fit(None, None, data, targets, run)  # type: ignore[arg-type]
    embedded = np.random.default_rng(3).standard_normal((3, 1, 64)).astype(np.float32)
    pictures = unclip.generate(weights, conditions(tokens=embedded), CLASSES, 1, run)
    same = unclip.generate(weights, conditions(tokens=embedded, label=None, signals=None), CLASSES, 1, run)
    assert np.array_equal(pictures, same)
    assert greatest(pictures, unclip.generate(weights, conditions(tokens=-embedded), CLASSES, 1, run)) > 3
    assert replace(unclip, image=False).needs == {"label"}


def test_an_image_prompt_learns_nothing_from_pictures_whose_embedding_is_dropped(data: Training, run: PlainRun) -> None:
    def trained(dropped: float, sign: float) -> Any:
        unclip = replace(UnClip.small(), dropped=dropped, timed=True, batch=2)
        targets = Targets(np.zeros((12, 1, 64)), sign * np.random.default_rng(2).standard_normal((N, 1, 64)))
        weights = unclip.fit(None, None, data, targets, run.nested(f"{dropped} {sign}"))  # type: ignore[arg-type]
        return weights["branch.timed.weight"]

    assert not trained(1.0, 1.0).any()  # of no embedding there is no gradient
    assert trained(0.0, 1.0).any()


def test_fine_tuning_changes_the_cross_attention_of_a_copy(data: Training, run: PlainRun) -> None:
    tuned = replace(TunedDiffusion.small(), rate=1e-2)
    rng = np.random.default_rng(4)
    targets = Targets(rng.standard_normal((12, 16, 64)).astype(np.float32), None)
    tokens = targets.coarse[[0, 3, 1]]
    plain = replace(tuned, attention=False)
    before = plain.generate({}, conditions(tokens=tokens), CLASSES, 1, run)
    weights = tuned.fit(None, None, data, targets, run)  # type: ignore[arg-type]
    assert {name.split(".")[0] for name in weights} == {"attention"}
    after = tuned.generate(weights, conditions(tokens=tokens), CLASSES, 1, run)
    assert greatest(before, after) > 3
    assert greatest(before, plain.generate({}, conditions(tokens=tokens), CLASSES, 1, run)) == 0
