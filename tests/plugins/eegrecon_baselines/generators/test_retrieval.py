"""Retrieval against scikit-learn's nearest neighbours, and its declaration in a run."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PIL import Image
from sklearn.neighbors import NearestNeighbors

from eegrecon import Conditions, Fitted, Targets, Thumbnails, Training
from eegrecon.testing import PlainRun
from eegrecon_baselines.encoders.chance import Chance
from eegrecon_baselines.generators.retrieval import Retrieval

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def data(world: Any) -> Training:
    """150 training trials of 75 pictures, 32 by 32, each shown twice."""
    data: Training = world.training(0.0, 0.0)
    pictures = list(RNG.integers(0, 256, (210, 32, 32, 3), dtype=np.uint8))
    image = np.repeat(np.arange(75), 2)
    return replace(data, train=replace(data.train, image=image), pictures=pictures)


def asked(tokens: np.ndarray) -> Conditions:
    return Conditions(tokens, None, np.arange(len(tokens)), None)


def generated(generator: Retrieval, data: Training, targets: Targets, tokens: np.ndarray, run: PlainRun) -> np.ndarray:
    weights = generator.fit(Fitted(Chance(), {}), None, data, targets, run)
    return generator.generate(weights, asked(tokens), data.classes, 3, run)


def test_the_pictures_are_the_nearest_neighbours_of_scikit_learn(data: Training, run: PlainRun) -> None:
    fine = 3.0 + RNG.standard_normal((210, 2, 5))
    tokens = 3.0 + RNG.standard_normal((12, 2, 5))
    pictures = generated(Retrieval(height=32, width=32), data, Targets(fine[:3], fine), tokens, run)
    centre = fine[:75].reshape(75, 10).mean(axis=0)  # training pictures only
    neighbours = NearestNeighbors(n_neighbors=3, metric="cosine").fit(fine[:75].reshape(75, 10) - centre)
    order = neighbours.kneighbors(tokens.reshape(12, 10) - centre, return_distance=False)
    assert np.array_equal(pictures, np.stack(data.pictures)[order])


def test_the_thumbnail_of_a_training_picture_finds_it_at_the_size_asked_for(data: Training, run: PlainRun) -> None:
    generator = Retrieval(height=8, width=8)
    space = generator.conditioner()
    targets = Targets(space.coarse(data.classes, run), space.fine(data.pictures, None, run))
    assert targets.fine is not None
    pictures = generated(generator, data, targets, targets.fine[[40, 3]], run)
    small = [np.array(Image.fromarray(data.pictures[row]).resize((8, 8), Image.Resampling.BICUBIC)) for row in (40, 3)]
    assert np.array_equal(pictures[:, 0], small)


def test_thumbnails_are_the_pixels_from_minus_one_to_one(run: PlainRun) -> None:
    pictures = [np.full((4, 4, 3), grey, np.uint8) for grey in (0, 255)]
    space = Thumbnails(side=2)
    assert space.fine(pictures, None, run) == pytest.approx(np.array([[[-1.0] * 12], [[1.0] * 12]]))
    assert space.coarse(("a", "b"), run) == pytest.approx(np.zeros((2, 1, 12)))


def test_without_targets_of_pictures_those_of_the_predicted_class_are_shown(data: Training, run: PlainRun) -> None:
    coarse = np.eye(3)[:, None]
    pictures = generated(Retrieval(height=32, width=32), data, Targets(coarse, None), coarse, run)
    for label in range(3):
        shown = {int(row) for row in data.train.image[data.train.label == label]}
        for sample in pictures[label]:
            assert any(np.array_equal(sample, data.pictures[row]) for row in shown)


def test_more_samples_than_pictures_repeat(data: Training, run: PlainRun) -> None:
    few = replace(data, train=data.train.take(np.array([0, 2])))
    fine = RNG.standard_normal((210, 1, 4))
    pictures = generated(Retrieval(height=32, width=32), few, Targets(fine[:3], fine), fine[:1], run)
    assert np.array_equal(pictures[0, 0], pictures[0, 2])
    assert not np.array_equal(pictures[0, 0], pictures[0, 1])
