"""Controls: rows in which the inputs change, not the method, so that a reader sees where a score comes from.

Four kinds. *Signals*: the fitted method is given other test EEG. *Training*: everything is trained again on trials
whose labels and pictures were dealt anew. *Conditions*: no EEG is passed on to the generator, which is given a class or
a caption instead. *Pictures*: nothing is generated; training pictures stand in the place of reconstructions. A score
that survives a control of the first two kinds does not come from the EEG; what *Full* adds to the last two is what the
EEG adds to a class name, or to a picture of the training set.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from eegrecon.components import Need
from eegrecon.data import Features, Floats, Ints, Rows, Training, Trials
from eegrecon.errors import Impossible, unknown

Changes = Literal["signals", "training", "conditions", "pictures"]


@dataclass(frozen=True)
class Control:
    """What a control changes, and how its row reads."""

    name: str
    about: str
    changes: Changes


CONTROLS = {
    control.name: control
    for control in (
        Control("shuffle", "EEG shuffled across test trials", "signals"),
        Control("shuffle-within-class", "EEG shuffled within the class", "signals"),
        Control("noise", "noise of the EEG's spectrum", "signals"),
        Control("mean", "the mean EEG for every trial", "signals"),
        Control("zeros", "EEG of zeros", "signals"),
        Control("label-shuffle", "trained on shuffled labels", "training"),
        Control("predicted-label", "only the predicted class", "conditions"),
        Control("true-label", "only the true class", "conditions"),
        Control("oracle", "the true caption and class", "conditions"),
        Control("constant-prompt", "one class for every trial", "conditions"),
        Control("random-picture", "a random training picture", "pictures"),
        Control("nearest-picture", "the nearest training picture", "pictures"),
    )
}
USUAL = ("shuffle", "predicted-label", "oracle")  # in every table, unless others are asked for


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


def refusal(control: Control, needs: frozenset[Need] | None) -> str:
    """Say why a method cannot have a control; nothing where it can.

    Args:
        control: the control.
        needs: what the method's generator must be given; None where there is no generator.
    """
    if control.changes not in ("conditions", "pictures"):
        return ""
    if needs is None:
        return "there is no generator, so no pictures"
    if control.changes == "conditions" and "signals" in needs:
        return "the generator reads the EEG itself, so nothing else can be passed on in its place"
    if control.name == "nearest-picture" and "tokens" not in needs:
        return "the generator takes no tokens, so there are none to which a picture could be near"
    return ""


def shuffled_within(group: Ints, picture: Ints, rng: np.random.Generator) -> Ints:
    """Return which trial's EEG each trial is given, (n,): a permutation within groups.

    No trial keeps its own EEG, nor that of another trial of its picture, as far as the group has enough pictures: what
    the EEG says of the picture beyond the group is gone.

    Args:
        group: (n,) only trials of one group exchange EEG.
        picture: (n,) which picture each trial saw.
        rng: where the order of the pictures is drawn.
    """
    given = np.arange(len(picture))
    for one in np.unique(group):
        rows = np.flatnonzero(group == one)
        names, which, times = np.unique(picture[rows], return_inverse=True, return_counts=True)
        order = rows[np.argsort(rng.permutation(len(names))[which], kind="stable")]  # picture by picture
        given[order] = np.roll(order, times.max())
    return given


def alone(group: Ints, picture: Ints) -> int:
    """How many trials belong to a group with a single picture, so that a shuffle within it changes nothing."""
    return sum(int((group == one).sum()) for one in np.unique(group) if len(np.unique(picture[group == one])) == 1)


@dataclass(frozen=True, eq=False)
class Repeated:
    """Rows that are all alike: (n, c, t)."""

    one: Floats  # (c, t)
    n: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return (self.n, *self.one.shape)

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the rows asked for, float32."""
        asked = np.arange(self.n)[rows]
        return np.broadcast_to(self.one.astype(np.float32), (*np.shape(asked), *self.one.shape)).copy()


