"""The pictures of EEGCVPR40, their captions and the names of their classes, where a folder has them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from eegrecon import DataError, Pixels
from eegrecon_datasets.labels import CLASSES
from eegrecon_datasets.wording import counted


@dataclass(frozen=True)
class PictureFiles:
    """Pictures in files, each decoded when it is asked for: uint8 (height, width, 3) RGB."""

    paths: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, row: int) -> Pixels:
        from PIL import Image, UnidentifiedImageError

        try:
            with Image.open(self.paths[row]) as picture:
                return np.asarray(picture.convert("RGB"))
        except (UnidentifiedImageError, OSError, SyntaxError) as error:
            raise DataError(
                f"{self.paths[row]} cannot be read as a picture ({error}); fetch it again, or leave out its trials "
                "with --allow-missing-pictures"
            ) from error


def picture_path(folder: Path, name: str) -> Path:
    """Where a picture lies: ``image/<WordNet id>/<name>.JPEG`` in the data set's folder."""
    return folder / "image" / name.partition("_")[0] / f"{name}.JPEG"


def missing_pictures(folder: Path, names: Sequence[str]) -> list[str]:
    """Names of the pictures that are not where they should be."""
    return [name for name in names if not picture_path(folder, name).is_file()]


def broken_pictures(folder: Path, names: Sequence[str]) -> list[str]:
    """Names of the pictures that are there but cannot be decoded; each is decoded once."""
    broken = []
    for name in names:
        try:
            PictureFiles((picture_path(folder, name),))[0]
        except DataError:
            broken.append(name)
    return broken


def captions(folder: Path) -> dict[str, str] | None:
    """Caption by picture from ``captions.csv`` (columns image, caption); None where there is no such file.

    The extension and folder of a picture's name may be given or not.

    Raises:
        DataError: a column is missing, or a row incomplete.
    """
    rows = _table(folder / "captions.csv", "image", "caption")
    return rows and {PurePosixPath(image).name.partition(".")[0]: caption for image, caption in rows.items()}


def captions_of(names: Sequence[str], folder: Path) -> tuple[str, ...] | None:
    """Captions in the order of the pictures' names; None where the folder has none.

    Raises:
        DataError: a picture has no caption.
    """
    if (known := captions(folder)) is None:
        return None
    if lacking := [name for name in names if not known.get(name)]:
        number = f"{len(lacking)} of {counted(len(names), 'picture')}"
        raise DataError(
            f"{folder / 'captions.csv'} has no caption for {number}, for instance {lacking[0]}; add rows for them, or "
            "take the file away to go on without captions"
        )
    return tuple(known[name] for name in names)


def class_names(labels: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Names of classes by WordNet id: from ``classes.csv`` (columns wnid, name) where there is one, else our own.

    Raises:
        DataError: a class has no name.
    """
    table = folder / "classes.csv"
    known = CLASSES | (_table(table, "wnid", "name") or {})
    if lacking := [label for label in labels if not known.get(label)]:
        raise DataError(
            f"{lacking[0]} is none of the 40 classes of EEGCVPR40, and {table} does not name it; add a row wnid,name "
            "there"
        )
    return tuple(known[label] for label in labels)


def _table(path: Path, key: str, value: str) -> dict[str, str] | None:
    if not path.is_file():
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, strict=True)
            if not {key, value} <= set(reader.fieldnames or ()):
                raise DataError(f"{path} has the columns {reader.fieldnames}; {key} and {value} are needed")
            rows = [(row[key], row[value]) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is no table of comma-separated UTF-8 text ({error}); save it as such") from error
    if short := next((number for number, row in enumerate(rows, 2) if not all(row)), None):
        raise DataError(f"{path}, line {short}: {key} and {value} are needed; complete it or take it out")
    return dict(rows)
