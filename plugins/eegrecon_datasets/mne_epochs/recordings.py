"""The recordings of a folder: which files belong to whom, and each of them as epochs of MNE that are read in pieces."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import DataError, MissingFiles
from eegrecon_datasets.mne_epochs.tables import Occurrence, Stimulus, events_table, read_events
from eegrecon_datasets.recordings.channels import load_mne
from eegrecon_datasets.recordings.preparation import ENDINGS, EPOCHS_ENDINGS

SUBJECT = re.compile(r"(?:^|[/_-])(?:sub|subject|s)[-_]?(\d+)(?=[/_.-]|$)", re.IGNORECASE)
PIECE = 64  # epochs read at a time


@dataclass(frozen=True)
class RecordingFile:
    """A file of one subject.

    Attributes:
        path: the file.
        subject: number of the subject.
        stem: its name without ending.
        epochs: whether it holds epochs, otherwise a continuous recording.
    """

    path: Path
    subject: int
    stem: str
    epochs: bool


def recording_files(folder: Path) -> list[RecordingFile]:
    """Return the recordings below a folder, by path.

    The number behind ``sub-`` in the name, or in that of a folder, is the subject; without any, each file is one.

    Raises:
        MissingFiles: there is no such folder, or no recording in it.
        DataError: some files name a subject and others do not.
    """
    if not folder.is_dir():
        raise MissingFiles(f"the folder {folder} does not exist; name it with --data DIR")
    paths = sorted(path for path in folder.rglob("*") if path.name.lower().endswith(ENDINGS) and path.is_file())
    if not paths:
        raise MissingFiles(
            f"{folder} holds no recording: put files of epochs ({EPOCHS_ENDINGS[0]}) or of continuous EEG ("
            f"{', '.join(ENDINGS)}) there"
        )
    numbers = [_subject(path.relative_to(folder)) for path in paths]
    named = [number for number in numbers if number is not None]
    if named and len(named) < len(paths):
        other = paths[numbers.index(None)]
        raise DataError(f"{other} names no subject, as others do; name it sub-NUMBER…")
    subjects = named or list(range(1, len(paths) + 1))
    return [_file(path, subject) for path, subject in zip(paths, subjects, strict=True)]


def _subject(inside: Path) -> int | None:
    found = SUBJECT.findall(inside.as_posix())
    return int(found[-1]) if found else None


def _file(path: Path, subject: int) -> RecordingFile:
    ending = max((e for e in ENDINGS if path.name.lower().endswith(e)), key=len)
    return RecordingFile(path, subject, path.name[: -len(ending)], path.name.lower().endswith(EPOCHS_ENDINGS))


@dataclass(frozen=True)
class Cutting:
    """How trials are cut from a recording.

    Attributes:
        window: first and last time of a trial, s from the event.
        low: Hz, lower edge of the pass band of continuous recordings; 0 for none.
        high: Hz, upper edge; 0 for none.
        baseline: whether the mean before the event is subtracted from trials that begin before it.
        sfreq: Hz, rate after resampling; 0 as recorded.
    """

    window: tuple[float, float]
    low: float
    high: float
    baseline: bool
    sfreq: float


@dataclass(frozen=True, eq=False)
class CutRecording:
    """The trials of one file.

    Attributes:
        epochs: of MNE, not loaded.
        events: name of the event of each trial.
        samples: position of each event in the recording.
        splits: declared share of each trial, empty where none is.
        dropped: number of events without a whole and good trial.
        window: first and last time of a trial, s from the event.
        sfreq: Hz, rate to resample to; 0 for none.
        shown: what each event shows, where the recording says so itself.
    """

    epochs: Any
    events: tuple[str, ...]
    samples: NDArray[np.int64]
    splits: tuple[str, ...]
    dropped: int
    window: tuple[float, float]
    sfreq: float
    shown: Mapping[str, Stimulus] = field(default_factory=dict)

    @property
    def _used(self) -> slice:
        """The samples in the window."""
        times, half = self.epochs.times, 0.5 / self.epochs.info["sfreq"]
        start, stop = np.searchsorted(times, [self.window[0] - half, self.window[1] + half])
        return slice(int(start), int(stop))

    @property
    def tmin(self) -> float:
        """Time of the first sample, s from the event."""
        return float(self.epochs.times[self._used.start])

    def pieces(self) -> Iterator[NDArray[np.float32]]:
        """Yield microvolts (trials, channels, samples), some trials at a time."""
        names, used, rate = eeg_channels(self.epochs), self._used, self.epochs.info["sfreq"]
        for start in range(0, len(self.events), PIECE):
            rows = slice(start, start + PIECE)
            piece = self.epochs.get_data(picks=names, item=rows, units={"eeg": "uV"}, verbose="error")[..., used]
            if self.sfreq and abs(self.sfreq - rate) > 1e-9:
                piece = load_mne().filter.resample(piece, self.sfreq, rate, axis=-1, verbose="error")
            yield np.asarray(piece, np.float32)


def cut(file: RecordingFile, cutting: Cutting, scratch: Path) -> CutRecording:
    """Return the trials of a file; the EEG stays on disk.

    Args:
        file: the file.
        cutting: how trials are cut.
        scratch: folder for a filtered copy of a continuous recording.

    Raises:
        MissingFiles: MNE is not installed.
        DataError: MNE cannot read the file, or it has no EEG channel, no event, or no trial in the window.
    """
    mne = load_mne()
    try:
        return _epochs(mne, file, cutting) if file.epochs else _continuous(mne, file, cutting, scratch)
    except (OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError) as error:
        line = next(iter(str(error).strip().splitlines()), type(error).__name__)
        raise DataError(f"MNE cannot read {file.path} ({line}); repair or remove the file") from error


def eeg_channels(recording: Any) -> list[str]:
    """Return the names of a recording's EEG channels; those that are marked as bad are kept, as in every file."""
    kinds = zip(recording.ch_names, recording.get_channel_types(), strict=True)
    return [name for name, kind in kinds if kind == "eeg"]