@dataclass(frozen=True, eq=False)
class Noise:
    """Gaussian noise with the mean and the power spectrum of each channel, drawn per (seed, trial): (n, c, t).

    Channels are independent of each other: what is common to them in the EEG is not in the noise.
    """

    mean: Floats  # (c,)
    amplitude: Floats  # (c, t // 2 + 1) root of the mean squared modulus of the Fourier coefficients
    samples: int
    trial: Ints  # (n,)
    seed: int

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, c, t)."""
        return (len(self.trial), len(self.mean), self.samples)

    def __getitem__(self, rows: Any, /) -> Any:
        """Return the rows asked for, float32."""
        asked = self.trial[rows]
        made = np.stack([self._one(int(trial)) for trial in np.atleast_1d(asked)])
        return made.reshape(*np.shape(asked), *self.shape[1:])

    def _one(self, trial: int) -> Floats:
        real, imaginary = np.random.default_rng([self.seed, trial]).standard_normal((2, *self.amplitude.shape))
        coefficients = self.amplitude * (real + 1j * imaginary) / np.sqrt(2)  # (c, frequencies)
        ends = [0, -1] if self.samples % 2 == 0 else [0]  # these are real, and so carry all of their power in one draw
        coefficients[:, ends] = self.amplitude[:, ends] * real[:, ends]
        one = np.fft.irfft(coefficients, self.samples, axis=1) + self.mean[:, None]
        return np.asarray(one, np.float32)


def spectrum(eeg: Rows, piece: int = 64) -> tuple[Floats, Floats, Floats]:
    """Return the mean trial (c, t), each channel's mean (c,) and the amplitudes of `Noise` about it (c, t // 2 + 1)."""
    n, channels, samples = eeg.shape
    total, power = np.zeros((channels, samples)), np.zeros((channels, samples // 2 + 1))
    pieces = [np.arange(start, min(start + piece, n)) for start in range(0, n, piece)]
    for rows in pieces:
        total += np.asarray(eeg[rows], np.float64).sum(axis=0)
    mean = total.mean(axis=1) / n  # (c,)
    for rows in pieces:
        power += np.square(np.abs(np.fft.rfft(eeg[rows] - mean[:, None], axis=2))).sum(axis=0)
    return total / n, mean, np.sqrt(power / n)


def relabelled(data: Training, seed: int) -> Training:
    """Deal labels, pictures, blocks and times anew among the trials of each subject, apart in train and validation.

    They stay together, so that every picture keeps its class; only the EEG belongs to another trial. A trial is dealt
    the same in the pool as in its subject's own share, if the trials beside it are the same.
    """
    return dataclasses.replace(data, train=_dealt(data.train, [seed, 0]), val=_dealt(data.val, [seed, 1]))


def _dealt(trials: Trials, salt: list[int]) -> Trials:
    taken = np.arange(len(trials.trial))
    for subject in np.unique(trials.subject):
        rows = np.flatnonzero(trials.subject == subject)
        rows = rows[np.argsort(trials.trial[rows], kind="stable")]
        taken[rows] = np.random.default_rng([*salt, int(subject)]).permutation(rows)
    return dataclasses.replace(
        trials,
        label=trials.label[taken],
        image=trials.image[taken],
        block=None if trials.block is None else trials.block[taken],
        order=None if trials.order is None else trials.order[taken],
    )


def predicted_label(features: Features) -> Ints:
    """Return the encoder's own best class, the same that accuracy scores: (n,).

    Raises:
        Impossible: the encoder does not classify.
    """
    if features.logits is None:
        raise Impossible("the encoder gives no class scores, so there is no predicted class")
    label: Ints = np.argmax(features.logits, axis=1).astype(np.int64)
    return label


def nearest(tokens: Floats, targets: Floats, k: int) -> Ints:
    """Return the k targets nearest to each trial's tokens by cosine, the nearest first, (n, k).

    Args:
        tokens: (n, tokens, width).
        targets: (pictures, tokens, width).
        k: how many; where there are fewer pictures, they begin anew.
    """
    likeness = _directions(tokens) @ _directions(targets).T  # (n, pictures)
    order = np.argsort(-likeness, axis=1, kind="stable")
    return np.asarray(order[:, np.arange(k) % order.shape[1]], np.int64)


def _directions(values: Floats) -> Floats:
    flat = np.asarray(values, np.float32).reshape(len(values), -1)
    return np.asarray(flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12))
