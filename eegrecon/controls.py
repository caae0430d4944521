"""Controls: rows in which the inputs change, not the method, so that a reader sees where a score comes from.

``shuffle`` gives every test trial the EEG of another; a score that survives it does not come from the EEG.
``predicted-label`` passes no EEG on to the generator, only the class that the encoder predicted; what *Full* adds to it
is what the aligned signal adds beyond a class name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eegrecon.data import Features, Floats, Ints, Targets
from eegrecon.errors import ComponentError, unknown


@dataclass(frozen=True)
class Control:
    """What a control changes, and how its row reads."""

    name: str
    about: str
    changes: Literal["signals", "conditions"]


CONTROLS = {
    "shuffle": Control("shuffle", "EEG shuffled across test trials", "signals"),
    "predicted-label": Control("predicted-label", "only the predicted class", "conditions"),
}


def chosen(asked: Iterable[str]) -> tuple[Control, ...]:
    """Return the controls asked for: names, ``all``, or ``none``.

    Raises:
        UnknownName: there is no such control.
    """
    names = list(dict.fromkeys(asked))
    if "none" in names:
        return ()
    if "all" in names:
        return tuple(CONTROLS.values())
    for name in names:
        if name not in CONTROLS:
            raise unknown("control", name, [*CONTROLS, "all", "none"], "--control")
    return tuple(CONTROLS[name] for name in names)


def shuffled(n: int, rng: np.random.Generator) -> Ints:
    """Return which trial's EEG each of ``n`` trials is given: a permutation that leaves none in its place."""
    order = rng.permutation(n)
    given = np.empty(n, np.int64)
    given[order] = np.roll(order, 1)  # one cycle through all trials
    return given


def predicted_tokens(features: Features, targets: Targets) -> Floats:
    """Return the coarse target of each trial's predicted class, (n, tokens, width).

    Raises:
        ComponentError: the encoder does not classify.
    """
    tokens: Floats = targets.coarse[predicted_label(features)]
    return tokens


def predicted_label(features: Features) -> Ints:
    """Return the encoder's own best class, the same that accuracy scores: (n,)."""
    if features.logits is None:
        raise ComponentError("the encoder gives no class scores, so there is no predicted class; leave this row out")
    label: Ints = np.argmax(features.logits, axis=1).astype(np.int64)
    return label
