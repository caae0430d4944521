"""The conversion of own recordings into trials on disk that are read row by row."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, InvalidConfiguration, MissingFiles, NonNegative, Preparation, Run
from eegrecon.resources import content_digest
from eegrecon_datasets.files.text import as_lines, names_in
from eegrecon_datasets.mne_epochs.recordings import (
    CutRecording,
    Cutting,
    RecordingFile,
    cut,
    eeg_channels,
    recording_files,
)
from eegrecon_datasets.mne_epochs.tables import SHARES, Stimulus, events_table
from eegrecon_datasets.wording import counted


@dataclass(frozen=True)
class MneEpochsFiles(Preparation):
    """Cuts the recordings of a folder into trials.

    The arrays are ``eeg`` float32 (trials, channels, samples) in microvolts; ``event``, ``subject``, ``block`` (number
    of the file), ``order`` (position in it) and ``split`` (0 train, 1 val, 2 test, -1 where the file declares none),
    (trials,); ``events`` and ``channels``, names as UTF-8 with one per line; ``timing``, rate in Hz and time of the
    first sample in s; ``shown``, what each event shows, as JSON with one per line, where the recordings say so
    themselves. Files that were cut before an interruption are not cut again; no recording is held in memory.

    Attributes:
        folder: of the recordings.
        window: first and last time of a trial, s from the event; of epochs, as far as they have it.
        low: Hz, lower edge of the pass band of continuous recordings; 0 for none.
        high: Hz, upper edge; 0 for none.
        baseline: whether the mean before the event is subtracted, from continuous recordings only.
        sfreq: Hz, rate after resampling; 0 as recorded.
    """

    folder: str = ""
    window: tuple[float, float] = (-0.2, 0.8)
    low: NonNegative = 0.0
    high: NonNegative = 0.0
    baseline: bool = True
    sfreq: NonNegative = 0.0

    def __post_init__(self) -> None:
        if not self.window[0] < self.window[1] or (self.high and self.high <= self.low):
            raise InvalidConfiguration(
                f"mne-epochs: a window of {self.window[0]:g} to {self.window[1]:g} s, or a band of {self.low:g} to "
                f"{self.high:g} Hz, is empty; each begins before it ends (dataset.window, dataset.low, dataset.high)"
            )

    @property
    def cutting(self) -> Cutting:
        """How trials are cut."""
        return Cutting(self.window, self.low, self.high, self.baseline, self.sfreq)

    def recordings(self) -> list[RecordingFile]:
        """Return the recordings, in the order in which they are joined.

        Raises:
            MissingFiles: no folder is named, or it holds none.
        """
        if not self.folder:
            raise MissingFiles("no folder of recordings is named; name one with --data DIR")
        return recording_files(Path(self.folder))

    def cut(self, file: RecordingFile, scratch: Path) -> CutRecording:
        """Return the trials of a recording; the EEG stays on disk.

        Args:
            file: one of `recordings`.
            scratch: folder for a filtered copy.

        Raises:
            DataError: it cannot be read, or has no trial.
        """
        return cut(file, self.cutting, scratch)

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the recordings and of the tables of their events.

        Raises:
            MissingFiles: there is no recording.
        """
        root, lines = Path(self.folder), []
        for file in self.recordings():
            beside = [path for path in _parts(file.path) if path.is_file()]
            table = events_table(file.path, file.stem)
            lines += [f"{path.relative_to(root)} {content_digest(path)}" for path in (*beside, table) if path]
        return {"folder": hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()}

    def prepare(self, run: Run) -> Arrays:
        """Cut the recordings, one after the other.

        Raises:
            MissingFiles: there is no recording, or MNE is not installed.
            DataError: a file cannot be read, or has other channels or another rate than the first one.
        """
        files = self.recordings()
        done, columns = [], []
        with run.progress(len(files), "cutting recordings") as progress:
            for number, file in enumerate(files):
                done.append(_finished(self, file, number, run))
                columns.append(done[-1]["columns"])
                _refuse_others(files[0], done[0], file, done[-1])
                progress.advance()
        shape = (sum(len(each["events"]) for each in columns), *done[0]["shape"][1:])
        names = sorted({name for each in columns for name in each["events"]})
        code = {name: row for row, name in enumerate(names)}
        whole = _joined(run.scratch, len(files), shape)
        for file, each in zip(files, done, strict=True):
            if each["dropped"]:
                run.note(
                    f"left out: {counted(each['dropped'], 'event')} of {file.path.name} without a whole good trial"
                )
        return {
            "eeg": whole,
            "event": np.array([code[name] for each in columns for name in each["events"]], np.int64),
            "subject": np.repeat([file.subject for file in files], [len(each["events"]) for each in columns]),
            "block": np.repeat(np.arange(len(files)), [len(each["events"]) for each in columns]),
            "order": np.concatenate([np.asarray(each["samples"], np.int64) for each in columns]),
            "split": np.array([_share(name) for each in columns for name in each["splits"]], np.int64),
            "events": as_lines(names),
            "channels": as_lines(done[0]["channels"]),
            "timing": np.array([done[0]["sfreq"], done[0]["tmin"]]),
            "shown": as_lines([json.dumps(vars(one)) for one in _shown(files, done).values()]),
        }


