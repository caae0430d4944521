"""Checkpoints of a training, from which an interrupted one resumes to the same weights."""

from __future__ import annotations

import copy
import hashlib
import io
import json
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from eegrecon.errors import DataError, UsageError
from eegrecon.interfaces.components import Run

_DIGEST = 16  # bytes


@dataclass(frozen=True)
class CheckpointPolicy:
    """How often a training writes a checkpoint.

    Attributes:
        interval: least time between two checkpoints, s.
        share: largest share of the time that is spent on writing them.
    """

    interval: float = 10.0
    share: float = 0.05

    @classmethod
    def from_environment(cls) -> CheckpointPolicy:
        """Return the default policy, or that of ``EEGRECON_CHECKPOINT_SECONDS`` (0: after every step).

        Raises:
            UsageError: the variable is not a number of seconds.
        """
        text = os.environ.get("EEGRECON_CHECKPOINT_SECONDS")
        if text is None:
            return cls()
        try:
            seconds = float(text)
        except ValueError:
            raise UsageError(f"EEGRECON_CHECKPOINT_SECONDS={text}: expected a number of seconds, such as 60") from None
        return cls(max(seconds, 0.0), 1.0 if seconds > 0 else math.inf)


class Stateful(Protocol):
    """A network, an optimizer, or a gradient scaler."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state."""
        ...

    def load_state_dict(self, state_dict: dict[str, Any], /) -> Any:
        """Restore a state."""
        ...


@dataclass
class TrainingState:
    """How far a training has come, and its best epoch so far.

    Attributes:
        epoch: finished epochs.
        step: finished steps of the current epoch.
        order: order of the trials in the current epoch, (n,).
        total: sum of the losses of these steps.
        best: figures of the best epoch.
        best_weights: state of the network after it.
        best_epoch: its number.
        loss: mean loss of the last epoch.
    """

    epoch: int = 0
    step: int = 0
    order: Tensor = field(default_factory=lambda: torch.empty(0, dtype=torch.int64))
    total: Tensor = field(default_factory=lambda: torch.zeros(()))
    best: tuple[float, ...] = ()
    best_weights: dict[str, Tensor] = field(default_factory=dict)
    best_epoch: int = 0
    loss: float = float("nan")


class Checkpoints:
    """The checkpoint file of one training, in the scratch folder of its stage.

    Args:
        about: what is trained; names the file.
        parts: everything that changes during training.
        order: draws the order of trials.
        generators: torch generators that the loss draws from, besides torch's own.
        run: has the scratch folder and the device.
        policy: how often a checkpoint is written.
    """

    def __init__(
        self,
        about: str,
        parts: Mapping[str, Stateful],
        order: np.random.Generator,
        generators: Sequence[torch.Generator],
        run: Run,
        policy: CheckpointPolicy,
    ) -> None:
        self.about, self.parts, self.order, self.generators, self.run = about, parts, order, generators, run
        self.policy = policy
        self.path = Path(run.scratch) / f"{about.replace(' ', '-')}.pt"
        self.due = time.monotonic() + policy.interval

    def resume(self) -> TrainingState:
        """Return the state of an interrupted training, with every part restored, or that of a new one.

        A damaged checkpoint is noted, and the training starts again.
        """
        if not self.path.is_file():
            return TrainingState()
        initial = copy.deepcopy(self._state(TrainingState()))
        try:
            training = self._restore(_read(self.path))
        except (OSError, MemoryError):
            raise
        except Exception as error:  # torch has many errors for a file that it cannot use
            self._restore(initial)
            self.run.note(f"the checkpoint of the {self.about} was damaged ({error}), so the training started again")
            return TrainingState()
        self.run.log(f"{self.about} resumed after an interruption", epoch=training.epoch, step=training.step)
        return training

    def _restore(self, saved: Mapping[str, Any]) -> TrainingState:
        for name, part in self.parts.items():
            part.load_state_dict(saved["parts"][name])
        self.order.bit_generator.state = json.loads(saved["order"])
        for generator, state in zip(self.generators, saved["generators"], strict=True):
            generator.set_state(state)
        torch.set_rng_state(saved["torch"])
        if self._on_gpu:
            torch.cuda.set_rng_state(saved["cuda"], self.run.device)
        return TrainingState(**saved["training"])

    def _state(self, training: TrainingState) -> dict[str, Any]:
        return {
            "parts": {name: part.state_dict() for name, part in self.parts.items()},
            "order": json.dumps(self.order.bit_generator.state),
            "generators": [generator.get_state() for generator in self.generators],
            "torch": torch.get_rng_state(),
            "cuda": torch.cuda.get_rng_state(self.run.device) if self._on_gpu else None,
            "training": vars(training),
        }

    def save(self, training: TrainingState, *, last: bool) -> None:
        """Write a checkpoint if one is due or this is the last chance; it replaces the previous one when complete."""
        start = time.monotonic()
        if start < self.due and not last:
            return
        _write(self._state(training), self.path.with_suffix(".part"))
        self.path.with_suffix(".part").replace(self.path)
        now = time.monotonic()
        self.due = now + max(self.policy.interval, (now - start) / self.policy.share)

    @property
    def _on_gpu(self) -> bool:
        return self.run.device.startswith("cuda")


def _write(state: Mapping[str, Any], path: Path) -> None:
    """Write a state behind its digest, because torch reads a changed file without complaint."""
    content = io.BytesIO()
    torch.save(state, content)
    with path.open("wb") as file:
        file.write(_digest(content.getbuffer()))
        file.write(content.getbuffer())


def _read(path: Path) -> dict[str, Any]:
    """Return the state in a file.

    Raises:
        DataError: the file is not as it was written.
    """
    content = memoryview(path.read_bytes())
    digest, state = content[:_DIGEST], content[_DIGEST:]
    if digest != _digest(state):
        raise DataError("its checksum does not match")
    restored: dict[str, Any] = torch.load(io.BytesIO(state), map_location="cpu", weights_only=True)
    return restored


def _digest(content: memoryview) -> bytes:
    return hashlib.blake2b(content, digest_size=_DIGEST).digest()
