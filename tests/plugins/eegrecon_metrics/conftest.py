from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torchvision.models import VisionTransformer as Network

from eegrecon import Features, Floats, Judge, Outcome, Pixels, Run, Trials
from eegrecon.testing import PlainRun


@dataclass(frozen=True)
class NamedJudge(Judge):
    """A judge of which only the names matter: its views are passed to the outcome directly."""

    classes: tuple[str, ...] = ()  # type: ignore[assignment]
    synsets: tuple[str, ...] | None = None  # type: ignore[assignment]

    @property
    def identity(self) -> str:
        return "named-judge-8"

    def look(self, pictures: Pixels, run: Run) -> Mapping[str, Floats]:
        raise AssertionError("a metric does not call look() itself")


@pytest.fixture
def run(tmp_path: Path) -> PlainRun:
    return PlainRun(tmp_path)


@pytest.fixture
def pictures() -> Pixels:
    return np.random.default_rng(0).integers(256, size=(5, 32, 32, 3), dtype=np.uint8)


@pytest.fixture
def tiny_sizes() -> dict[str, int]:
    """Sizes of ``tiny_network`` as fields of the judge ``vit-h-14``."""
    return {"layers": 2, "heads": 2, "width": 16, "feed_forward": 24, "patch": 7, "size": 28}


@pytest.fixture
def tiny_network() -> Network:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network = Network(28, 7, 2, 2, 16, 24)
        torch.nn.init.normal_(network.heads.head.weight)
    return network.eval()


@pytest.fixture
def tiny_file(tiny_network: Network, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.pth"
    torch.save(tiny_network.state_dict(), path)
    return path


@pytest.fixture
def judge_of() -> Callable[..., Judge]:
    def make(*classes: str, synsets: tuple[str, ...] | None = None) -> Judge:
        return NamedJudge(classes, synsets)

    return make


@pytest.fixture
def outcome_of() -> Callable[..., Outcome]:
    """An outcome of trials with these labels, class scores of an encoder, and views of a judge."""

    def make(
        label: Any,
        classes: tuple[str, ...],
        logits: Any = None,
        generated_views: Mapping[str, Any] | None = None,
        reference_views: Mapping[str, Any] | None = None,
        samples: int = 1,
        synsets: tuple[str, ...] | None = None,
        image: Any = None,
        **fields: Any,
    ) -> Outcome:
        label = np.asarray(label, np.int64)
        rows = np.arange(len(label))
        image = rows if image is None else np.asarray(image)
        trials = Trials(np.zeros((len(label), 1, 1), np.float32), rows, rows, label, image)
        pixels = None if generated_views is None else np.zeros((len(label), samples, 2, 2, 3), np.uint8)
        defaults: dict[str, Any] = {
            "truth": trials,
            "classes": classes,
            "synsets": synsets,
            "features": None if logits is None else Features(np.zeros((len(label), 1)), np.asarray(logits)),
            "tokens": None,
            "targets": None,
            "reference": np.zeros((len(label), 2, 2, 3), np.uint8),
            "generated": pixels,
            "reference_views": {name: np.asarray(view) for name, view in (reference_views or {}).items()},
            "generated_views": generated_views and {name: np.asarray(view) for name, view in generated_views.items()},
        }
        return Outcome(**{**defaults, **fields})

    return make
