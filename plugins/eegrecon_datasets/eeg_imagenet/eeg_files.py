"""The EEG of EEG-ImageNet: two large ``.pth`` files, converted once into an array on disk that is read row by row."""

from __future__ import annotations

import hashlib
import json
import operator
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, MissingFiles, Preparation, Run
from eegrecon.resources import content_digest
from eegrecon_datasets.eeg_imagenet.published import FILES, SOURCE, WINDOW
from eegrecon_datasets.files.text import as_lines
from eegrecon_datasets.files.torch_files import read, values

SEGMENTS_PER_OPENING = 1000  # after which the file is opened again, so that what was read does not stay mapped
GRANULARITIES = ("coarse", "fine")
FIELDS = ("eeg_data", "granularity", "subject", "label", "image")


@dataclass(frozen=True, eq=False)
class Contents:
    """Everything that a file holds apart from the EEG: lists with a value for each segment, and their channels."""

    subject: list[int]
    label: list[str]
    image: list[str]
    granularity: list[str]
    channels: int


def open_file(path: Path) -> list[Any]:
    """Return the segments of a file; the numbers of their tensors stay on disk.

    Raises:
        MissingFiles: the file does not exist.
        DataError: it is damaged, contains code, or holds no segments.
    """
    file = read(path, SOURCE)
    segments = file.get("dataset") if isinstance(file, dict) else None
    if not isinstance(segments, list) or not segments or not all(isinstance(each, dict) for each in segments):
        raise DataError(f"{path}, field 'dataset': a list of segments is needed; {SOURCE}")
    return segments


def contents(path: Path) -> Contents:
    """Read everything but the EEG of a file.

    Raises:
        MissingFiles: the file does not exist.
        DataError: a field is missing or invalid; the message names segment and field.
    """
    segments, channels = open_file(path), set()
    columns: dict[str, list[Any]] = {name: [] for name in FIELDS[1:]}
    for row, segment in enumerate(segments):
        if missing := [name for name in FIELDS if name not in segment]:
            raise DataError(f"{path}, segment {row}: it has no field {missing[0]!r}; {SOURCE}")
        shape = tuple(getattr(segment["eeg_data"], "shape", ()))
        if len(shape) != 2 or shape[1] < WINDOW.stop:
            raise DataError(
                f"{path}, segment {row}, 'eeg_data': {shape or type(segment['eeg_data']).__name__}, but a tensor "
                f"(channels, {WINDOW.stop} samples or more) is needed; {SOURCE}"
            )
        channels.add(shape[0])
        columns["subject"].append(_number(segment["subject"], path, row))
        for name in ("label", "image", "granularity"):
            columns[name].append(_name(segment[name], path, row, name))
    if len(channels) > 1:
        raise DataError(f"{path}: segments of {sorted(channels)} channels, all must have the same number; {SOURCE}")
    if other := set(columns["granularity"]) - set(GRANULARITIES):
        raise DataError(f"{path}, 'granularity': {min(other)!r} is none of {', '.join(GRANULARITIES)}; {SOURCE}")
    return Contents(**columns, channels=channels.pop())


