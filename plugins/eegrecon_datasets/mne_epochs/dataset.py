"""The data set component for own recordings: files that MNE reads, and a table of what each event showed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from eegrecon import (
    Arrays,
    Captioner,
    DataError,
    Dataset,
    Finding,
    InvalidConfiguration,
    MissingFiles,
    Montage,
    NonNegative,
    Recordings,
    Run,
    Trials,
    Whole,
)
from eegrecon.datasets import split_recordings
from eegrecon.preprocessing import SelectedRows
from eegrecon.resources import content_digest
from eegrecon_datasets.files.pictures import PictureFiles, damaged
from eegrecon_datasets.files.text import names_in
from eegrecon_datasets.mne_epochs.preparation import MneEpochsFiles, shown_in
from eegrecon_datasets.mne_epochs.splits import Split, by_picture, by_time, declared
from eegrecon_datasets.mne_epochs.tables import STIMULI, Stimulus, read_stimuli
from eegrecon_datasets.wording import counted

BIDS = "dataset_description.json"  # is in the folder of every data set of BIDS
_TIME = "that the class is decoded from slow changes of the EEG, if classes were shown in an order"
PROTOCOLS = {  # what each rules out, and what it cannot rule out
    "by-picture": ("that a test picture is in the training data of any subject", _TIME),
    "declared": ("nothing of itself: training and test are those that the tables declare", _TIME),
    "late-trials": (
        "that a test trial is next to training trials of its class",
        f"that a test picture is in the training data, nor {_TIME}",
    ),
    "cross-subject": (
        "that a trial of the test subject, or a test picture of any subject, is in the training data",
        "that the class is decoded from the time within the session, if all subjects saw the classes in one order",
    ),
}


@dataclass(frozen=True)
class MneEpochs(Dataset):
    """Own recordings: epochs (``sub-01-epo.fif``), or any continuous EEG that MNE reads, with ``stimuli.csv``.

    ``stimuli.csv`` has a line for each event that shows a picture, with the columns event, picture (a path in the
    folder), class and, if you like, caption and split. Events without a line, such as responses, are left out. The
    events of epochs are those that the file names; those of a continuous recording are its annotations, or the rows of
    ``NAME_events.csv`` (or ``.tsv``, as in BIDS) beside it, with the columns onset (s) and event or trial_type and, if
    you like, split. The number behind ``sub-`` in a name is the subject.

    Attributes:
        protocol: ``by-picture`` divides pictures at random, equally for all subjects; ``declared`` takes the column
            split, of the events or else of ``stimuli.csv``; ``late-trials`` tests on the last trials of each class in
            each recording, after a gap; ``cross-subject`` is by-picture, trained on all other subjects.
        folder: of the files.
        draw: number of the random division of pictures.
        window: first and last time of a trial, s from the event; of epochs, as far as they have it.
        low: Hz, lower edge of the pass band of continuous recordings; 0 for none.
        high: Hz, upper edge; 0 for none.
        baseline: whether the mean before the event is subtracted, from continuous recordings only.
        sfreq: Hz, rate after resampling; 0 as recorded.
        missing: what to do about trials whose picture is missing or damaged: ``refuse`` or ``leave-out``.
        files: the conversion, which follows from the other fields.
    """

    known_as: ClassVar[str] = "mne-epochs"
    wanted: ClassVar[str] = f"name one with --data DIR that holds {STIMULI} and recordings"
    protocols: ClassVar[tuple[str, ...]] = tuple(PROTOCOLS)
    protocol: str = "by-picture"
    folder: str = ""
    draw: Whole = 0
    window: tuple[float, float] = (-0.2, 0.8)
    low: NonNegative = 0.0
    high: NonNegative = 0.0
    baseline: bool = True
    sfreq: NonNegative = 0.0
    missing: Literal["refuse", "leave-out"] = "refuse"
    files: MneEpochsFiles = field(init=False)

    def __post_init__(self) -> None:
        if self.protocol not in self.protocols:
            raise InvalidConfiguration(
                f"{self.known_as}: no protocol {self.protocol!r}; there are: {', '.join(self.protocols)}"
            )
        object.__setattr__(self, "files", self._conversion(str(Path(self.folder)) if self.folder else ""))

    def _conversion(self, folder: str) -> MneEpochsFiles:
        return MneEpochsFiles(folder, *self._cutting)

    @property
    def _cutting(self) -> tuple[tuple[float, float], float, float, bool, float]:
        return self.window, self.low, self.high, self.baseline, self.sfreq

    def reads(self) -> Mapping[str, str]:
        """Return the digest of ``stimuli.csv`` and of the pictures; recordings are digested by their own stage.

        Raises:
            MissingFiles: the folder or the table does not exist.
        """
        return {"folder": self._digest}

    @cached_property
    def _digest(self) -> str:
        folder, stimuli = self._folder(), read_stimuli(self._folder())
        files = [folder / STIMULI, *(folder / name for name in dict.fromkeys(s.picture for s in stimuli.values()))]
        lines = [f"{file.relative_to(folder)} {content_digest(file)}" for file in files if file.is_file()]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()

    def _located(self) -> MneEpochsFiles:
        self._folder()
        return self.files

    def listed(self) -> Mapping[str, Stimulus] | None:
        """Return what each event shows, as a table of the folder lists it; None where the recordings say so themselves.

        Raises:
            MissingFiles: there is no such table.
            DataError: it is damaged.
        """
        return read_stimuli(self._folder())

    def _folder(self) -> Path:
        if not self.folder:
            raise MissingFiles(f"no folder of recordings is given; {self.wanted}")
        return Path(self.folder)

    def subjects(self) -> tuple[int, ...]:
        """Return the subjects whose recordings are in the folder.

        Raises:
            MissingFiles: there is no recording.
        """
        return tuple(sorted({file.subject for file in self._located().recordings()}))

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Return the subjects whose trials may be learned from: all, or all others under ``cross-subject``."""
        return tuple(other for other in self.subjects() if self.protocol != "cross-subject" or other != subject)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings.

        Raises:
            MissingFiles: a file does not exist.
            DataError: a file has invalid contents, or a share is empty.
            InvalidConfiguration: there is no such subject, or too few for the protocol.
        """
        if subject not in self.subjects() or not self.permitted(subject):
            held = ", ".join(map(str, self.subjects()))
            raise InvalidConfiguration(
                f"{self.known_as}: there is no subject {subject}, or no other to train on ({self.protocol}); the "
                f"folder has: {held}"
            )
        arrays, listed = run.prepared(self.files), self.listed()
        stimuli = shown_in(arrays) if listed is None else listed
        shown = _Shown.of(arrays, stimuli, self._folder(), self.missing == "leave-out")
        split = self._split(shown)
        channels, (sfreq, tmin) = names_in(arrays["channels"]), np.asarray(arrays["timing"]).tolist()
        found = split_recordings(
            shown.trials, split.share, subject, PictureFiles(shown.paths), shown.classes,
            Montage(channels, sfreq, tmin, "uV"), captions=shown.captions, permitted=self.permitted(subject),
        )  # fmt: skip
        excluded, possible = PROTOCOLS[self.protocol]
        note = f"protocol {self.protocol}: rules out {excluded}; cannot rule out {possible}"
        return replace(found, notes=(note, *shown.notes, *split.notes))

    def _split(self, shown: _Shown) -> Split:
        trials = shown.trials
        if self.protocol == "declared":
            return declared(shown.split, trials.image, shown.picture_split, self.draw)
        if self.protocol == "late-trials":
            assert trials.block is not None
            assert trials.order is not None
            return by_time(trials.block, trials.label, trials.order)
        return by_picture(trials.image, shown.picture_label, self.draw)

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether the folder has ``stimuli.csv`` and is no data set of BIDS, which ``bids`` reads."""
        try:
            return (folder / STIMULI).is_file() and not (folder / BIDS).is_file()
        except OSError:
            return False

    def check(self) -> Sequence[Finding]:
        """Report which files exist, what they hold, and what is missing."""
        from eegrecon_datasets.mne_epochs.checks import findings

        if not self.folder:
            return [Finding(False, f"no folder is given; {self.wanted}")]
        return findings(Path(self.folder), self.files, self.listed)

    def caption(self, captioner: Captioner, run: Run) -> int:
        """Refuse: captions are a column of ``stimuli.csv``."""
        raise DataError(f"captions of own recordings are the column caption of {STIMULI}; write them there")


