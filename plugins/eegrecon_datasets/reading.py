"""From the arrays of an EEG file and the lists of a split file to one subject's recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, Ints, MissingFiles, Montage, Recordings, Training, Trials
from eegrecon_datasets.eeg_file import LENGTHS, WINDOW, names
from eegrecon_datasets.splits import Division, as_published, by_picture, published_lists
from eegrecon_datasets.stimuli import (
    PictureFiles,
    broken_pictures,
    captions_of,
    class_names,
    missing_pictures,
    picture_path,
)
from eegrecon_datasets.wording import counted

SFREQ = 1000.0  # Hz


@dataclass(frozen=True, eq=False)
class RowsOnDisk:
    """Some rows of an array on disk, in an order of their own; indexing reads only what is asked for."""

    array: NDArray[Any]  # (all, …)
    rows: Ints  # (n,) of the array

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the selection, (n, …)."""
        return (len(self.rows), *self.array.shape[1:])

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> Any:
        """Read rows: an int, a slice or an integer array."""
        return np.asarray(self.array[self.rows[rows]])


@dataclass(frozen=True, eq=False)
class Reading:
    """What lies in a folder, on its way to recordings.

    Attributes:
        folder: the data set's folder.
        split_file: name of the published lists.
        protocol: how trials are divided.
        arrays: what ``EEGFile`` prepared.
    """

    folder: Path
    split_file: str
    protocol: str
    arrays: Arrays

    def recordings(self, subject: int, permitted: Sequence[int], unit: str, leave_out: bool) -> Recordings:
        """Divide the trials of a subject and of the permitted ones, and let pictures travel with them.

        Raises:
            DataError: the lists leave the subject without training or test trials, or a file is not what it says.
            MissingFiles: pictures are not there, and are not to be left out.
        """
        usable, dropped = self._usable(leave_out)
        division = self._division()
        pooled = self._of(division, usable, permitted)
        own = self._of(division, usable, (subject,))
        shares = pooled if self.protocol == "cross-subject" else own
        self._refuse_empty({"train": shares["train"], "test": own["test"]}, subject)
        seen = np.unique(self._image[np.concatenate([pooled["train"], pooled["val"]])])
        shown = np.unique(self._image[own["test"]])
        return Recordings(
            training=self._training(shares, seen, unit),
            pool=self._training(pooled, seen, unit),
            test=self._trials(own["test"], shown),
            pictures=self._pictures(shown),
            captions=captions_of(self._names(shown), self.folder),
            synsets=self._labels,
            notes=(*division.notes, *dropped),
        )

    @property
    def _image(self) -> Ints:
        return np.asarray(self.arrays["image"])

    @property
    def _subject(self) -> Ints:
        return np.asarray(self.arrays["subject"])

    @property
    def _labels(self) -> tuple[str, ...]:
        return names(self.arrays["labels"])

    def _names(self, pictures: Ints) -> list[str]:
        listed = names(self.arrays["images"])
        return [listed[picture] for picture in pictures]

    def _division(self) -> Division:
        lists = published_lists(self.folder / self.split_file)
        published = as_published(lists, self._subject, by_subject="single" in self.split_file)
        if self.protocol != "published":
            return by_picture(published, self._image)
        training = np.union1d(published.rows["train"], published.rows["val"])
        test = published.rows["test"]
        notes = ["selected on test", *published.notes]
        if repeated := int(np.isin(self._image[test], self._image[training]).sum()):
            notes.append(
                f"{repeated} of {counted(len(test), 'published test segment')} with a picture that is also trained on"
            )
        return Division({"train": training, "val": test, "test": test}, tuple(notes))

    def _of(self, division: Division, usable: NDArray[np.bool_], subjects: Sequence[int]) -> dict[str, Ints]:
        wanted = usable & np.isin(self._subject, subjects)
        return {share: rows[wanted[rows]] for share, rows in division.rows.items()}

    def _refuse_empty(self, shares: Mapping[str, Ints], subject: int) -> None:
        for share, rows in shares.items():
            if len(rows) == 0:
                raise DataError(
                    f"{self.folder / self.split_file} leaves subject {subject} without {share} trials under the "
                    f"protocol {self.protocol}; use another split file or protocol"
                )

    def _usable(self, leave_out: bool) -> tuple[NDArray[np.bool_], list[str]]:
        """Which segments are trials, (segments,), and what to say of those that are not."""
        usable, length = np.array(self.arrays["usable"]), np.asarray(self.arrays["length"])
        outside = (length < LENGTHS[0]) | (length > LENGTHS[1])
        short = usable & (length < WINDOW.stop)
        lost = self._without_picture(leave_out)
        said = {
            f"left out: {{}} shorter than {LENGTHS[0]} or longer than {LENGTHS[1]} samples": outside,
            "left out: {} with values that are not finite": ~outside & ~usable,
            f"{{}} ending before sample {WINDOW.stop}, where the last sample is held": short,
            "left out: {} whose picture is not there or broken": lost,
        }
        notes = [text.format(counted(int(which.sum()), "segment")) for text, which in said.items() if which.any()]
        return usable & ~lost, notes

    def _without_picture(self, leave_out: bool) -> NDArray[np.bool_]:
        shown = np.unique(self._image)
        absent = missing_pictures(self.folder, self._names(shown))
        if absent and not leave_out:
            raise MissingFiles(
                f"{len(absent)} of {counted(len(shown), 'picture')} not there, for instance "
                f"{picture_path(self.folder, absent[0])}; put them there, or leave out their trials with "
                "--allow-missing-pictures"
            )
        if leave_out:
            absent += broken_pictures(self.folder, [name for name in self._names(shown) if name not in set(absent)])
        there = np.isin(self._names(shown), absent, invert=True)
        return ~there[np.searchsorted(shown, self._image)]

    def _training(self, shares: Mapping[str, Ints], pictures: Ints, unit: str) -> Training:
        channels = self.arrays["eeg"].shape[1]  # the file does not name them
        return Training(
            train=self._trials(shares["train"], pictures),
            val=self._trials(shares["val"], pictures),
            pictures=self._pictures(pictures),
            captions=captions_of(self._names(pictures), self.folder),
            classes=class_names(self._labels, self.folder),
            montage=Montage(
                tuple(f"{number:03d}" for number in range(1, channels + 1)), SFREQ, WINDOW.start / SFREQ, unit
            ),
        )

    def _trials(self, rows: Ints, pictures: Ints) -> Trials:
        label = np.asarray(self.arrays["label"])[rows]
        return Trials(
            eeg=RowsOnDisk(self.arrays["eeg"], rows),
            subject=self._subject[rows],
            trial=rows,
            label=label,
            image=np.searchsorted(pictures, self._image[rows]),
            block=self._subject[rows] * len(self._labels) + label,
        )

    def _pictures(self, pictures: Ints) -> PictureFiles:
        return PictureFiles(tuple(picture_path(self.folder, name) for name in self._names(pictures)))
