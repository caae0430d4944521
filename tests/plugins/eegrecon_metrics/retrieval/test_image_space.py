from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from eegrecon import Pixels, fitted_to
from eegrecon_metrics.judges.clip_vision import ClipVision
from eegrecon_metrics.retrieval.image_space import ImageSpace

CLIP = ClipVision(model="eegrecon_shapes:weights/clip")


def test_fine_targets_are_the_judges_features_of_pictures_of_any_size(pictures: Pixels, run: Any) -> None:
    space = ImageSpace(judge=CLIP, side=40)
    different = [pictures[0], pictures[1][:20], np.concatenate([pictures[2]] * 2)]
    fine = space.fine(different, None, run)
    expected = [CLIP.look(fitted_to(one, (40, 40))[None], run)["features"] for one in different]
    assert fine == pytest.approx(np.stack(expected), abs=1e-5)
    assert (space.coarse(("a", "b"), run) == np.zeros((2, 1, fine.shape[2]))).all()


def test_many_pictures_are_embedded_as_each_by_itself(run: Any) -> None:
    many = np.random.default_rng(0).integers(256, size=(300, 8, 8, 3), dtype=np.uint8)
    fine = ImageSpace(judge=CLIP, side=32).fine(many, None, run)
    alone = ImageSpace(judge=CLIP, side=32).fine(many[[0, 255, 256, 299]], None, run)
    assert fine[[0, 255, 256, 299]] == pytest.approx(alone, abs=1e-5)


def test_the_identity_names_the_network_and_what_differs_from_the_usual() -> None:
    assert ImageSpace().identity == "clip-vit-l-14"
    assert ImageSpace(judge=CLIP, layer="deep", side=64).identity == f"{CLIP.identity}-deep-64"
