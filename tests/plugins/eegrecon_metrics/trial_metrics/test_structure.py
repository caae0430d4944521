from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from eegrecon import Floats, InvalidConfiguration, Judge, Outcome, Pixels, Run
from eegrecon_metrics.trial_metrics.structure import Structure


@dataclass(frozen=True)
class Reader(Judge):
    """Reads class and place."""

    classes: tuple[str, ...] = ("a", "b")  # type: ignore[assignment]
    attributes: Any = ()  # type: ignore[assignment]

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        raise AssertionError


class Readings(dict):  # type: ignore[type-arg]
    def __hash__(self) -> int:  # type: ignore[override]
        return 0


READER = Reader(attributes=Readings({"class": "logits", "place": "where", "smell": "nose"}))


def test_errors_are_counted_against_the_reading_of_the_true_picture(
    outcome_of: Callable[..., Outcome], run: Any
) -> None:
    reference = {"logits": np.eye(2)[[0, 1, 1]], "where": np.eye(3)[[0, 1, 2]]}
    generated = {"logits": np.eye(2)[[0, 0, 1, 0, 1, 1]], "where": np.eye(3)[[0, 0, 0, 0, 2, 2]]}
    outcome = outcome_of(
        [0, 1, 1],
        ("a", "b"),
        generated_views=generated,
        reference_views=reference,
        samples=2,
        attributes={"place": np.array([0, 1, 1])},
    )
    scores = Structure(judge=READER).score(outcome, run)
    assert set(scores) == {"class error", "place error"}
    assert scores["class error"].per_trial == pytest.approx([0, 0.5, 0])
    assert scores["place error"].per_trial == pytest.approx([0, 1, 0])
    # permuted at random: class 1/2 x 1/3 + 1/2 x 2/3 agree; place 4/6 x 1/3 + 0 + 2/6 x 1/3
    assert scores["class error"].chance == pytest.approx(1 - 1 / 2)
    assert scores["place error"].chance == pytest.approx(1 - 1 / 3)
    (note,) = run.notes
    assert "reader" in note
    assert note.endswith("place 33.3%")
    assert Structure(judge=READER).identity(outcome) == "structure@reader/n3"


def test_a_judge_that_reads_no_attributes_is_refused(judge_of: Callable[..., Judge]) -> None:
    with pytest.raises(InvalidConfiguration, match=r"named-judge-8 .*attributes"):
        Structure(judge=judge_of("a"))
