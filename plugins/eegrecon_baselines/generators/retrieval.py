"""A picture of the training set instead of a generated one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from eegrecon import (
    Aligner,
    Arrays,
    Conditioner,
    Conditions,
    Encoder,
    Fitted,
    Pixels,
    Run,
    Targets,
    Thumbnails,
    Training,
    fitted_to,
)  # fmt: skip
from eegrecon_baselines.directions import unit
from eegrecon_baselines.generators.sized import SizedGenerator


@dataclass(frozen=True)
class Retrieval(SizedGenerator):
    """The training picture whose target is nearest to the aligned tokens; of several samples, the next ones.

    Nearness is the cosine of what differs from the mean target of the training pictures; without targets of pictures,
    that of a picture is its class name's.

    Source: identification by the nearest picture, Kay et al., Nature 452, 2008.

    Attributes:
        space: the conditioning space, for instance ``clip-text``.
    """

    copies = True  # declared, for the audit of this name
    space: Conditioner = field(default_factory=Thumbnails)

    @property
    def needs(self) -> frozenset[Literal["tokens", "label", "signals"]]:
        """Tokens only."""
        return frozenset({"tokens"})

    def conditioner(self) -> Conditioner:
        """Return the conditioning space."""
        return self.space

    def fit(
        self, encoder: Fitted[Encoder], aligner: Fitted[Aligner] | None, data: Training, targets: Targets, run: Run
    ) -> Arrays:
        """Return the training pictures, their directions (pictures, numbers), and the centre (numbers,)."""
        shown, first = np.unique(data.train.image, return_index=True)
        source, rows = (targets.coarse, data.train.label[first]) if targets.fine is None else (targets.fine, shown)
        flat = np.asarray(source[rows], np.float32).reshape(len(rows), -1)
        pictures = np.stack([fitted_to(data.pictures[int(row)], self.size) for row in shown])
        centre = flat.mean(axis=0)
        return {"pictures": pictures, "directions": unit(flat - centre), "centre": centre}

    def generate(
        self, weights: Arrays, conditions: Conditions, classes: Sequence[str], samples: int, run: Run
    ) -> Pixels:
        """Return uint8 (n, samples, height, width, 3); pictures repeat where there are fewer than samples."""
        assert conditions.tokens is not None
        flat = np.asarray(conditions.tokens, np.float32).reshape(len(conditions.tokens), -1)
        likeness = unit(flat - weights["centre"]) @ weights["directions"].T
        order = np.argsort(-likeness, axis=1, kind="stable")[:, np.arange(samples) % likeness.shape[1]]
        return np.asarray(weights["pictures"])[order]