@dataclass(frozen=True, eq=False)
class _Shown:
    """The trials that show a picture, in the order of the arrays, and the pictures that are there.

    Attributes:
        trials: all of them, of all subjects.
        split: number of the share that the events declare, -1 for none, (trials,).
        paths: of the pictures.
        picture_label: class of each picture.
        picture_split: share that the table declares for each picture, empty for none.
        captions: one for each picture, or None.
        classes: names of the classes.
        notes: on what is left out.
    """

    trials: Trials
    split: np.ndarray
    paths: tuple[Path, ...]
    picture_label: np.ndarray
    picture_split: tuple[str, ...]
    captions: tuple[str, ...] | None
    classes: tuple[str, ...]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, arrays: Arrays, stimuli: Mapping[str, Stimulus], folder: Path, leave_out: bool) -> _Shown:
        """Return what the events of the arrays show.

        Raises:
            DataError: no event has a line in the table, or some pictures have captions and others none.
            MissingFiles: a picture is missing and must not be left out.
        """
        events = names_in(arrays["events"])
        of_picture = {one.picture: one for one in stimuli.values()}
        happened = {stimuli[name].picture for name in events if name in stimuli}
        names, notes = _there([name for name in of_picture if name in happened], folder, leave_out)
        if not happened:
            raise DataError(
                f"{folder / STIMULI} has a line for none of the recorded events ({', '.join(events[:8])}); name events "
                "as the recordings do"
            )
        pictures = [of_picture[name] for name in names]
        classes = tuple(dict.fromkeys(one.label for one in stimuli.values()))
        row_of = {one.picture: row for row, one in enumerate(pictures)}
        picture = np.array([row_of.get(stimuli[n].picture, -1) if n in stimuli else -1 for n in events], np.int64)
        image = picture[np.asarray(arrays["event"])]
        rows = np.flatnonzero(image >= 0)
        label = np.array([classes.index(one.label) for one in pictures], np.int64)
        unlisted = [name for name in events if name not in stimuli]
        if unlisted:
            some = f"{', '.join(unlisted[:5])}{' …' if len(unlisted) > 5 else ''}"
            notes.append(f"left out: {counted(len(unlisted), 'event')} without a line in {STIMULI} ({some})")
        trials = Trials(
            eeg=SelectedRows(arrays["eeg"], rows),
            subject=np.asarray(arrays["subject"])[rows],
            trial=rows,
            label=label[image[rows]],
            image=image[rows],
            block=np.asarray(arrays["block"])[rows],
            order=np.asarray(arrays["order"])[rows],
        )
        captions = _captions(pictures, folder)
        splits = tuple(one.split for one in pictures)
        paths = tuple(folder / name for name in names)
        return cls(trials, np.asarray(arrays["split"])[rows], paths, label, splits, captions, classes, tuple(notes))


def _there(names: list[str], folder: Path, leave_out: bool) -> tuple[list[str], list[str]]:
    """Return the pictures that can be used, and a note on the others."""
    lost = [name for name in names if not (folder / name).is_file()]
    if lost and not leave_out:
        raise MissingFiles(
            f"{len(lost)} of {counted(len(names), 'picture')} that were shown are not there, for instance "
            f"{folder / lost[0]}; put them there, or leave out their trials with --allow-missing-pictures"
        )
    there = [name for name in names if name not in set(lost)]
    if leave_out:
        broken = set(damaged(tuple(folder / name for name in there)))
        there = [name for row, name in enumerate(there) if row not in broken]
    number = len(names) - len(there)
    return there, [f"left out: {counted(number, 'picture')} missing or damaged"] if number else []


def _captions(pictures: Sequence[Stimulus], folder: Path) -> tuple[str, ...] | None:
    without = [one.picture for one in pictures if not one.caption]
    if len(without) == len(pictures):
        return None
    if without:
        raise DataError(
            f"{folder / STIMULI} has no caption for {len(without)} of {counted(len(pictures), 'picture')}, for "
            f"instance {without[0]}; give each one, or none"
        )
    return tuple(one.caption for one in pictures)
