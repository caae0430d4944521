"""The EEG of EEGCVPR40: one large ``.pth`` file, converted once into an array on disk that is read row by row."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, Ints, MissingFiles, Preparation, Run
from eegrecon.resources import content_digest
from eegrecon_datasets.eegcvpr40.published import LENGTHS, SOURCE, WINDOW
from eegrecon_datasets.files.text import as_lines
from eegrecon_datasets.files.torch_files import read, values

SEGMENTS_PER_OPENING = 1000  # after which the file is opened again, so that what was read does not stay mapped


@dataclass(frozen=True, eq=False)
class Contents:
    """Everything that an EEG file holds apart from the EEG itself."""

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
        MissingFiles: the file does not exist.
        DataError: a field is missing or invalid; the message names it.
    """
    if not path.is_file():
        raise MissingFiles(f"{path} does not exist; {SOURCE}")
    state = path.stat()
    return _contents(path, state.st_size, state.st_mtime_ns)


@lru_cache(maxsize=4)
def _contents(path: Path, size: int, changed: int) -> Contents:
    file = open_file(path)
    labels, images = _names(file["labels"], path, "labels"), _names(file["images"], path, "images")
    segments = file["dataset"]
    shapes = np.array([_shape(segment, path, row) for row, segment in enumerate(segments)], np.int64)
    if len(set(shapes[:, 0])) != 1:
        raise DataError(
            f"{path}, field 'dataset': segments of {sorted(set(shapes[:, 0].tolist()))} channels, all must have the "
            f"same number; {SOURCE}"
        )
    return Contents(
        labels=labels,
        images=images,
        label=_numbers(segments, path, "label", len(labels)),
        image=_numbers(segments, path, "image", len(images)),
        subject=_numbers(segments, path, "subject", None),
        length=shapes[:, 1],
        channels=int(shapes[0, 0]),
    )


def open_file(path: Path) -> dict[str, Any]:
    """Open an EEG file; the numbers of its tensors stay on disk.

    Returns:
        Its fields, among them ``dataset`` (a list of segments), ``labels`` and ``images``.

    Raises:
        MissingFiles: the file does not exist.
        DataError: it is damaged, contains code, or lacks a field.
    """
    file = read(path, SOURCE)
    if not isinstance(file, dict) or not {"dataset", "labels", "images"} <= set(file):
        held = f"the fields {', '.join(map(str, file))}" if isinstance(file, dict) else f"a {type(file).__name__}"
        raise DataError(f"{path} holds {held}, but 'dataset', 'labels' and 'images' are needed; {SOURCE}")
    if not isinstance(file["dataset"], list) or not file["dataset"]:
        raise DataError(f"{path}, field 'dataset': a list of segments is needed; {SOURCE}")
    return file


def windows(
    path: Path,
    channels: int,
    *,
    segments_per_opening: int = SEGMENTS_PER_OPENING,
    opener: Callable[[Path], dict[str, Any]] = open_file,
) -> Iterator[NDArray[np.float32]]:
    """Cut every segment of a file to the window, in the file's order.

    A segment of 450 to 459 samples ends before the window does; its last sample is held. A segment outside 450 to 600
    samples is not a trial; it is replaced by zeros.

    Args:
        path: the EEG file.
        channels: number of channels of every segment.
        segments_per_opening: how many segments are read before the file is opened again, which bounds the memory that
            a memory map of the file occupies.
        opener: opens the file.

    Yields:
        (channels, 440) float32, microvolts or standardised as in the file.
    """
    total, start = None, 0
    while total is None or start < total:
        segments = opener(path)["dataset"]
        total = len(segments)
        for segment in segments[start : start + segments_per_opening]:
            yield _window(values(segment["eeg"]), channels)
        start += segments_per_opening


def _window(eeg: NDArray[Any], channels: int) -> NDArray[np.float32]:
    cut = np.zeros((channels, WINDOW.stop - WINDOW.start), np.float32)
    if LENGTHS[0] <= eeg.shape[1] <= LENGTHS[1]:
        inside = eeg[:, WINDOW]
        cut[:, : inside.shape[1]] = inside
        cut[:, inside.shape[1] :] = inside[:, -1:]
    return cut


