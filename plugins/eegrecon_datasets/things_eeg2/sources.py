"""One subject's EEG of one partition, as a file of any of the three forms holds it: trials on disk and their pictures.

Of the pickled form the dictionary has ``preprocessed_eeg_data`` (pictures, repeats, channels, samples), ``ch_names``
and ``times``; of UBP's form ``eeg`` and also ``img`` and ``session`` (pictures, repeats). The flat form has
``preprocessed_eeg_data`` (trials, channels, samples), or is an array alone, beside a parquet table with the columns
``partition``, ``dropped`` and ``image_path``: trial k is assumed to be the k-th row of its partition that was not
dropped, which is checked by their number.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError, Ints
from eegrecon_datasets.files.numpy_files import Pickle
from eegrecon_datasets.files.parquet import read_parquet
from eegrecon_datasets.files.torch_files import read
from eegrecon_datasets.things_eeg2.layout import CONCEPT, EEGFolder
from eegrecon_datasets.things_eeg2.published import CHANNELS, PARTITION_NAMES, SFREQ, SOURCE
from eegrecon_datasets.wording import counted

TABLES = ("experiment_metadata.parquet", "experiment_metadata_categories.parquet")
COLUMNS, CONCEPT_COLUMN = ("partition", "dropped", "image_path"), "category_name"
SMALL = 1 << 24  # bytes; a larger pickle in a file of torch.save holds its arrays itself


@dataclass(frozen=True, eq=False)
class Source:
    """The trials of one file.

    Attributes:
        path: the file.
        eeg: (trials, channels, samples), on disk.
        picture: (trials,) number of the picture.
        names: of each picture by number, ``00001_aardvark/aardvark_01b.jpg``; empty where the file names none.
        concepts: of each picture by number, where a table has them; else empty, as that of the folder is meant.
        session: (trials,) number of the session, -1 where the file does not say.
        channels: names of the channels.
        times: (samples,) from picture onset, s.
    """

    path: Path
    eeg: NDArray[Any]
    picture: Ints
    names: tuple[str, ...]
    concepts: tuple[str, ...]
    session: Ints
    channels: tuple[str, ...]
    times: NDArray[np.float64]


def open_source(folder: EEGFolder, subject: int, partition: str, trusted: bool) -> Source:
    """Open a subject's file of a partition; the EEG stays on disk.

    Raises:
        MissingFiles: the file, or the table of a flat one, does not exist.
        DataError: it is damaged, has other contents, or is a pickle and pickles may not be read.
    """
    path = folder.file(subject, partition)
    content = _content(path, trusted)
    if folder.form == "flat":
        return _flat(path, content, partition)
    return _grid(path, _fields(path, content), "eeg" if folder.form == "pt" else "preprocessed_eeg_data")


def _content(path: Path, trusted: bool) -> Any:
    """Return what a file holds; tensors of torch become arrays."""
    pickled = Pickle.of(path, SOURCE)
    if path.suffix == ".pt" and pickled.length < SMALL:
        try:  # tensors only: nothing in the file is trusted
            content = read(path, SOURCE)
        except DataError:
            content = pickled.content(trusted, SOURCE)
        if isinstance(content, dict):
            return {name: _array(value) for name, value in content.items()}
    return pickled.content(trusted, SOURCE)


def _array(value: Any) -> Any:
    """Return a tensor of torch as an array, and anything else as it is."""
    if not hasattr(value, "numpy"):
        return value
    return value.float().numpy() if str(value.dtype) == "torch.bfloat16" else value.numpy()  # numpy has none


def _fields(path: Path, content: Any) -> Mapping[str, Any]:
    if not isinstance(content, dict):
        raise DataError(f"{path} holds {_described(content)}, but a dictionary is needed; {SOURCE}")
    return content


def _described(value: Any) -> str:
    return f"an array {value.shape}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _numbers(path: Path, fields: Mapping[str, Any], name: str, axes: str) -> NDArray[Any]:
    """Return the EEG of a file after checking its type and axes."""
    eeg = fields.get(name)
    if not isinstance(eeg, np.ndarray) or eeg.dtype.kind != "f" or eeg.ndim != axes.count(",") + 1 or not eeg.size:
        held = "nothing" if name not in fields else f"{_described(eeg)} of {getattr(eeg, 'dtype', type(eeg).__name__)}"
        raise DataError(f"{path}, {name!r}: {held}, but floats ({axes}) are needed; {SOURCE}")
    if not eeg.flags.c_contiguous:
        raise DataError(
            f"{path}, {name!r}: the last axis is not contiguous on the disk, so trials cannot be read one by one; save "
            "the array again after np.ascontiguousarray"
        )
    return eeg


def _grid(path: Path, fields: Mapping[str, Any], name: str) -> Source:
    """Return the trials of a file with an axis of repeats."""
    eeg = _numbers(path, fields, name, "pictures, repeats, channels, samples")
    pictures, repeats = eeg.shape[:2]
    names = _names(path, fields["img"], (pictures, repeats)) if "img" in fields else ()
    session = np.full((pictures, repeats), -1, np.int64)
    if np.shape(given := fields.get("session", ())) == session.shape:
        session = np.asarray(given).astype(np.int64)
    return Source(
        path=path,
        eeg=eeg.reshape(-1, *eeg.shape[2:]),
        picture=np.repeat(np.arange(pictures), repeats),
        names=names,
        concepts=(),
        session=session.ravel(),
        channels=_channels(path, fields.get("ch_names"), eeg.shape[2]),
        times=_times(path, fields.get("times"), eeg.shape[3]),
    )


def _names(path: Path, named: Any, shape: tuple[int, int]) -> tuple[str, ...]:
    """Return the name of each picture from a field (pictures, repeats) or (pictures,)."""
    names = np.asarray(named)
    if names.dtype.kind not in "US" or names.shape not in (shape, shape[:1]):
        raise DataError(f"{path}, 'img': names of {shape} or {shape[:1]} pictures are needed; {SOURCE}")
    grid = names.reshape(shape[0], -1).astype(str)
    if (grid != grid[:, :1]).any():
        row = int(np.flatnonzero((grid != grid[:, :1]).any(axis=1))[0])
        raise DataError(f"{path}, 'img': the repeats of picture {row} show different pictures; {SOURCE}")
    return tuple(_tail(name) for name in grid[:, 0].tolist())


def _tail(name: str) -> str:
    """Return folder and file of a picture's path."""
    return "/".join(PurePosixPath(name.replace("\\", "/")).parts[-2:])


