"""Who trains and who tests: the published lists of EEGCVPR40, and our own division by picture made from them."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from eegrecon import DataError, Ints
from eegrecon_datasets.torch_files import SOURCE, read
from eegrecon_datasets.wording import counted

SHARES = ("train", "val", "test")
BEYOND = 0.01  # share of a list that may lie beyond the data; the published lists have one number too many
CUT = 0.5  # share of pictures that a division by picture may cut


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


def published_division(path: Path, subject: Ints, image: Ints) -> Division:
    """Read a split file for a data file: its lists as they stand.

    Args:
        path: of the split file; ``single`` in its name says that it counts within a subject.
        subject: (segments,) the data file's subjects.
        image: (segments,) the picture of each.

    Raises:
        MissingFiles: there is no such file.
        DataError: it holds no lists of numbers, or was made for another data file.
    """
    lists, by_subject = published_lists(path), "single" in path.name
    division = as_published(lists, subject, by_subject)
    _refuse_foreign(path, lists, int(np.bincount(subject).max()) if by_subject else len(subject), division, image)
    return division


def _refuse_foreign(path: Path, lists: Mapping[str, Ints], segments: int, division: Division, image: Ints) -> None:
    """Refuse a split file that was made for another data file.

    Args:
        path: of the split file, for the message.
        lists: its numbers by share.
        segments: how many there are to number (of one subject at most, where the lists count within a subject).
        division: the lists as they stand.
        image: (segments of the file,) the picture of each.

    Raises:
        DataError: more than a hundredth of its numbers are beyond the data, or it cuts most pictures in pieces though
            it says that it divides by picture.
    """
    numbers = np.concatenate(list(lists.values()))
    beyond = int((numbers >= segments).sum())
    if beyond > max(1, BEYOND * len(numbers)):
        raise DataError(
            f"{path} was made for another data file: {counted(beyond, 'number')} of {len(numbers)} are beyond its "
            f"{counted(segments, 'segment')} (the largest is {numbers.max()}); fetch both from one place: {SOURCE}"
        )
    shown = [set(image[rows]) for rows in division.rows.values()]
    pictures = set().union(*shown)
    cut = sum(sum(picture in share for share in shown) > 1 for picture in pictures)
    if "all" in path.name and cut > CUT * len(pictures):
        raise DataError(
            f"{path} was made for another data file: it divides by picture, but here it puts {cut} of "
            f"{counted(len(pictures), 'picture')} into more than one share; fetch both from one place: {SOURCE}"
        )


def late(subject: Ints, label: Ints, order: Ints) -> Division:
    """Divide every block (a subject's trials of one class) by time: first training, then validation, a gap, test.

    A fifth tests, the gap is as long as the validation: a twelfth, at least one trial.

    Args:
        subject: (segments,) who.
        label: (segments,) class, which is the block.
        order: (segments,) place in the order of presentation.
    """
    share = np.full(len(subject), -1, np.int64)
    for who in np.unique(subject):
        for one in np.unique(label[subject == who]):
            rows = np.flatnonzero((subject == who) & (label == one))
            rows = rows[np.argsort(order[rows], kind="stable")]
            test, val = max(1, round(0.2 * len(rows))), max(1, round(0.08 * len(rows)))
            train = max(0, len(rows) - test - 2 * val)
            share[rows[:train]], share[rows[train : train + val]], share[rows[-test:]] = 0, 1, 2
    gap = int((share < 0).sum())
    notes = (f"{counted(gap, 'trial')} between training and test trials of their block left out",)
    return Division({name: np.flatnonzero(share == i) for i, name in enumerate(SHARES)}, notes)


def presented(path: Path, images: Sequence[str]) -> Ints:
    """Read the order in which pictures were shown: their place in it (pictures,), by the number of the picture.

    Args:
        path: of ``image_order.txt``, a picture's name per line, with or without folder and extension.
        images: names of the pictures, by number.

    Raises:
        DataError: a picture stands there twice or not at all.
    """
    lines = [PurePosixPath(line.strip()).name.partition(".")[0] for line in path.read_text("utf-8").splitlines()]
    place = {name: number for number, name in enumerate(name for name in lines if name)}
    if len(place) < sum(map(bool, lines)):
        twice = next(name for name in place if lines.count(name) > 1)
        raise DataError(
            f"{path} names {twice} more than once; give each picture one line, in the order of presentation"
        )
    if lacking := [name for name in images if name not in place]:
        raise DataError(
            f"{path} lacks {counted(len(lacking), 'picture')} of {len(images)}, for instance {lacking[0]}; give each "
            "picture a line, in the order of presentation"
        )
    return np.array([place[name] for name in images], np.int64)


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
