"""Contrastive learning: the symmetric InfoNCE loss, classes by their nearest prototype, and a line that is trained."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from eegrecon import Ints, Run, Signals
from eegrecon.training import Schedule, fit, predict
from eegrecon_baselines.linear.spatial import Array

TEMPERATURE, COLDEST = 0.07, 0.01  # at the start, and the least that is learned: openai/CLIP


def info_nce(one: Tensor, other: Tensor, scale: Tensor) -> Tensor:
    """Return the mean of the cross entropies of rows and columns of ``scale * one @ other.T``, whose diagonal is true.

    Args:
        one: (n, width) of unit length.
        other: (n, width) of unit length.
        scale: one over the temperature.
    """
    likeness = scale * one @ other.T
    truth = torch.arange(len(one), device=one.device)
    return (functional.cross_entropy(likeness, truth) + functional.cross_entropy(likeness.T, truth)) / 2


def mean_info_nce(network: nn.Module, trials: Signals, aim: Tensor, scale: Tensor, batch: int, run: Run) -> float:
    """Return the mean InfoNCE of trials and what they aim at, in batches of the size of training.

    Args:
        network: EEG -> embedding, class scores.
        trials: the trials.
        aim: (n, width) of each.
        scale: one over the temperature.
        batch: trials that are compared with each other.
        run: device and precision.
    """
    embedding, _ = predict(network, trials, batch, run)
    one, other = (functional.normalize(each) for each in (torch.from_numpy(embedding), aim))
    parts = [slice(start, start + batch) for start in range(0, len(one), batch)]
    losses = [float(info_nce(one[part], other[part], scale.detach().cpu())) * len(one[part]) for part in parts]
    return sum(losses) / len(one)


class Scale(nn.Module):
    """One over a learned temperature."""

    def __init__(self) -> None:
        super().__init__()
        self.log = nn.Parameter(torch.tensor(math.log(1 / TEMPERATURE)))

    def forward(self) -> Tensor:
        """Return it, a scalar."""
        return self.log.exp().clamp(max=1 / COLDEST)


class Contrastive(nn.Module):
    """A network with a learned temperature, whose class scores are cosines to the prototype of each class.

    It keeps the space of the pictures that it learns from: their ``centre`` (numbers,) and the ``axes`` (numbers,
    width) of its principal components. How many numbers a picture has is known only when it is trained.
    """

    prototypes: Tensor
    centre: Tensor
    axes: Tensor

    def __init__(self, body: nn.Module, classes: int, width: int) -> None:
        super().__init__()
        self.body, self.scale = body, Scale()
        self.register_buffer("prototypes", torch.zeros(classes, width))
        self.register_buffer("centre", torch.zeros(0))
        self.register_buffer("axes", torch.zeros(0, width))

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *more: Any) -> None:
        for name in ("centre", "axes"):
            if f"{prefix}{name}" in state_dict:
                setattr(self, name, torch.empty_like(state_dict[f"{prefix}{name}"]))
        super()._load_from_state_dict(state_dict, prefix, *more)

    def forward(self, eeg: Tensor) -> tuple[Tensor, Tensor]:
        """(n, channels, samples) -> embedding (n, width), class scores (n, classes)."""
        embedding = self.body(eeg)
        scores = functional.normalize(embedding, dim=1) @ functional.normalize(self.prototypes, dim=1).T
        without = ~self.prototypes.any(dim=1)  # classes without a training trial
        return embedding, self.scale() * scores.masked_fill(without, -1.0)


class Line(nn.Module):
    """A linear layer with a learned temperature."""

    def __init__(self, numbers: int, components: int) -> None:
        super().__init__()
        self.linear, self.scale = nn.Linear(numbers, components), Scale()

    def loss(self, view: Tensor, aim: Tensor) -> Tensor:
        """Return the InfoNCE of the layer's directions for (n, numbers) and those of (n, components)."""
        directions = functional.normalize(self.linear(view).float())
        return info_nce(directions, functional.normalize(aim), self.scale())


def train_line(
    train: tuple[Array, Array], held: tuple[Array, Array], schedule: Schedule, run: Run, about: str
) -> tuple[Array, Array]:
    """Return slope (components, numbers) and intercept (components,) of a line trained by InfoNCE.

    Args:
        train: what is seen (n, numbers) and aimed at (n, components).
        held: the same of the trials on which the epoch is chosen.
        schedule: epochs, batch, rate and decay.
        run: seed, device, progress.
        about: what is trained, for messages.
    """
    view, aim, other, far = (torch.from_numpy(np.asarray(a, np.float32)).to(run.device) for a in (*train, *held))
    line = Line(view.shape[1], aim.shape[1]).to(run.device)

    def loss(rows: Ints) -> Tensor:
        return line.loss(view[rows], aim[rows])

    def risk() -> tuple[float, ...]:
        with torch.inference_mode():
            return (float(line.loss(other, far)),)

    fit(line, loss, len(view), schedule, run, about, risk=risk)
    slope, intercept = (one.detach().cpu().double().numpy() for one in (line.linear.weight, line.linear.bias))
    return slope, intercept
