"""Division of own trials into training, validation and test: by picture, as declared, or by time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError, Ints
from eegrecon_datasets.mne_epochs.tables import SHARES, STIMULI
from eegrecon_datasets.wording import counted

HELD = {"test": 0.2, "val": 0.08}  # of the pictures of a class, or of the trials of a session
LEAST = 3  # pictures of a class, one for each share


@dataclass(frozen=True, eq=False)
class Split:
    """The share of each trial, (trials,), empty for one that is left out, and notes on the division."""

    share: NDArray[np.str_]
    notes: tuple[str, ...] = ()


def by_picture(picture: Ints, label: Ints, draw: int) -> Split:
    """Divide pictures, class by class: a fifth is tested, a twelfth validated, at least one each.

    Where a class has fewer than three pictures, pictures are divided whatever their class.

    Args:
        picture: of each trial, (trials,).
        label: class of each picture, (pictures,).
        draw: number of the division.

    Raises:
        DataError: there are fewer than three pictures.
    """
    shown = np.unique(picture)
    if len(shown) < LEAST:
        raise DataError(
            f"{counted(len(shown), 'picture')} cannot be divided into training, validation and test; declare the split "
            f"of each trial in the table of events, or that of each picture in {STIMULI}, and choose the protocol "
            "declared, or choose late-trials"
        )
    groups, notes = [shown[label[shown] == one] for one in np.unique(label[shown])], []
    if min(map(len, groups)) < LEAST:
        notes.append("pictures are divided whatever their class, because a class has fewer than three")
        groups = [shown]
    of_picture = np.full(len(label), "", "<U5")
    for number, group in enumerate(groups):
        mixed = np.random.default_rng([1, 91, draw, number]).permutation(group)
        test, val = (max(1, round(HELD[name] * len(mixed))) for name in ("test", "val"))
        of_picture[mixed[:test]], of_picture[mixed[test : test + val]] = "test", "val"
        of_picture[mixed[test + val :]] = "train"
    return Split(of_picture[picture], tuple(notes))


def declared(trial: Ints, picture: Ints, of_picture: Sequence[str], draw: int) -> Split:
    """Take the declared share of each trial, or else that of its picture.

    Where nothing is declared for validation, a twelfth of the training pictures is, drawn at random.

    Args:
        trial: number of the share that the table of events declares for each trial, -1 for none, (trials,).
        picture: of each trial, (trials,).
        of_picture: share that `STIMULI` declares for each picture, empty for none.
        draw: number of the draw of pictures for validation.

    Raises:
        DataError: nothing is declared.
    """
    own = np.array(["", *SHARES])[trial + 1]
    share = np.where(own != "", own, np.asarray(of_picture, "<U5")[picture])
    if not (share != "").any():
        raise DataError(
            f"no split is declared: add a column split (train, val or test) to {STIMULI}, or to the tables of events, "
            "or choose another protocol"
        )
    notes, without = [], int((share == "").sum())
    if without:
        notes.append(f"left out: {counted(without, 'trial')} without a declared split")
    trained = np.unique(picture[share == "train"])
    if "val" not in share and len(trained) > 1:
        number = max(1, round(HELD["val"] * len(trained)))
        held = np.random.default_rng([1, 92, draw]).permutation(trained)[:number]
        share[(share == "train") & np.isin(picture, held)] = "val"
        notes.append(
            f"no share is declared for validation: models are selected on {counted(number, 'picture')} of training"
        )
    return Split(share, tuple(notes))


def by_time(block: Ints, label: Ints, order: Ints) -> Split:
    """Divide the trials of each class of each recording by time: training, validation, a gap as long, test.

    Args:
        block: number of the recording, (trials,).
        label: class, (trials,).
        order: position in the recording, (trials,).
    """
    share = np.full(len(block), "", "<U5")
    for one, name in {*zip(block.tolist(), label.tolist(), strict=True)}:
        rows = np.flatnonzero((block == one) & (label == name))
        rows = rows[np.argsort(order[rows], kind="stable")]
        test, val = (max(1, round(HELD[each] * len(rows))) for each in ("test", "val"))
        train = max(0, len(rows) - test - 2 * val)
        share[rows[:train]], share[rows[train : train + val]], share[rows[-test:]] = "train", "val", "test"
    gap = int((share == "").sum())
    return Split(share, (f"left out: {counted(gap, 'trial')} between the training and the test trials of their class",))
