"""The profiles whose answer is known: what linear readers find in the EEG of each, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from jobs import Job

from eegrecon.benchmark.options import Options
from eegrecon_shapes.dataset import Shapes
from eegrecon_shapes.training.calibrate import read
from eegrecon_shapes.world.pictures import ATTRIBUTES

FEW = 25  # pictures of each class, to save time: 18 to train and 5 to test
READ = (("shape", "evoked"), ("shape", "power"), ("colour", "evoked"), ("colour", "power"))


@pytest.mark.parametrize(
    ("profile", "readable"),
    [
        ("known-none", set()),
        ("known-drift", {("shape", "evoked")}),
        ("known-time", {("shape", "evoked")}),
        ("known-rhythm", {("shape", "power")}),
        ("known-class", {("shape", "evoked"), ("shape", "power")}),
        ("known-structure", {("shape", "evoked"), ("shape", "power"), ("colour", "evoked")}),
    ],
)
def test_linear_readers_find_what_is_there_and_nothing_else(
    store: object, profile: str, readable: set[tuple[str, str]]
) -> None:
    dataset = Job(Options("brainvis", profile=profile)).request.full.dataset
    assert isinstance(dataset, Shapes)
    found = read(replace(dataset.recording, pictures_per_class=FEW), 1, ("shape", "colour"), ("evoked", "power"))
    for attribute, reader in READ:
        chance = 1 / len(ATTRIBUTES[attribute])
        limit = chance + 3.2 * (chance * (1 - chance) / (FEW // 5 * len(ATTRIBUTES["shape"]))) ** 0.5
        assert (found[attribute, reader] > limit) == ((attribute, reader) in readable), (attribute, reader)
