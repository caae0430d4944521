"""Splits of EEGCVPR40 into training, validation and test: the published lists, and splits by picture and by time."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np

from eegrecon import DataError, Ints
from eegrecon_datasets.eegcvpr40.published import SOURCE
from eegrecon_datasets.files.text import read_lines
from eegrecon_datasets.files.torch_files import read
from eegrecon_datasets.wording import counted

SHARES = ("train", "val", "test")
MAX_BEYOND = 0.01  # share of a list that may lie beyond the data; the published lists have one number too many
MAX_DIVIDED = 0.5  # share of pictures that may be in several lists of a file that splits by picture


@dataclass(frozen=True, eq=False)
class Split:
    """Segments of all subjects by share, and notes on how they were assigned.

    Attributes:
        rows: ascending numbers of segments, by share.
        notes: for the result.
    """

    rows: Mapping[str, Ints]
    notes: tuple[str, ...]


def read_lists(path: Path) -> dict[str, Ints]:
    """Return the lists of segment numbers in a split file by share, those of its first (and only) split.

    Raises:
        MissingFiles: the file does not exist.
        DataError: it does not hold lists of numbers; the message names the field.
    """
    file = read(path, SOURCE)
    splits = file.get("splits") if isinstance(file, dict) else None
    if not isinstance(splits, list | tuple) or not splits or not isinstance(splits[0], dict):
        raise DataError(f"{path}, field 'splits': a list of tables with {', '.join(SHARES)} is needed; {SOURCE}")
    return {share: _segment_numbers(splits[0].get(share), path, share) for share in SHARES}


def _segment_numbers(listed: Any, path: Path, share: str) -> Ints:
    try:
        numbers = np.array([operator.index(number) for number in listed], np.int64)
    except (TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise DataError(f"{path}, field 'splits', {share!r}: a list of whole numbers is needed; {SOURCE}") from error
    if (numbers < 0).any():
        raise DataError(
            f"{path}, field 'splits', {share!r}: {numbers.min()} is not a segment number, which start at 0; {SOURCE}"
        )
    return numbers


def split_by_lists(lists: Mapping[str, Ints], subject: Ints, *, within_subject: bool) -> Split:
    """Apply published lists without any correction.

    Args:
        lists: segment numbers by share.
        subject: (segments,) subject of each segment of the data file.
        within_subject: whether the numbers count the segments of one subject (``block_splits_by_image_single.pth``)
            or all segments of the file (``…_all.pth``). Subjects lack different segments, so within subjects the same
            number can mean different pictures.

    Returns:
        For each share the segments of every subject. Numbers beyond the data are dropped, repeated ones counted once.
    """
    if within_subject:
        numbered = [np.flatnonzero(subject == person) for person in np.unique(subject)]
    else:
        numbered = [np.arange(len(subject), dtype=np.int64)]
    rows, notes = {}, []
    for share, numbers in lists.items():
        listed = np.concatenate([segments[numbers[numbers < len(segments)]] for segments in numbered])
        rows[share] = np.unique(listed)
        if beyond := sum(int((numbers >= len(segments)).sum()) for segments in numbered):
            notes.append(f"dropped: {counted(beyond, 'number')} of the published {share} list beyond the data")
        if repeats := len(listed) - len(rows[share]):
            notes.append(f"counted once: {counted(repeats, 'repeated number')} of the published {share} list")
    held_out = np.union1d(rows["val"], rows["test"])
    if shared := len(np.intersect1d(rows["train"], held_out)) + len(np.intersect1d(rows["val"], rows["test"])):
        notes.append(f"{counted(shared, 'segment')} in more than one published list")
    return Split(rows, tuple(notes))


def published_split(path: Path, subject: Ints, image: Ints) -> Split:
    """Read a split file and apply its lists to a data file.

    Args:
        path: the split file; ``single`` in its name means that it counts within subjects.
        subject: (segments,) subject of each segment of the data file.
        image: (segments,) picture of each segment.

    Raises:
        MissingFiles: the file does not exist.
        DataError: it holds no lists of numbers, or was made for another data file.
    """
    lists, within_subject = read_lists(path), "single" in path.name
    split = split_by_lists(lists, subject, within_subject=within_subject)
    segments = int(np.bincount(subject).max()) if within_subject else len(subject)
    _check_belongs_to_data(path, lists, segments, split, image)
    return split


def _check_belongs_to_data(path: Path, lists: Mapping[str, Ints], segments: int, split: Split, image: Ints) -> None:
    """Check that a split file was made for this data file.

    Args:
        path: the split file, for the message.
        lists: its segment numbers by share.
        segments: how many segments the lists can count: of the file, or of one subject at most.
        split: the lists applied to the data.
        image: (segments of the file,) picture of each segment.

    Raises:
        DataError: more than `MAX_BEYOND` of its numbers are beyond the data, or it is a split by picture and assigns
            more than `MAX_DIVIDED` of the pictures to several shares.
    """
    numbers = np.concatenate(list(lists.values()))
    beyond = int((numbers >= segments).sum())
    if beyond > max(1, MAX_BEYOND * len(numbers)):
        raise DataError(
            f"{path} was made for another data file: {counted(beyond, 'number')} of {len(numbers)} are beyond its "
            f"{counted(segments, 'segment')} (the largest is {numbers.max()}); fetch both from one place: {SOURCE}"
        )
    by_share = [set(image[rows]) for rows in split.rows.values()]
    pictures = set().union(*by_share)
    divided = sum(sum(picture in share for share in by_share) > 1 for picture in pictures)
    if "all" in path.name and divided > MAX_DIVIDED * len(pictures):
        raise DataError(
            f"{path} was made for another data file: it is a split by picture, but assigns {divided} of "
            f"{counted(len(pictures), 'picture')} to more than one share; fetch both from one place: {SOURCE}"
        )


def split_by_picture(published: Split, image: Ints) -> Split:
    """Assign every picture to one share: the one that most of its listed segments are in.

    On a tie, test precedes validation and validation precedes training, so that nothing that was held out is trained
    on. All segments of a picture follow it, listed or not; a picture in no list is left out.

    Args:
        published: the published lists applied to the data.
        image: (segments,) picture of each segment.
    """
    votes = np.zeros((int(image.max()) + 1, len(SHARES)), np.int64)  # (pictures, shares)
    for column, share in enumerate(SHARES):
        np.add.at(votes[:, column], image[published.rows[share]], 1)
    chosen = len(SHARES) - 1 - votes[:, ::-1].argmax(axis=1)  # (pictures,) the last of equals
    listed = np.asarray(votes.sum(axis=1) > 0)  # (pictures,)
    notes = list(published.notes)
    if divided := int(((votes > 0).sum(axis=1) > 1).sum()):
        notes.append(
            f"{counted(divided, 'picture')} in more than one share of the published lists, assigned to one here"
        )
    shown = np.unique(image)
    if unlisted := int(np.count_nonzero(~listed[shown])):
        notes.append(f"left out: {unlisted} of {counted(len(shown), 'picture')}, in no published list")
    share_of = np.where(listed, chosen, -1)[image]  # (segments,)
    return Split({share: np.flatnonzero(share_of == i) for i, share in enumerate(SHARES)}, tuple(notes))


def split_by_time(subject: Ints, label: Ints, order: Ints) -> Split:
    """Split every block (a subject's trials of one class) by time: training, validation, a gap, test.

    A fifth of a block is tested; validation and the gap have a twelfth each, at least one trial.

    Args:
        subject: (segments,) subject.
        label: (segments,) class, which identifies the block.
        order: (segments,) position in the order of presentation.
    """
    share = np.full(len(subject), -1, np.int64)
    for person in np.unique(subject):
        for block in np.unique(label[subject == person]):
            rows = np.flatnonzero((subject == person) & (label == block))
            rows = rows[np.argsort(order[rows], kind="stable")]
            test, val = max(1, round(0.2 * len(rows))), max(1, round(0.08 * len(rows)))
            train = max(0, len(rows) - test - 2 * val)
            share[rows[:train]], share[rows[train : train + val]], share[rows[-test:]] = 0, 1, 2
    gap = int((share < 0).sum())
    notes = (f"left out: {counted(gap, 'trial')} between the training and test trials of their block",)
    return Split({name: np.flatnonzero(share == i) for i, name in enumerate(SHARES)}, notes)


def read_presentation_order(path: Path, images: Sequence[str]) -> Ints:
    """Return the position of each picture in the order of presentation, (pictures,).

    Args:
        path: ``image_order.txt``, with the name of a picture per line, with or without folder and extension.
        images: names of the pictures, by number.

    Raises:
        DataError: the file is not UTF-8, or a picture is listed twice or not at all.
    """
    lines = [PurePosixPath(line.strip()).name.partition(".")[0] for line in read_lines(path)]
    place = {name: number for number, name in enumerate(name for name in lines if name)}
    if len(place) < sum(map(bool, lines)):
        repeated = next(name for name in place if lines.count(name) > 1)
        raise DataError(
            f"{path} names {repeated} more than once; give each picture one line, in the order of presentation"
        )
    if missing := [name for name in images if name not in place]:
        raise DataError(
            f"{path} lacks {counted(len(missing), 'picture')} of {len(images)}, for instance {missing[0]}; give each "
            "picture a line, in the order of presentation"
        )
    return np.array([place[name] for name in images], np.int64)
