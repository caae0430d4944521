"""What plugins with data sets need: a file of arrays read with a clear error, and trials divided into shares.

What `split_recordings` returns reads EEG and decodes pictures on demand, so the trials may lie on disk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import DataError, MissingFiles
from eegrecon.interfaces.data import Ints, Montage, Pictures, Pixels, Recordings, Training, Trials
from eegrecon.preprocessing import SelectedRows
from eegrecon.registry.resources import locate

SHARES = ("train", "val", "test")

__all__ = ["read_arrays", "split_recordings"]


def read_arrays(folder: str, file: str) -> Mapping[str, NDArray[Any]]:
    """Return the arrays of a file that numpy's ``savez`` wrote, by name.

    Args:
        folder: its folder, as a field of a data set names it: a path, or ``"package:folder/inside"``.
        file: its name.

    Raises:
        MissingFiles: the folder or the file does not exist.
        DataError: the file is damaged, or holds anything but arrays of numbers and text.
    """
    found = locate(folder)
    if found is None or not (found / file).is_file():
        raise MissingFiles(f"there is no {file} in {folder!r}; name its folder with --data DIR")
    try:
        with open(found / file, "rb") as opened, np.load(opened) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except Exception as error:  # a damaged file leads numpy and zipfile to whatever they raise
        raise DataError(f"{found / file} cannot be read ({error}); copy or write it again") from error


def split_recordings(
    trials: Trials,
    share: Sequence[str] | NDArray[np.str_],
    subject: int,
    pictures: Pictures,
    classes: Sequence[str],
    montage: Montage,
    *,
    captions: Sequence[str] | None = None,
    permitted: Sequence[int] | None = None,
) -> Recordings:
    """Return one subject's recordings: the trials of a share that are the subject's, and those that train the pool.

    The pictures of training are those that the permitted subjects saw in training or validation, so they are the same
    list for all subjects with the same permitted ones. `dataclasses.replace` adds notes, attributes and synsets.

    Args:
        trials: of all subjects; ``image`` is the row of the picture among ``pictures``.
        share: ``"train"``, ``"val"`` or ``"test"`` of each trial, (n,); an empty text leaves it out.
        subject: who is tested.
        pictures: all pictures.
        classes: names of the classes.
        montage: how the signals were recorded.
        captions: one for each picture.
        permitted: whose trials may train the pool; None for all. A subject who is not among them is tested with what
            the pool trains.

    Raises:
        DataError: a share has another name.
    """
    shares, who = np.asarray(share), np.asarray(trials.subject)
    if unknown := sorted({*np.unique(shares).tolist()} - {*SHARES, ""}):
        raise DataError(f"a trial's share is {unknown[0]!r}; name it {', '.join(SHARES)}, or '' to leave the trial out")
    pooled = np.ones(len(who), bool) if permitted is None else np.isin(who, permitted)
    mine = who == subject
    seen = np.unique(trials.image[pooled & np.isin(shares, SHARES[:2])])
    tested = np.unique(trials.image[mine & (shares == "test")])

    def training(included: NDArray[np.bool_]) -> Training:
        train, val = (_taken(trials, included & (shares == name), seen) for name in SHARES[:2])
        return Training(train, val, _Selected(pictures, seen), _texts(captions, seen), tuple(classes), montage)

    return Recordings(
        training=training(mine if pooled[mine].any() else pooled),
        pool=training(pooled),
        test=_taken(trials, mine & (shares == "test"), tested),
        pictures=_Selected(pictures, tested),
        captions=_texts(captions, tested),
        synsets=None,
    )


@dataclass(frozen=True, eq=False)
class _Selected:
    """Some of the pictures, decoded on demand."""

    pictures: Pictures
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int, /) -> Pixels:
        return np.asarray(self.pictures[int(self.rows[row])])


def _taken(trials: Trials, chosen: NDArray[np.bool_], shown: Ints) -> Trials:
    """Return the chosen trials, whose pictures are numbered among those that are shown."""
    rows = np.flatnonzero(chosen)
    return replace(trials.take(rows, SelectedRows(trials.eeg, rows)), image=np.searchsorted(shown, trials.image[rows]))


def _texts(captions: Sequence[str] | None, rows: Ints) -> list[str] | None:
    return None if captions is None else [captions[int(row)] for row in rows]
