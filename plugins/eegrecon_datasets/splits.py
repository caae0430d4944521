"""Who trains and who tests: the published lists of EEGCVPR40, and our own division by picture made from them."""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import DataError, Ints
from eegrecon_datasets.torch_files import SOURCE, read
from eegrecon_datasets.wording import counted

SHARES = ("train", "val", "test")


@dataclass(frozen=True, eq=False)
class Division:
    """Segments of all subjects by share, and what was found on the way there."""

    rows: Mapping[str, Ints]  # by share, ascending numbers of segments
    notes: tuple[str, ...]


def published_lists(path: Path) -> dict[str, Ints]:
    """Read the first (and only) division of a split file.

    Raises:
        MissingFiles: there is no such file.
        DataError: it does not hold lists of numbers; the message names the field.
    """
    file = read(path)
    splits = file.get("splits") if isinstance(file, dict) else None
    if not isinstance(splits, list | tuple) or not splits or not isinstance(splits[0], dict):
        raise DataError(f"{path}, field 'splits': a list of tables with {', '.join(SHARES)} is needed; {SOURCE}")
    return {share: _list(splits[0].get(share), path, share) for share in SHARES}


def _list(listed: Any, path: Path, share: str) -> Ints:
    try:
        numbers = np.array([operator.index(number) for number in listed], np.int64)
    except (TypeError, ValueError) as error:
        raise DataError(f"{path}, field 'splits', {share!r}: a list of whole numbers is needed; {SOURCE}") from error
    if (numbers < 0).any():
        raise DataError(f"{path}, field 'splits', {share!r}: {numbers.min()} is no number of a segment; {SOURCE}")
    return numbers


def as_published(lists: Mapping[str, Ints], subject: Ints, by_subject: bool) -> Division:
    """Turn the lists into numbers of segments, as they stand.

    Args:
        lists: numbers by share.
        subject: (segments,) the file's subjects.
        by_subject: whether the numbers count the segments of one subject alone (``block_splits_by_image_single.pth``)
            or all segments of the file (``…_all.pth``). Subjects lack different segments, so counting within a
            subject gives the same number to different pictures.

    Returns:
        For each share the segments of every subject. Numbers beyond the data are dropped and repeats counted once.
    """
    lines = [np.flatnonzero(subject == each) for each in np.unique(subject)] if by_subject else [_all(subject)]
    rows, notes = {}, []
    for share, numbers in lists.items():
        inside = [segments[numbers[numbers < len(segments)]] for segments in lines]
        found = np.concatenate(inside)
        rows[share] = np.unique(found)
        if beyond := sum(int((numbers >= len(segments)).sum()) for segments in lines):
            notes.append(f"dropped: {counted(beyond, 'number')} of the published {share} list beyond the data")
        if repeats := len(found) - len(rows[share]):
            notes.append(f"counted once: {counted(repeats, 'repeated number')} of the published {share} list")
    held = np.union1d(rows["val"], rows["test"])
    if shared := len(np.intersect1d(rows["train"], held)) + len(np.intersect1d(rows["val"], rows["test"])):
        notes.append(f"{counted(shared, 'segment')} in more than one published list")
    return Division(rows, tuple(notes))


def by_picture(published: Division, image: Ints) -> Division:
    """Put every picture into one share: the one that most of its listed segments are in.

    Of equal numbers, test goes before validation and validation before training, so that nothing that was held out
    is trained on. All segments of a picture follow it, listed or not; a picture that no list names is left out.

    Args:
        published: the lists as they stand.
        image: (segments,) the picture of each segment.
    """
    votes = np.zeros((int(image.max()) + 1, len(SHARES)), np.int64)  # (pictures, shares)
    for column, share in enumerate(SHARES):
        np.add.at(votes[:, column], image[published.rows[share]], 1)
    chosen = len(SHARES) - 1 - votes[:, ::-1].argmax(axis=1)  # (pictures,) the last of equals
    listed = np.asarray(votes.sum(axis=1) > 0)  # (pictures,)
    notes = list(published.notes)
    if split := int(((votes > 0).sum(axis=1) > 1).sum()):
        notes.append(f"{counted(split, 'picture')} in more than one share of the published lists, each in one here")
    shown = np.unique(image)
    if unlisted := int(np.count_nonzero(~listed[shown])):
        notes.append(f"left out: {unlisted} of {counted(len(shown), 'picture')}, in no published list")
    share_of = np.where(listed, chosen, -1)[image]  # (segments,)
    return Division({share: np.flatnonzero(share_of == i) for i, share in enumerate(SHARES)}, tuple(notes))


def _all(subject: Ints) -> Ints:
    return np.arange(len(subject), dtype=np.int64)
