from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from eegrecon import Features, Floats, Judge, Outcome, Pixels, Run, Trials
from eegrecon.testing import PlainRun


@dataclass(frozen=True)
class NamedJudge(Judge):
    """A judge of which only the names matter: what it saw is given to the outcome directly."""

    classes: tuple[str, ...] = ()  # type: ignore[assignment]
    synsets: tuple[str, ...] | None = None  # type: ignore[assignment]

    @property
    def identity(self) -> str:
        return "named-judge-8"

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        raise AssertionError("a metric does not look at pictures itself")


@pytest.fixture
def run(tmp_path: Path) -> PlainRun:
    return PlainRun(tmp_path)


@pytest.fixture
def judge_of() -> Callable[..., Judge]:
    def make(*classes: str, synsets: tuple[str, ...] | None = None) -> Judge:
        return NamedJudge(classes, synsets)

    return make


@pytest.fixture
def outcome_of() -> Callable[..., Outcome]:
    """An outcome of trials with these labels, encoder scores and views of a judge."""

    def make(
        label: Any,
        classes: tuple[str, ...],
        logits: Any = None,
        made: Mapping[str, Any] | None = None,
        seen: Mapping[str, Any] | None = None,
        samples: int = 1,
        synsets: tuple[str, ...] | None = None,
        image: Any = None,
        **further: Any,
    ) -> Outcome:
        label = np.asarray(label, np.int64)
        rows = np.arange(len(label))
        image = rows if image is None else np.asarray(image)
        trials = Trials(np.zeros((len(label), 1, 1), np.float32), rows, rows, label, image)
        given: dict[str, Any] = {
            "truth": trials,
            "classes": classes,
            "synsets": synsets,
            "features": None if logits is None else Features(np.zeros((len(label), 1)), np.asarray(logits)),
            "tokens": None,
            "targets": None,
            "reference": np.zeros((len(label), 2, 2, 3), np.uint8),
            "generated": None if made is None else np.zeros((len(label), samples, 2, 2, 3), np.uint8),
            "reference_views": {name: np.asarray(view) for name, view in (seen or {}).items()},
            "generated_views": None if made is None else {name: np.asarray(view) for name, view in made.items()},
        }
        return Outcome(**{**given, **further})

    return make