def _channels(path: Path, named: Any, count: int) -> tuple[str, ...]:
    """Return the channels' names; those of the published order where the file has none for as many."""
    if named is None:
        known = count == len(CHANNELS)
        return CHANNELS if known else tuple(f"{number:03d}" for number in range(1, count + 1))
    names = tuple(str(name) for name in np.asarray(named).ravel().tolist())
    if len(names) != count or len(set(names)) < count:
        raise DataError(
            f"{path}, 'ch_names': {counted(len(set(names)), 'name')} for {counted(count, 'channel')}; {SOURCE}"
        )
    return names


def _times(path: Path, given: Any, samples: int) -> NDArray[np.float64]:
    """Return the time of each sample.

    The published files have 300 times, from -0.2 s on, for 250 samples: the samples before the picture were cut off and
    their times were not, so of more times than samples the last ones are those of the samples. Without times the
    first sample is taken as the picture's onset, at 250 Hz.
    """
    if given is None:
        return np.arange(samples) / SFREQ
    times = np.asarray(given)
    if times.dtype.kind not in "fiu" or times.ndim != 1 or len(times) < samples:
        raise DataError(f"{path}, 'times': {_described(times)}, but a time for each of {samples} samples is needed")
    times = np.asarray(times[-samples:], np.float64)
    step = np.diff(times)
    if samples < 2 or not np.isfinite(times).all() or step.min() <= 0 or step.max() > 1.1 * step.min():
        raise DataError(f"{path}, 'times': the times do not rise evenly; {SOURCE}")
    return times


def _flat(path: Path, content: Any, partition: str) -> Source:
    """Return the trials of a file without an axis of repeats, whose pictures a table names."""
    name = "preprocessed_eeg_data"
    fields = {name: content} if isinstance(content, np.ndarray) else _fields(path, content)
    eeg = _numbers(path, fields, name, "trials, channels, samples")
    table = next((path.parent / each for each in TABLES if (path.parent / each).is_file()), path.parent / TABLES[0])
    shown = _shown(table, partition, len(eeg))
    names = sorted({name for name, _ in shown})
    number = {each: row for row, each in enumerate(names)}
    concept = dict(shown)
    named = all(concept.values()) and not all(CONCEPT.fullmatch(name.partition("/")[0]) for name in names)
    return Source(
        path=path,
        eeg=eeg,
        picture=np.array([number[each] for each, _ in shown], np.int64),
        names=tuple(names),
        concepts=tuple(concept[name] for name in names) if named else (),
        session=np.full(len(eeg), -1, np.int64),
        channels=_channels(path, fields.get("ch_names"), eeg.shape[1]),
        times=_times(path, fields.get("times"), eeg.shape[2]),
    )


def _shown(table: Path, partition: str, trials: int) -> Sequence[tuple[str, str]]:
    """Return picture and concept, or "", of each trial from the rows of a partition that were not dropped."""
    columns = read_parquet(table, COLUMNS, SOURCE, optional=(CONCEPT_COLUMN,))
    concepts = columns.get(CONCEPT_COLUMN, [""] * len(columns["dropped"]))
    rows = zip(*(columns[name] for name in COLUMNS), concepts, strict=True)
    names = PARTITION_NAMES[partition]
    shown = [(_tail(str(i)), str(concept or "")) for part, drop, i, concept in rows if part in names and not drop]
    if len(shown) != trials:
        raise DataError(
            f"{table} has {counted(len(shown), 'row')} of the partition {PARTITION_NAMES[partition][0]} that were not "
            f"dropped, but the file beside it {counted(trials, 'trial')}; fetch both from one place: {SOURCE}"
        )
    return shown