def _shown(files: Sequence[RecordingFile], done: Sequence[Mapping[str, Any]]) -> dict[str, Stimulus]:
    """Return what each event shows, where the recordings say so themselves.

    Raises:
        DataError: a recording says something else than one before it.
    """
    found: dict[str, Stimulus] = {}
    for file, each in zip(files, done, strict=True):
        for name, fields in each["shown"].items():
            one = Stimulus(**fields)
            if found.setdefault(name, one) != one:
                raise DataError(
                    f"{file.path} says that {name} shows {one.picture} of the class {one.label!r}, an earlier "
                    f"recording {found[name].picture} of {found[name].label!r}; give a picture one class and caption"
                )
    return found


def shown_in(arrays: Arrays) -> dict[str, Stimulus]:
    """Return what each event shows, as the recordings said themselves; empty where they did not."""
    stimuli = (Stimulus(**json.loads(line)) for line in names_in(np.asarray(arrays["shown"])))
    return {one.event: one for one in stimuli}


def _share(name: str) -> int:
    return SHARES.index(name) if name else -1


def _parts(path: Path) -> Iterator[Path]:
    """Yield a recording and the files beside it that belong to it: EEGLAB's ``.fdt``, BrainVision's, parts of fif."""
    yield path
    if path.is_dir():
        return
    for other in sorted(path.parent.glob(f"{_escaped(path.stem)}*")):
        if other != path and other.suffix in (".fdt", ".eeg", ".vmrk", ".dat", ".fif"):
            yield other


def _escaped(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _finished(conversion: MneEpochsFiles, file: RecordingFile, number: int, run: Run) -> dict[str, Any]:
    """Return the description of a file's trials, which lie in the scratch folder; of an earlier run if it is there."""
    described, path = run.scratch / f"{number}.json", run.scratch / f"{number}.float32"
    if described.is_file():
        found: dict[str, Any] = json.loads(described.read_text(encoding="utf-8"))
        return found
    recording = conversion.cut(file, run.scratch)
    shape: tuple[int, ...] = ()
    with path.open("wb") as target:
        for piece in recording.pieces():
            shape = piece.shape[1:]
            np.ascontiguousarray(piece).tofile(target)
    made = _description(recording, shape)
    unfinished = described.with_suffix(".part")
    unfinished.write_text(json.dumps(made), encoding="utf-8")
    unfinished.replace(described)
    return made


def _description(recording: CutRecording, shape: tuple[int, ...]) -> dict[str, Any]:
    info = recording.epochs.info
    return {
        "shape": [len(recording.events), *shape],
        "channels": eeg_channels(recording.epochs),
        "sfreq": float(recording.sfreq or info["sfreq"]),
        "tmin": recording.tmin,
        "dropped": recording.dropped,
        "shown": {name: vars(one) for name, one in recording.shown.items()},
        "columns": {
            "events": list(recording.events),
            "samples": recording.samples.tolist(),
            "splits": list(recording.splits),
        },
    }


def _refuse_others(
    first_file: RecordingFile, first: Mapping[str, Any], file: RecordingFile, made: Mapping[str, Any]
) -> None:
    """Check that a file has the channels, the rate and the samples of the first one.

    Raises:
        DataError: it has others.
    """
    for what, differs in {
        "channels": _plain(first["channels"]) != _plain(made["channels"]),
        "sampling rate": abs(first["sfreq"] - made["sfreq"]) > 1e-6,
        "window": first["shape"][1:] != made["shape"][1:] or abs(first["tmin"] - made["tmin"]) > 0.5 / first["sfreq"],
    }.items():
        if differs:
            raise DataError(
                f"{file.path} has another {what.removesuffix('s')} than {first_file.path}; all recordings must have "
                "the same channels in one order, rate and window: bring them to one with MNE, or set dataset.sfreq and "
                "dataset.window"
            )


def _plain(names: Sequence[str]) -> list[str]:
    """Return the names of channels without case, which differs between recordings of Alljoined-1.6M (Afz, AFz)."""
    return [name.lower() for name in names]


def _joined(scratch: Path, files: int, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return the trials of all files as one array on disk."""
    whole = scratch / "eeg.float32"
    with whole.open("wb") as target:
        for number in range(files):
            with (scratch / f"{number}.float32").open("rb") as source:
                while piece := source.read(1 << 22):
                    target.write(piece)
    return np.memmap(whole, np.float32, "r", shape=shape)
