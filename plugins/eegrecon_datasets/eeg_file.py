"""The EEG of EEGCVPR40: one large ``.pth`` file, brought once into an array that is read row by row from disk."""

from __future__ import annotations

import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, Ints, MissingFiles, Preparation, Run, content_digest
from eegrecon_datasets.torch_files import SOURCE, read, values

WINDOW = slice(20, 460)  # samples at 1 kHz; perceivelab/eeg_visual_classification, --time_low and --time_high
LENGTHS = (450, 600)  # samples; the same code keeps segments of 450 to 600
_AT_ONCE = 1000  # segments between two openings of the file, so that what was read does not stay mapped


@dataclass(frozen=True, eq=False)
class Contents:
    """What a file of EEG says of itself, without the EEG."""

    labels: tuple[str, ...]  # WordNet id by label
    images: tuple[str, ...]  # name of a picture, without folder and extension, by image
    label: Ints  # (segments,)
    image: Ints  # (segments,)
    subject: Ints  # (segments,)
    length: Ints  # (segments,) samples
    channels: int


def contents(path: Path) -> Contents:
    """Read everything but the EEG.

    Raises:
        MissingFiles: there is no such file.
        DataError: a field is missing or not what it should be; the message names it.
    """
    if not path.is_file():
        raise MissingFiles(f"{path} is not there; {SOURCE}")
    state = path.stat()
    return _contents(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4)
def _contents(path: Path, size: int, changed: int) -> Contents:
    file = _opened(path)
    labels, images = _names(file["labels"], path, "labels"), _names(file["images"], path, "images")
    segments = file["dataset"]
    shapes = np.array([_shape(segment, path, row) for row, segment in enumerate(segments)], np.int64)
    if len(set(shapes[:, 0])) != 1:
        raise DataError(f"{path}, field 'dataset': segments of {sorted(set(shapes[:, 0].tolist()))} channels; {SOURCE}")
    return Contents(
        labels=labels,
        images=images,
        label=_numbers(segments, path, "label", len(labels)),
        image=_numbers(segments, path, "image", len(images)),
        subject=_numbers(segments, path, "subject", None),
        length=shapes[:, 1],
        channels=int(shapes[0, 0]),
    )


def windows(path: Path, channels: int) -> Iterator[NDArray[np.float32]]:
    """Cut every segment of a file to the window, in the file's order.

    A segment of 450 to 459 samples ends before the window does; its last sample is held. One outside 450 to 600
    samples is no trial, and zeros stand in its place.

    Yields:
        (channels, 440), microvolts or standardised as in the file.
    """
    total, start = None, 0
    while total is None or start < total:
        segments = _opened(path)["dataset"]
        total = len(segments)
        for segment in segments[start : start + _AT_ONCE]:
            yield _window(values(segment["eeg"]), channels)
        start += _AT_ONCE


def _window(eeg: NDArray[Any], channels: int) -> NDArray[np.float32]:
    cut = np.zeros((channels, WINDOW.stop - WINDOW.start), np.float32)
    if LENGTHS[0] <= eeg.shape[1] <= LENGTHS[1]:
        inside = eeg[:, WINDOW]
        cut[:, : inside.shape[1]] = inside
        cut[:, inside.shape[1] :] = inside[:, -1:]
    return cut


@dataclass(frozen=True)
class EEGFile(Preparation):
    """A file such as ``eeg_5_95_std.pth`` as arrays by segment, in the file's order.

    ``eeg`` float32 (segments, channels, 440) in the file's unit; ``label``, ``image``, ``subject``, ``length``
    (segments,); ``usable`` (segments,) whether the length is 450 to 600 and every number finite; ``labels`` and
    ``images``: names, as UTF-8 with a line each. The EEG goes from file to file and is never in memory as a whole.

    Attributes:
        path: the file, as published by perceivelab/eeg_visual_classification.
    """

    path: str = ""

    def reads(self) -> Mapping[str, str]:
        """Digest of the file.

        Raises:
            MissingFiles: it is not there.
        """
        if not Path(self.path).is_file():
            raise MissingFiles(f"{self.path or 'the EEG file'} is not there; {SOURCE}, and name its folder with --data")
        return {"path": content_digest(self.path)}

    def prepare(self, run: Run) -> Arrays:
        """Bring the file into arrays.

        Raises:
            MissingFiles: the file is not there.
            DataError: it is damaged, is something else, or wants to run code.
        """
        found = contents(Path(self.path))
        usable = (found.length >= LENGTHS[0]) & (found.length <= LENGTHS[1])
        target = run.scratch / "eeg.float32"
        with target.open("wb") as file, run.progress(len(found.label), "reading EEG") as progress:
            for row, eeg in enumerate(windows(Path(self.path), found.channels)):
                usable[row] &= bool(np.isfinite(eeg).all())
                eeg.tofile(file)
                progress.advance()
        shape = (len(found.label), found.channels, WINDOW.stop - WINDOW.start)
        return {
            "eeg": np.memmap(target, np.float32, "r", shape=shape),
            "label": found.label,
            "image": found.image,
            "subject": found.subject,
            "length": found.length,
            "usable": usable,
            "labels": _lines(found.labels),
            "images": _lines(found.images),
        }


def names(lines: NDArray[np.uint8]) -> tuple[str, ...]:
    """Names that were kept as UTF-8 with a line each."""
    return tuple(bytes(lines).decode().split("\n"))


def _lines(listed: tuple[str, ...]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(listed).encode(), np.uint8)


def _opened(path: Path) -> dict[str, Any]:
    file = read(path)
    if not isinstance(file, dict) or not {"dataset", "labels", "images"} <= set(file):
        holds = f"the fields {', '.join(map(str, file))}" if isinstance(file, dict) else f"a {type(file).__name__}"
        raise DataError(f"{path} holds {holds} where 'dataset', 'labels' and 'images' are needed; {SOURCE}")
    if not isinstance(file["dataset"], list) or not file["dataset"]:
        raise DataError(f"{path}, field 'dataset': a list of segments is needed; {SOURCE}")
    return file


def _names(listed: Any, path: Path, field: str) -> tuple[str, ...]:
    if not isinstance(listed, list | tuple) or not listed or not all(isinstance(name, str) for name in listed):
        raise DataError(f"{path}, field {field!r}: a list of names is needed; {SOURCE}")
    if strange := [name for name in listed if not name.replace("_", "").isalnum()]:
        raise DataError(f"{path}, field {field!r}: {strange[0]!r} is no name of ImageNet's form; {SOURCE}")
    return tuple(listed)


def _shape(segment: Any, path: Path, row: int) -> tuple[int, int]:
    eeg = segment.get("eeg") if isinstance(segment, dict) else None
    shape = tuple(getattr(eeg, "shape", ()))
    if len(shape) != 2:
        raise DataError(
            f"{path}, field 'dataset', segment {row}, 'eeg': a tensor (channels, samples) is needed; {SOURCE}"
        )
    return shape[0], shape[1]


def _numbers(segments: list[dict[str, Any]], path: Path, field: str, below: int | None) -> Ints:
    """One whole number of each segment, from 0 to below ``below``."""
    try:
        found = np.array([operator.index(segment[field]) for segment in segments], np.int64)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{path}, field 'dataset', {field!r}: each segment needs a whole number; {SOURCE}") from error
    if found.min() < 0 or (below is not None and found.max() >= below):
        needed = "0 or more" if below is None else f"0 to {below - 1}"
        held = f"{found.min()} to {found.max()}"
        raise DataError(f"{path}, field 'dataset', {field!r}: {held} where {needed} is needed; {SOURCE}")
    return found
