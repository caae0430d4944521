"""A component that breaks the contract is named, with what it returned and what the contract asks for.

The toy method is changed in one place at a time; everything else of it works.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from explanations import Explains
from jobs import MakeJob

from eegrecon import ComponentError, Features, Score
from eegrecon.interfaces import output_checks


def with_nan(shape: tuple[int, ...], at: tuple[int, ...]) -> Any:
    array = np.zeros(shape)
    array[at] = np.nan
    return array


def write_labels(self: Any, outcome: Any, run: Any) -> Any:
    hit = (np.argmax(outcome.features.logits, axis=1) == outcome.truth.label).astype(float)
    outcome.truth.label[:] = 0
    return {"right": Score(float(hit.mean()), len(hit), hit, 1 / 3)}


COMPONENTS: dict[str, tuple[str, str, Callable[..., Any], str]] = {
    "an encoder returns an embedding of too few trials": (
        "MeanEncoder", "encode", lambda *a: Features(np.zeros((3, 2)), None), r"\(3, 2\).*embedding.*\(24, any\)"
    ),
    "an encoder returns scores for another number of classes": (
        "MeanEncoder", "encode", lambda *a: Features(np.zeros((24, 2)), np.zeros((24, 4))), r"logits.*\(24, 3\)"
    ),
    "an encoder returns scores that are not finite": (
        "MeanEncoder", "encode", lambda *a: Features(np.zeros((24, 2)), with_nan((24, 3), (5, 1))), r"1 of 72.*\(5, 1\)"
    ),
    "an encoder returns something else than Features": (
        "MeanEncoder", "encode", lambda *a: np.zeros((24, 3)), r"Features\(embedding, logits\)"
    ),
    "an encoder returns a torch tensor": (
        "MeanEncoder", "encode", lambda *a: Features(torch.zeros(24, 3), None), "torch.Tensor.*embedding"
    ),
    "a learner returns no mapping": ("Gain", "fit", lambda *a: [np.ones(3)], "list.*mapping"),
    "a learner returns a tensor among its weights": (
        "Branch", "fit", lambda *a: {"weights": torch.ones(3)}, "torch.Tensor.*'weights'"
    ),
    "a learner returns weights that are not finite": (
        "MeanEncoder", "fit", lambda *a: {"weights": np.array([1.0, np.inf, 1.0])}, r"weights.* 1 of 3 .*\(1,\)"
    ),
    "a component raises an error of its own": ("MeanEncoder", "fit", lambda *a: 1 / 0, "ZeroDivisionError"),
    "a conditioner embeds too few class names": (
        "Names", "coarse", lambda *a: np.zeros((2, 1, 3)), r"targets.*\(3, any, any\)"
    ),
    "a conditioner embeds captions in another form than class names": (
        "Names", "fine", lambda *a: np.zeros((36, 2, 3)), r"targets.*\(36, 1, 3\)"
    ),
    "an aligner returns tokens of too few trials": (
        "Straight", "align", lambda *a: np.zeros((1, 1, 3)), r"tokens.*\(24, any, any\)"
    ),
    "an aligner returns whole numbers": (
        "Straight", "align", lambda *a: np.zeros((24, 1, 3), int), "int64.*tokens"
    ),
    "a generator makes pictures of another size": (
        "Fill", "generate", lambda *a: np.zeros((24, 1, 5, 8, 3), np.uint8), r"uint8 \(24, 1, 6, 8, 3\)"
    ),
    "a generator returns floating-point pictures": (
        "Fill", "generate", lambda *a: np.zeros((24, 1, 6, 8, 3)), "float64"
    ),
    "a judge returns no layers": ("Eye", "look", lambda *a: {}, "layer"),
    "a judge returns the views of too few pictures": (
        "Eye", "look", lambda *a: {"logits": np.zeros((1, 3))}, r"logits.*\(24, any\)"
    ),
    "a metric writes into the outcome": ("Right", "score", write_labels, "wrote into the labels.*copy"),
    "a metric fills a column that it does not declare": (
        "Right", "score", lambda *a: {"left": Score(1.0, 1)}, r"'left'.*right"
    ),
    "a metric returns a score that is not finite": (
        "Right", "score", lambda *a: {"right": Score(float("nan"), 24)}, "nan.*finite"
    ),
    "a metric returns scores for too few trials": (
        "Right", "score", lambda *a: {"right": Score(1.0, 24, np.ones(5))}, r"right per trial.*24"
    ),
    "a metric returns a score that is not the mean of its values": (
        "Right", "score", lambda *a: {"right": Score(0.9, 24, np.ones(24))}, r"0\.9 for right.* mean 1\.0"
    ),
    "a metric returns a score that is not the median of its values": (
        "Right", "score", lambda *a: {"right": Score(11.0, 24, np.arange(24.0), of="median")}, r"11\.0 .* median 11\.5"
    ),
    "a metric returns an average of another name": (
        "Right", "score", lambda *a: {"right": Score(1.0, 24, np.ones(24), of="best")}, "'best'.*'median'"
    ),
    "a metric states more trials than there are": (
        "Right", "score", lambda *a: {"right": Score(1.0, 2400, np.ones(24))}, "n = 2400 .*24"
    ),
    "a metric of sets states more pictures than there are": (
        "Colour", "score", lambda *a: {"same colour": Score(1.0, 25)}, "n = 25 .* 1 to 24"
    ),
    "a metric identifies itself by a number": ("Right", "identity", lambda *a: 24, "24.*text"),
    "a metric states no trials": ("Right", "score", lambda *a: {"right": Score(1.0, 0)}, "n = 0 "),
    "a metric states a broken number of trials": ("Right", "score", lambda *a: {"right": Score(1.0, 23.5)}, "23.5"),
}  # fmt: skip


def test_a_score_in_single_precision_and_one_of_several_samples_are_accepted(toy: Any) -> None:
    values = np.random.default_rng(0).standard_normal(1000).astype(np.float32)
    for n in (1000, 3000):
        returned = {"right": Score(float(values.mean()), n, values)}
        assert output_checks.scores(toy.Right(), returned, 1000, samples=3) is returned


@pytest.mark.parametrize("situation", COMPONENTS)
def test_a_component_that_breaks_the_contract_is_named(
    situation: str, make_job: MakeJob, toy: Any, explains: Explains, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, method, wrong, message = COMPONENTS[situation]
    monkeypatch.setattr(getattr(toy, name), method, wrong)
    with pytest.raises(ComponentError, match=message) as error:
        make_job(control=("none",), subjects=(1,)).run()
    assert f"eegrecon_file_toy.{name}" in str(error.value)
    explains("Components", situation, error.value)
