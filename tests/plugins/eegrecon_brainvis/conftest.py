"""A small planted world, a run without a benchmark, and a random Stable Diffusion of a few thousand parameters."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
import tiny_models
import torch
from safetensors import safe_open
from torch import Tensor

from eegrecon import Arrays, Learner, Montage, Progress, Training, Trials

CLASSES = ("star", "moon", "tree")
CHANNELS, SAMPLES = 6, 64
GOLDEN = Path(__file__).parents[2] / "golden" / "brainvis_small.safetensors"


class Bar:
    """Progress that nobody watches."""

    def advance(self, n: int = 1) -> None:
        """Do nothing."""


@dataclass
class PlainRun:
    """A run whose fitted learners are given by the test, and whose notes it reads."""

    scratch: Path
    seed: int = 0
    device: str = "cpu"
    precision: Literal["fp32", "bf16", "fp16"] = "fp32"
    learned: dict[Any, Arrays] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    logs: list[dict[str, float]] = field(default_factory=list)
    live: dict[str, Any] = field(default_factory=dict)

    def fitted(self, component: Learner) -> Arrays:
        """Return what the test says was learned."""
        if component not in self.learned:
            raise AssertionError(f"nobody fitted {component}")
        return self.learned[component]

    def prepared(self, component: Any) -> Arrays:
        """Nothing here prepares."""
        raise AssertionError("no component of this package holds a preparation")

    def shared(self, name: str, make: Callable[[], Any]) -> Any:
        """One object per name."""
        if name not in self.live:
            self.live[name] = make()
        return self.live[name]

    @contextmanager
    def progress(self, total: int, about: str) -> Iterator[Progress]:
        """Show nothing."""
        yield Bar()

    def log(self, message: str, /, **numbers: float) -> None:
        """Keep the numbers."""
        self.logs.append(numbers)

    def note(self, text: str) -> None:
        """Keep the sentence."""
        self.notes.append(text)


@pytest.fixture
def run(tmp_path: Path) -> Iterator[PlainRun]:
    """A run as the runner gives it: torch seeded for the stage, the process's own generators untouched."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        yield PlainRun(tmp_path)


def planted(per_class: int, seed: int) -> Trials:
    """Noise with an evoked pattern and a rhythm by class: each alone suffices to tell the classes."""
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(len(CLASSES)), per_class)
    time = np.arange(SAMPLES)
    eeg = rng.standard_normal((len(label), CHANNELS, SAMPLES))
    for row, this in enumerate(label):
        eeg[row, this, 20:40] += 1.5
        eeg[row, 3 + this] += 1.5 * np.sin(2 * np.pi * (time * (12 + 4 * this) / SAMPLES + rng.random()))
    n = len(label)
    image = np.arange(n)
    return Trials(eeg.astype(np.float32), np.ones(n, np.int64), np.arange(n) + 1000 * seed, label, image)


@pytest.fixture(scope="session")
def plant() -> Callable[[int, int], Trials]:
    """Make more trials of the planted world: so many of each class, from this seed."""
    return planted


@pytest.fixture(scope="session")
def data() -> Training:
    """48 training and 24 validation trials of three classes, each its own picture."""
    montage = Montage(tuple("abcdef"), 1000.0, 0.0, "z")
    train, val = planted(16, 1), planted(8, 2)
    pictures = [np.zeros((2, 2, 3), np.uint8)] * 48
    return Training(train, val, pictures, None, CLASSES, montage)


@pytest.fixture(scope="session")
def test() -> Trials:
    """Trials of the planted world that no fit receives."""
    return planted(20, 3)


@dataclass(frozen=True, eq=False)
class Golden:
    """What the golden file holds."""

    weights: Mapping[str, Tensor]  # published names
    outputs: Mapping[str, Tensor]  # of the published code on these weights
    sizes: Mapping[str, int]


@pytest.fixture(scope="session")
def golden() -> Golden:
    """The golden file, or another of the same form."""
    with safe_open(os.environ.get("EEGRECON_GOLDEN", str(GOLDEN)), "pt") as file:
        tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - not a mapping
        sizes = {name: int(text) for name, text in file.metadata().items() if text.isdigit()}
    weights = {name: tensor for name, tensor in tensors.items() if not name.startswith("golden.")}
    outputs = {name.removeprefix("golden."): tensor for name, tensor in tensors.items() if name.startswith("golden.")}
    return Golden(weights, outputs, sizes)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A Stable Diffusion folder with random weights: 16 x 16 pictures, 12 tokens of width 16."""
    return tiny_models.stable_diffusion(tmp_path_factory.mktemp("stable-diffusion"))