def _epochs(mne: Any, file: RecordingFile, cutting: Cutting) -> CutRecording:
    if cutting.low or cutting.high:
        raise DataError(
            f"{file.path} holds epochs, which are too short to be filtered; filter the recording before it is cut, and "
            "set dataset.low and dataset.high to 0"
        )
    epochs = mne.read_epochs(file.path, preload=False, verbose="error")
    first, last = max(cutting.window[0], epochs.tmin), min(cutting.window[1], epochs.tmax)
    if last - first < 2 / epochs.info["sfreq"]:
        held = f"{epochs.tmin:g} to {epochs.tmax:g} s"
        del epochs  # which closes its file
        raise DataError(
            f"{file.path} has epochs from {held}, none of which is in the window of {cutting.window[0]:g} to "
            f"{cutting.window[1]:g} s; set dataset.window to a part of what they have"
        )
    name_of = {code: name for name, code in epochs.event_id.items()}
    events = [name_of[code] for code in epochs.events[:, 2].tolist()]
    return _recording(epochs, events, [], 0, file.path, replace(cutting, window=(first, last)))


def _continuous(mne: Any, file: RecordingFile, cutting: Cutting, scratch: Path) -> CutRecording:
    raw = mne.io.read_raw(file.path, preload=False, verbose="error")
    if cutting.low or cutting.high:
        raw = mne.io.read_raw(file.path, preload=str(scratch / f"{file.stem}.filtered"), verbose="error")
        raw.filter(cutting.low or None, cutting.high or None, picks=eeg_channels(raw), verbose="error")
    table = events_table(file.path, file.stem)
    happened = read_events(table) if table else _annotated(raw)
    if not happened:
        raise DataError(
            f"{file.path} has no events: it has no annotations, and there is no {file.stem}_events.csv beside it with "
            "the columns onset (s) and event; write one"
        )
    return at_events(raw, happened, file.path, cutting)


def at_events(raw: Any, happened: Sequence[Occurrence], path: Path, cutting: Cutting) -> CutRecording:
    """Return the trials of a continuous recording, which is filtered already.

    Args:
        raw: of MNE.
        happened: its events.
        path: of the recording, for messages.
        cutting: how trials are cut.

    Raises:
        DataError: it has no EEG channel, or no trial in the window.
    """
    mne = load_mne()
    sfreq = raw.info["sfreq"]
    sample = np.array([round(each.onset * sfreq) for each in happened], np.int64)
    order = np.argsort(sample, kind="stable")
    names = {name: code for code, name in enumerate(sorted({each.event for each in happened}), 1)}
    codes = np.array([names[each.event] for each in happened], np.int64)
    events = np.column_stack([sample + raw.first_samp, np.arange(len(sample)), codes])[order]  # the middle: which one
    before = cutting.baseline and cutting.window[0] < 0
    epochs = mne.Epochs(
        raw, events, names, *cutting.window, baseline=(None, 0) if before else None, picks=eeg_channels(raw),
        preload=False, event_repeated="drop", reject_by_annotation=True, on_missing="ignore", verbose="error",
    )  # fmt: skip
    epochs.drop_bad(verbose="error")
    kept = [happened[row] for row in epochs.events[:, 1].tolist()]
    splits = [each.split for each in kept]
    shown: dict[str, Stimulus] = {}
    for each in kept:
        if each.shown is not None and shown.setdefault(each.event, each.shown) != each.shown:
            raise DataError(
                f"{path} says of {each.event} that its class is {shown[each.event].label!r} and {each.shown.label!r}, "
                "or gives it two captions; give a picture one of each"
            )
    cut_ones = _recording(epochs, [each.event for each in kept], splits, len(happened) - len(kept), path, cutting)
    return replace(cut_ones, shown=shown)


def _annotated(raw: Any) -> list[Occurrence]:
    """Return the annotations of a recording that are no bad pieces of it."""
    start = raw.first_time if raw.annotations.orig_time is not None else 0.0
    marked = zip(raw.annotations.onset, raw.annotations.description, strict=True)
    return [
        Occurrence(float(onset) - start, str(name)) for onset, name in marked if not str(name).upper().startswith("BAD")
    ]


def _recording(
    epochs: Any, events: list[str], splits: list[str], dropped: int, path: Path, cutting: Cutting
) -> CutRecording:
    if not len(epochs) or "eeg" not in epochs.get_channel_types():
        what = (
            "no EEG channel" if len(epochs) else f"no whole trial in {cutting.window[0]:g} to {cutting.window[1]:g} s"
        )
        raise DataError(f"{path} has {what}; set the types of its channels or dataset.window")
    samples = np.asarray(epochs.events[:, 0], np.int64)
    shares = tuple(splits or [""] * len(events))
    return CutRecording(epochs, tuple(events), samples, shares, dropped, cutting.window, cutting.sfreq)
