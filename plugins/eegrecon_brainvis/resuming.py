"""What a training needs to go on after an interruption as if there had been none, and how much memory it will take."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from eegrecon import Ints, Run

LEAST = 10.0  # seconds between two checkpoints
SHARE = 0.05  # of the time that may go into writing them


class Stateful(Protocol):
    """A network, an optimiser, a scaler of gradients."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Take a state over."""
        ...


@dataclass
class Course:
    """How far a training has come, and the best epoch so far."""

    epoch: int = 0  # finished ones
    step: int = 0  # finished ones of the epoch that is not
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))  # of trials in that epoch
    total: Tensor = field(default_factory=lambda: torch.zeros(()))  # sum of losses over these steps
    best: tuple[float, ...] = ()
    kept: dict[str, Tensor] = field(default_factory=dict)
    epoch_kept: int = 0
    mean: float = float("nan")  # loss of the last epoch


class Checkpoints:
    """The checkpoint of one training, in the scratch folder of its stage.

    Args:
        about: what is trained; names the file.
        parts: everything that changes by training.
        order: draws the order of trials.
        generators: torch generators that the loss draws from, besides torch's own.
        run: whose scratch folder, and on which device.
    """

    def __init__(
        self,
        about: str,
        parts: Mapping[str, Stateful],
        order: np.random.Generator,
        generators: Sequence[torch.Generator],
        run: Run,
    ) -> None:
        self.about, self.parts, self.order, self.generators, self.run = about, parts, order, generators, run
        self.path = Path(run.scratch) / f"{about.replace(' ', '-')}.pt"
        self.due = time.monotonic() + LEAST

    def resumed(self) -> Course:
        """Return where an interrupted training stood, everything put back in that state; or the beginning."""
        if not self.path.is_file():
            return Course()
        state = torch.load(self.path, map_location="cpu", weights_only=True)
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])
        self.order.bit_generator.state = json.loads(state["order"])
        for generator, drawn in zip(self.generators, state["generators"], strict=True):
            generator.set_state(drawn)
        torch.set_rng_state(state["torch"])
        if self._on_gpu:
            torch.cuda.set_rng_state(state["cuda"], self.run.device)
        course = Course(**state["course"])
        self.run.log(f"{self.about} goes on after an interruption", epoch=course.epoch, step=course.step)
        return course

    def keep(self, course: Course, *, last: bool) -> None:
        """Write a checkpoint if it is time or the last chance; it replaces the one before only when it is whole."""
        start = time.monotonic()
        if start < self.due and not last:
            return
        state = {
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "order": json.dumps(self.order.bit_generator.state),
            "generators": [generator.get_state() for generator in self.generators],
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.run.device) if self._on_gpu else None,
            "course": vars(course),
        }
        torch.save(state, self.path.with_suffix(".part"))
        self.path.with_suffix(".part").replace(self.path)
        now = time.monotonic()
        self.due = now + max(LEAST, (now - start) / SHARE)

    @property
    def _on_gpu(self) -> bool:
        return self.run.device.startswith("cuda")


def memory_needed(
    network: nn.Module, loss: Callable[[Ints], Tensor], generators: Sequence[torch.Generator], run: Run
) -> tuple[int, int]:
    """Estimate the bytes that a training takes for each trial of a batch, and besides, from a forward of one trial.

    Counted are, for a trial, what its backward needs of the forward; besides, the gradients and AdamW's two moments of
    all that learns. Not counted is what libraries take for themselves. No random number of the training is used up.
    """
    own = {parameter.untyped_storage().data_ptr() for parameter in network.parameters()}
    kept: dict[int, int] = {}

    def note(tensor: Tensor) -> Tensor:
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in own:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    before = [generator.get_state() for generator in generators]
    devices = [torch.device(run.device)] if run.device.startswith("cuda") else []
    with torch.random.fork_rng(devices=devices), torch.autograd.graph.saved_tensors_hooks(note, lambda tensor: tensor):
        held = loss(np.arange(1))  # alive until everything is counted
    del held
    for generator, state in zip(generators, before, strict=True):
        generator.set_state(state)
    learned = sum(p.numel() * p.element_size() for p in network.parameters() if p.requires_grad)
    return sum(kept.values()), 3 * learned