def _number(value: Any, path: Path, row: int) -> int:
    try:
        number = operator.index(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise DataError(f"{path}, segment {row}, 'subject': a whole number is needed; {SOURCE}") from error
    if not 0 <= number < 1 << 31:
        raise DataError(f"{path}, segment {row}, 'subject': {number} is no number of a subject; {SOURCE}")
    return number


def _name(value: Any, path: Path, row: int, field: str) -> str:
    stem = PurePosixPath(value).stem if isinstance(value, str) else ""
    if not stem.replace("_", "").isalnum() or "/" in str(value) or "\\" in str(value):
        raise DataError(f"{path}, segment {row}, {field!r}: {value!r} is not a name of ImageNet's form; {SOURCE}")
    return str(value)


@dataclass(frozen=True)
class EEGImageNetFiles(Preparation):
    """Converts the files of a folder, of which one is enough, into arrays by segment.

    The arrays are ``eeg`` float32 (segments, channels, 400) in the files' unit; ``subject``, ``label``, ``image``,
    ``fine`` (whether of the fine granularity), ``block`` (subject, granularity and class), ``order`` (position in the
    file, which is taken as that in time) and ``usable`` (whether every number is finite), (segments,); ``labels`` and
    ``images``, names as UTF-8 with one per line. A file that was converted before an interruption is not converted
    again.

    Attributes:
        folder: of the files.
    """

    folder: str = ""

    def files(self) -> list[Path]:
        """Return the files that are there.

        Raises:
            MissingFiles: there is none.
        """
        found = [path for name in FILES if (path := Path(self.folder, name)).is_file()]
        if not found:
            raise MissingFiles(f"{self.folder or 'the folder'} holds neither {' nor '.join(FILES)}; {SOURCE}")
        return found

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the files.

        Raises:
            MissingFiles: there is none.
        """
        lines = [f"{path.name} {content_digest(path)}" for path in self.files()]
        return {"folder": hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()}

    def prepare(self, run: Run) -> Arrays:
        """Convert the files.

        Raises:
            MissingFiles: there is none.
            DataError: one is damaged, has other contents, or contains code.
        """
        files = self.files()
        found = [contents(path) for path in files]
        if len({each.channels for each in found}) > 1:
            raise DataError(f"{files[0]} and {files[1]} have other numbers of channels; {SOURCE}")
        samples, usable = WINDOW.stop - WINDOW.start, []
        with run.progress(sum(len(each.label) for each in found), "reading EEG") as progress:
            for path, each in zip(files, found, strict=True):
                usable.append(_converted(path, len(each.label), run))
                progress.advance(len(each.label))
        whole = run.scratch / "eeg.float32"
        with whole.open("wb") as target:
            for path in files:
                with (run.scratch / f"{path.name}.float32").open("rb") as source:
                    while piece := source.read(1 << 22):
                        target.write(piece)
        shape = (sum(len(each.label) for each in found), found[0].channels, samples)
        return {
            "eeg": np.memmap(whole, np.float32, "r", shape=shape),
            **_numbers(found),
            "usable": np.concatenate(usable),
        }


def _converted(path: Path, segments: int, run: Run) -> NDArray[np.bool_]:
    """Write the windows of a file into the scratch folder, unless they are there; return which are finite."""
    target, done = run.scratch / f"{path.name}.float32", run.scratch / f"{path.name}.json"
    if not (target.is_file() and done.is_file()):
        usable = []
        with target.open("wb") as file:
            for window in windows(path):
                window.tofile(file)
                usable.append(bool(np.isfinite(window).all()))
        done.write_text(json.dumps(usable))
    found = np.array(json.loads(done.read_text()), bool)
    assert len(found) == segments
    return found


def windows(path: Path) -> Iterator[NDArray[np.float32]]:
    """Yield the window of every segment of a file, (channels, 400) float32, in the file's order."""
    total, start = None, 0
    while total is None or start < total:
        segments = open_file(path)
        total = len(segments)
        for segment in segments[start : start + SEGMENTS_PER_OPENING]:
            yield np.ascontiguousarray(values(segment["eeg_data"])[:, WINDOW], np.float32)
        start += SEGMENTS_PER_OPENING


def _numbers(found: list[Contents]) -> dict[str, NDArray[Any]]:
    """Return the numbers of all segments, and the names that they stand for."""
    label, image, grain = (
        [name for each in found for name in getattr(each, field)] for field in ("label", "image", "granularity")
    )
    subject = np.array([number for each in found for number in each.subject], np.int64)
    labels, images = tuple(dict.fromkeys(label)), tuple(dict.fromkeys(image))
    number_of = {name: row for row, name in enumerate(labels)}
    row_of = {name: row for row, name in enumerate(images)}
    numbers = np.array([number_of[name] for name in label], np.int64)
    fine = np.array([name == "fine" for name in grain])
    return {
        "subject": subject,
        "label": numbers,
        "image": np.array([row_of[name] for name in image], np.int64),
        "fine": fine,
        "block": (subject * 2 + fine) * len(labels) + numbers,
        "order": np.arange(len(label)),
        "labels": as_lines(labels),
        "images": as_lines(images),
    }