@dataclass(frozen=True)
class EEGFile(Preparation):
    """Converts a file such as ``eeg_5_95_std.pth`` into arrays by segment, in the file's order.

    The arrays are ``eeg`` float32 (segments, channels, 440) in the file's unit; ``label``, ``image``, ``subject`` and
    ``length`` (segments,); ``usable`` (segments,), whether the length is 450 to 600 and every number finite;
    ``labels`` and ``images``, names as UTF-8 with one per line. The EEG is copied from file to file and never held in
    memory as a whole.

    Attributes:
        path: the file, as published by perceivelab/eeg_visual_classification.
    """

    path: str = ""

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the file.

        Raises:
            MissingFiles: the file does not exist.
        """
        if not Path(self.path).is_file():
            raise MissingFiles(
                f"{self.path or 'the EEG file'} does not exist; {SOURCE}, and name its folder with --data"
            )
        return {"path": content_digest(self.path)}

    def prepare(self, run: Run) -> Arrays:
        """Convert the file.

        Raises:
            MissingFiles: the file does not exist.
            DataError: it is damaged, has other contents, or contains code.
        """
        described = contents(Path(self.path))
        usable = (described.length >= LENGTHS[0]) & (described.length <= LENGTHS[1])
        target = run.scratch / "eeg.float32"
        with target.open("wb") as file, run.progress(len(described.label), "reading EEG") as progress:
            for row, eeg in enumerate(windows(Path(self.path), described.channels)):
                usable[row] &= bool(np.isfinite(eeg).all())
                eeg.tofile(file)
                progress.advance()
        shape = (len(described.label), described.channels, WINDOW.stop - WINDOW.start)
        return {
            "eeg": np.memmap(target, np.float32, "r", shape=shape),
            "label": described.label,
            "image": described.image,
            "subject": described.subject,
            "length": described.length,
            "usable": usable,
            "labels": as_lines(described.labels),
            "images": as_lines(described.images),
        }


def _names(listed: Any, path: Path, field: str) -> tuple[str, ...]:
    if not isinstance(listed, list | tuple) or not listed or not all(isinstance(name, str) for name in listed):
        raise DataError(f"{path}, field {field!r}: a list of names is needed; {SOURCE}")
    if invalid := [name for name in listed if not name.replace("_", "").isalnum()]:
        raise DataError(f"{path}, field {field!r}: {invalid[0]!r} is not a name of ImageNet's form; {SOURCE}")
    return tuple(listed)


def _shape(segment: Any, path: Path, row: int) -> tuple[int, int]:
    eeg = segment.get("eeg") if isinstance(segment, dict) else None
    shape = tuple(getattr(eeg, "shape", ()))
    if len(shape) != 2:
        raise DataError(
            f"{path}, field 'dataset', segment {row}, 'eeg': a tensor (channels, samples) is needed; {SOURCE}"
        )
    if getattr(getattr(eeg, "dtype", None), "is_complex", False):
        raise DataError(
            f"{path}, field 'dataset', segment {row}, 'eeg': its numbers are complex, real ones are needed; {SOURCE}"
        )
    return shape[0], shape[1]


def _numbers(segments: list[dict[str, Any]], path: Path, field: str, limit: int | None) -> Ints:
    """Return one integer of each segment, (segments,), each from 0 to below the limit."""
    try:
        numbers = np.array([operator.index(segment[field]) for segment in segments], np.int64)
    except (KeyError, TypeError, ValueError, RuntimeError, OverflowError) as error:
        raise DataError(
            f"{path}, field 'dataset', {field!r}: each segment needs an integer below 2^63; {SOURCE}"
        ) from error
    if numbers.min() < 0 or (limit is not None and numbers.max() >= limit):
        valid = "0 or more" if limit is None else f"0 to {limit - 1}"
        held = f"{numbers.min()} to {numbers.max()}"
        raise DataError(f"{path}, field 'dataset', {field!r}: {held} where {valid} is needed; {SOURCE}")
    return numbers
