"""``trials.csv``: its columns, its lines as dictionaries, and the trials of each cell as arrays.

A file may come from someone else: what no run writes is refused, with the line where it stands.
"""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import DataError

Place = tuple[str, int, int]  # label of the row, subject, seed
CLASS = "class/"  # prefix of the column with the score of a class
TEXTS = ("row", "label", "predicted")  # columns that are no numbers
IDENTITIES = ("index", "trial", "image", "picture", "block", "order")  # columns of which trial it is
NO_SCORES = (*TEXTS, "subject", "seed", *IDENTITIES)
_NEEDED = ("row", "subject", "seed", "trial", "label", "predicted")
_LONGEST = 100_000  # characters of a line
Parsed = TypeVar("Parsed")
Line = Mapping[str, Any]  # by column: texts, numbers, and None for an empty cell


@dataclass(frozen=True, eq=False)
class CellTrials:
    """The test trials of one cell, in the order of the file.

    Attributes:
        trial: (n,) identity of the trial.
        picture: (n,) identity of the picture that it saw; where the file has none, the row of the picture.
        label: its class.
        predicted: the predicted class; empty where nothing is decoded.
        scores: (n,) per-trial scores by ``metric.column``.
        classes: (n,) class scores by class.
        identified: whether ``picture`` is an identity, equal for equal pictures of all subjects.
    """

    trial: NDArray[np.int64]
    picture: NDArray[np.int64]
    label: tuple[str, ...]
    predicted: tuple[str, ...]
    scores: Mapping[str, NDArray[np.float64]]
    classes: Mapping[str, NDArray[np.float64]]
    identified: bool

    def logits(self, classes: Iterable[str]) -> NDArray[np.float64] | None:
        """Return class scores (n, classes) in the order of the classes; None without any.

        Raises:
            DataError: a class has no scores.
        """
        if not self.classes:
            return None
        names = list(classes)
        if set(names) != set(self.classes):
            odd = sorted(set(names) ^ set(self.classes))
            raise DataError(f"trials.csv has scores of other classes than the data set: {', '.join(odd[:3])}")
        return np.stack([self.classes[name] for name in names], axis=1)


def read(file: Path, parse: Callable[[str], Parsed]) -> Parsed:
    """Return what is parsed of a run's file.

    Raises:
        DataError: it is not such a file; the message has its folder.
    """
    try:
        return parse(file.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, DataError) as error:
        reason = error if isinstance(error, DataError) else f"{file.name} is not UTF-8 text"
        raise DataError(f"{file.parent}: {reason}; run again") from error


def lines_of(text: str) -> list[dict[str, Any]]:
    """Return the lines in the content of a ``trials.csv``, with numbers as numbers and None for an empty cell.

    Raises:
        DataError: it is not such a file; the message has the line.
    """
    header, lines = _table(text)
    try:
        return [
            {name: value if name in TEXTS else _number(value) for name, value in zip(header, line, strict=True)}
            for line in lines
        ]
    except ValueError as error:
        raise DataError(f"trials.csv: a value is no number ({error})") from error


def _number(text: str) -> int | float | None:
    if not text:
        return None
    return int(text) if re.fullmatch(r"-?\d{1,18}", text) else float(text)


def cells_of(text: str, *, class_scores: bool = True) -> dict[Place, CellTrials]:
    """Return the trials of each cell in the content of a ``trials.csv``.

    Args:
        text: the content.
        class_scores: whether to read the scores of classes, most of the numbers of a submission.

    Raises:
        DataError: it is not such a file; the message has the line.
    """
    header, lines = _table(text)
    columns = dict(zip(header, zip(*lines, strict=True), strict=False))
    groups: dict[tuple[str, str, str], list[int]] = {}
    for number, place in enumerate(zip(*(columns.get(name, ()) for name in ("row", "subject", "seed")), strict=True)):
        groups.setdefault(place, []).append(number)
    read = [name for name in header if class_scores or not name.startswith(CLASS)]
    found = {}
    for (row, subject, seed), rows in groups.items():
        where: Place = (row, _whole(subject, rows[0] + 2), _whole(seed, rows[0] + 2))
        pick = _picker(rows)
        found[where] = _cell({name: pick(columns[name]) for name in read}, where)
    return found


def _picker(rows: list[int]) -> Callable[[tuple[str, ...]], tuple[str, ...]]:
    """Return what picks some rows of a column; those of a cell follow each other in the file of a run."""
    if rows[-1] - rows[0] == len(rows) - 1:
        part = slice(rows[0], rows[-1] + 1)
        return lambda column: column[part]
    return lambda column: tuple([column[row] for row in rows])


def _table(text: str) -> tuple[list[str], list[list[str]]]:
    """Return the names of the columns and the lines, each with a value for each column."""
    lines = _lines(text)
    header, lines = (lines[0], lines[1:]) if lines else ([], [])
    if missing := [name for name in _NEEDED if name not in header]:
        raise DataError(f"trials.csv lacks the columns {', '.join(missing)}")
    if len(set(header)) < len(header):
        raise DataError("trials.csv: a column twice")
    lengths = list(map(len, lines))
    if odd := set(lengths) - {len(header)}:
        number = next(number for number, length in enumerate(lengths, 2) if length in odd)
        raise DataError(f"trials.csv, line {number}: {lengths[number - 2]} values for {len(header)} columns")
    return header, lines


def _lines(text: str) -> list[list[str]]:
    lines = text.splitlines(keepends=True)
    if max(map(len, lines), default=0) > _LONGEST:
        raise DataError(f"trials.csv: a line of more than {_LONGEST:,} characters")
    reader = csv.reader(lines, strict=True)
    try:
        return list(reader)
    except csv.Error as error:
        raise DataError(f"trials.csv, line {reader.line_num}: {error}") from error


def _whole(text: str, line: int) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise DataError(f"trials.csv, line {line}: {text[:20]!r} is no subject or seed")
    return int(text)


def _cell(by_name: Mapping[str, tuple[str, ...]], place: Place) -> CellTrials:
    scores: dict[str, NDArray[np.float64]] = {}
    classes: dict[str, NDArray[np.float64]] = {}
    for name, values in by_name.items():
        if name not in NO_SCORES and any(values):
            found = classes if name.startswith(CLASS) else scores
            found[name.removeprefix(CLASS)] = _numbers(values, name, place)
    identified = "picture" in by_name
    shown = "picture" if identified else "image" if "image" in by_name else "trial"
    return CellTrials(
        trial=_identities(by_name["trial"], "trial", place),
        picture=_identities(by_name[shown], shown, place),
        label=by_name["label"],
        predicted=by_name["predicted"],
        scores=scores,
        classes=classes,
        identified=identified,
    )


def _numbers(values: tuple[str, ...], name: str, place: Place) -> NDArray[np.float64]:
    try:
        numbers = np.asarray(list(map(float, values)), np.float64)
        if not math.isfinite(numbers.sum()) and not np.isfinite(numbers).all():
            raise ValueError("not finite")
    except ValueError as error:
        raise DataError(f"trials.csv, {name} of {place[0]!r}, subject {place[1]}: a value is no number") from error
    return numbers


def _identities(values: tuple[str, ...], name: str, place: Place) -> NDArray[np.int64]:
    try:
        return np.asarray(list(map(int, values)), np.int64)
    except (ValueError, OverflowError) as error:
        raise DataError(f"trials.csv, {name} of {place[0]!r}, subject {place[1]}: a value is no identity") from error
