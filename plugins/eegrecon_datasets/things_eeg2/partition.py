"""The conversion of one partition of THINGS-EEG2: repeats averaged into trials, in files that are read row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Count, DataError, Ints, InvalidConfiguration, Preparation, Run, Whole
from eegrecon.resources import content_digest, disk_array
from eegrecon_datasets.files.text import as_lines
from eegrecon_datasets.things_eeg2.layout import EEGFolder, eeg_folder
from eegrecon_datasets.things_eeg2.published import SOURCE
from eegrecon_datasets.things_eeg2.sources import TABLES, Source, open_source

NOT_READ = "permission to read, which changes nothing that is read"


@dataclass(frozen=True)
class ThingsPartition(Preparation):
    """Converts the files of all subjects of one partition, training or test, into trials.

    A trial is the mean of ``average`` repeats of a picture, a picture has as many trials as its repeats allow, and
    repeats that are left over are not used; of fewer repeats than ``average`` all are averaged into one trial. Trial g
    of G holds repeats g, g + G, g + 2G …, so that every trial has repeats of all sessions.

    The arrays are, for each subject S, ``eeg/S`` (trials, channels, samples), float16 where the file is and nothing is
    averaged, else float32; ``picture/S``, ``repeats/S`` (how many were averaged) and ``session/S`` (-1 if unknown or
    several), (trials,). ``names`` has the pictures by number, ``concepts`` their concepts where a table has them, and
    ``channels`` the channels, as UTF-8 with one per line; ``times`` (samples,) is in seconds. Files that were converted
    before an interruption are not converted again, and no array is held in memory.

    Attributes:
        folder: of the data set.
        partition: ``training`` or ``test``.
        form: of the files; ``any`` takes the only one that is there.
        average: number of repeats in a trial.
        most: most trials of a picture; 0 for all.
        participants: subjects to convert, empty for all.
        trust_pickle: whether pickles may be read.
    """

    folder: str = ""
    partition: Literal["training", "test"] = "training"
    form: Literal["any", "npy", "pt", "flat"] = "any"
    average: Count = 4
    most: Whole = 0
    participants: tuple[int, ...] = ()
    trust_pickle: bool = False

    def located(self) -> tuple[EEGFolder, tuple[int, ...]]:
        """Return the folder of the EEG, and the subjects to convert.

        Raises:
            MissingFiles: there is no such folder, or no EEG in it.
            InvalidConfiguration: there is no such subject.
        """
        found = eeg_folder(Path(self.folder), self.form)
        if unknown := [subject for subject in self.participants if subject not in found.subjects]:
            held = ", ".join(map(str, found.subjects))
            raise InvalidConfiguration(f"things-eeg2: {found.root} has no subject {unknown[0]}; there are: {held}")
        return found, tuple(sorted(set(self.participants))) or tuple(found.subjects)

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the files; the permission to read pickles changes nothing.

        Raises:
            MissingFiles: a file does not exist.
        """
        found, subjects = self.located()
        files = [found.file(subject, self.partition) for subject in subjects]
        if found.form == "flat":
            files += [path.parent / table for path in files for table in TABLES]
        lines = [f"{file.relative_to(found.root)} {content_digest(file)}" for file in files if file.is_file()]
        digest = hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()
        return {"folder": digest, "trust_pickle": NOT_READ}

    def prepare(self, run: Run) -> Arrays:
        """Convert the files, one subject after the other.

        Raises:
            MissingFiles: a file does not exist.
            DataError: it is damaged, has other contents than the first subject's, or is a pickle that may not be read.
        """
        found, subjects = self.located()
        sources = [open_source(found, subject, self.partition, self.trust_pickle) for subject in subjects]
        names = tuple(sorted({name for source in sources for name in source.names}))
        arrays: dict[str, NDArray[Any]] = {}
        with run.progress(len(subjects), f"converting {self.partition} EEG") as progress:
            for subject, source in zip(subjects, sources, strict=True):
                _refuse_others(sources[0], source)
                trials = groups_of(source, self.average, self.most)
                arrays[f"eeg/{subject}"] = _converted(source, trials, run.scratch / f"{self.partition}-{subject}")
                arrays |= _numbers(source, trials, names, subject)
                progress.advance()
        concept = {name: one for source in sources for name, one in zip(source.names, source.concepts, strict=False)}
        concepts = tuple(concept.get(name, "") for name in names) if concept else ()
        lines = {"names": as_lines(names), "concepts": as_lines(concepts), "channels": as_lines(sources[0].channels)}
        return {**arrays, **lines, "times": sources[0].times}


def groups_of(source: Source, average: int, most: int) -> list[Ints]:
    """Return the rows of the repeats that each trial averages, picture by picture."""
    order = np.argsort(source.picture, kind="stable")
    _, first, count = np.unique(source.picture[order], return_index=True, return_counts=True)
    trials = []
    for start, repeats in zip(first.tolist(), count.tolist(), strict=True):
        rows = order[start : start + repeats]
        number = max(1, repeats // average)
        used = min(number, most) if most else number
        trials += [rows[group::number][:average] for group in range(used)]
    return trials


def _converted(source: Source, trials: list[Ints], target: Path) -> NDArray[Any]:
    """Return the trials' EEG in a file, which is taken as it is where an earlier run finished it."""
    dtype = np.float16 if source.eeg.dtype == np.float16 and all(len(rows) == 1 for rows in trials) else np.float32
    shape = (len(trials), *source.eeg.shape[1:])
    done, description = target.with_suffix(".json"), json.dumps([np.dtype(dtype).str, *shape])
    path = target.with_suffix(".raw")
    if not (done.is_file() and path.is_file() and done.read_text() == description):
        eeg = disk_array(path, dtype, shape)
        for row, rows in enumerate(trials):
            eeg[row] = source.eeg[rows].mean(axis=0, dtype=np.float64) if len(rows) > 1 else source.eeg[rows[0]]
        eeg.flush()
        done.write_text(description)
    return np.memmap(path, dtype, "r", shape=shape)


def _numbers(source: Source, trials: list[Ints], names: tuple[str, ...], subject: int) -> dict[str, Ints]:
    """Return picture, number of repeats and session of each trial, (trials,) each."""
    picture = np.array([source.picture[rows[0]] for rows in trials], np.int64)
    if names:
        picture = np.searchsorted(np.array(names), np.array(source.names))[picture]
    sessions = [np.unique(source.session[rows]) for rows in trials]
    return {
        f"picture/{subject}": picture,
        f"repeats/{subject}": np.array([len(rows) for rows in trials], np.int64),
        f"session/{subject}": np.array([each[0] if len(each) == 1 else -1 for each in sessions], np.int64),
    }


def _refuse_others(first: Source, other: Source) -> None:
    """Check that a file has the channels and times of the first one, and as many pictures where it does not name them.

    Raises:
        DataError: it has others.
    """
    same = {
        "pictures": bool(first.names) == bool(other.names)
        and (bool(first.names) or first.picture.max() == other.picture.max()),
        "channels": first.channels == other.channels,
        "times": first.times.shape == other.times.shape and np.allclose(first.times, other.times),
    }
    for what, agrees in same.items():
        if not agrees:
            raise DataError(
                f"{other.path} has other {what} than {first.path}; all subjects must have the same: convert them in "
                f"one way, or choose some with --set dataset.participants; {SOURCE}"
            )
