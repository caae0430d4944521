from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from eegrecon import Circumstances
from eegrecon_audits.outcome.copies import Copies, nearest_distance

Opinion = Callable[..., tuple[str, str]]


def test_generated_pictures_of_the_training_set_are_copies(opinion: Opinion, synthetic: Any) -> None:
    evidence = synthetic.evidence(synthetic.white(), synthetic.labels["mixed"])
    novel = np.stack(synthetic.pictures(60, 2))[:, None]
    copied = novel.copy()
    copied[:6, 0] = np.stack(evidence.recordings.training.pictures[:6])
    for generated, verdict in ((novel, "PASS"), (copied, "FAIL"), (copied[6:], "PASS"), (copied[5:], "WARN")):
        outcome = replace(evidence.outcome, generated=generated)
        assert opinion(Copies(), replace(evidence, outcome=outcome))[0] == verdict
    assert opinion(Copies(), evidence)[0] == "inconclusive"


def test_copies_of_a_generator_that_declares_them_are_counted_and_do_not_fail(opinion: Opinion, synthetic: Any) -> None:
    evidence = synthetic.evidence(synthetic.white(), synthetic.labels["mixed"])
    copied = np.stack(evidence.recordings.training.pictures[:60])[:, None]
    evidence = replace(evidence, outcome=replace(evidence.outcome, generated=copied))
    verdict, text = opinion(Copies(), evidence, known=Circumstances(copies=True))
    assert verdict == "WARN"
    assert "declares" in text
    assert "60 of 60" in text


def test_the_distance_to_the_nearest_picture_is_a_root_mean_square() -> None:
    dark, grey = np.zeros((2, 32, 32, 3), np.uint8), np.full((1, 32, 32, 3), 7, np.uint8)
    assert nearest_distance(grey, dark) == pytest.approx([7.0])
    assert nearest_distance(dark, np.concatenate([grey, dark[:1]])) == pytest.approx([0.0, 0.0], abs=1e-6)
