"""The pictures of EEGCVPR40, their captions, and the names of their classes, as far as a folder holds them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from eegrecon import DataError
from eegrecon_datasets.eegcvpr40.labels import CLASSES
from eegrecon_datasets.files.pictures import damaged
from eegrecon_datasets.files.tables import read_table
from eegrecon_datasets.wording import counted

CAPTIONS, CLASS_NAMES = "captions.csv", "classes.csv"


def picture_path(folder: Path, name: str) -> Path:
    """Return the path of a picture in a data set's folder: ``image/<WordNet id>/<name>.JPEG``."""
    return folder / "image" / name.partition("_")[0] / f"{name}.JPEG"


def missing_pictures(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the names of the pictures that have no file."""
    return [name for name in names if not picture_path(folder, name).is_file()]


def damaged_pictures(folder: Path, names: Sequence[str]) -> list[str]:
    """Return the names of the pictures whose file cannot be decoded; every file is decoded once."""
    return [names[position] for position in damaged(tuple(picture_path(folder, name) for name in names))]


def read_captions(folder: Path) -> dict[str, str] | None:
    """Return the caption of each picture in ``captions.csv`` (columns image, caption); None if there is no such file.

    Pictures may be named with or without folder and extension.

    Raises:
        DataError: a column is missing, or a row incomplete.
    """
    rows = read_table(folder / CAPTIONS, "image", "caption")
    return rows and {PurePosixPath(image).name.partition(".")[0]: caption for image, caption in rows.items()}


def captions_of(names: Sequence[str], folder: Path) -> tuple[str, ...] | None:
    """Return the captions of pictures in the order of their names; None if the folder has no captions.

    Raises:
        DataError: a picture has no caption.
    """
    if (captions := read_captions(folder)) is None:
        return None
    if without := [name for name in names if not captions.get(name)]:
        number = f"{len(without)} of {counted(len(names), 'picture')}"
        raise DataError(
            f"{folder / CAPTIONS} has no caption for {number}, for instance {without[0]}; add rows for them, or "
            "take the file away to go on without captions"
        )
    return tuple(captions[name] for name in names)


def class_names(labels: Sequence[str], folder: Path) -> tuple[str, ...]:
    """Return the names of classes by WordNet id: from ``classes.csv`` (columns wnid, name), else the published ones.

    Raises:
        DataError: a class has no name.
    """
    table = folder / CLASS_NAMES
    known = CLASSES | (read_table(table, "wnid", "name") or {})
    if unnamed := [label for label in labels if not known.get(label)]:
        raise DataError(
            f"{unnamed[0]} is none of the 40 classes of EEGCVPR40, and {table} does not name it; add a row wnid,name "
            "to that file"
        )
    return tuple(known[label] for label in labels)
