"""From the arrays of an EEG file and the lists of a split file to one subject's recordings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, Ints, MissingFiles, Montage, Recordings, Training, Trials
from eegrecon_datasets.eeg_file import LENGTHS, WINDOW, names
from eegrecon_datasets.recordings import channel_names
from eegrecon_datasets.splits import (
    Division,
    by_picture,
    late,
    presented,
    published_division,
)
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
ORDER, CHANNELS = "image_order.txt", "channels.txt"
_BLOCK = (
    "that the block is decoded and not the class: each class was shown in one block, so that no block can be held out"
)
PROTOCOLS = {  # what each rules out, and what it cannot
    "within-image": ("that a test picture was trained on, by anybody", _BLOCK),
    "published": (
        "that a test trial was trained on",
        f"that epochs were chosen to suit the test trials (they stand in the place of validation trials), nor {_BLOCK}",
    ),
    "late-trials": (
        "that a test trial borders on training trials of its block (a gap is left between them)",
        f"that a test picture was trained on in other people's trials, nor {_BLOCK}",
    ),
    "cross-subject": (
        "that anything of the person who is tested was trained on, or a test picture by anybody",
        "that the order of classes, if it was the same for all people, tells the class by the time of the session",
    ),
}


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
        own_split: name of the published lists for one subject's trials.
        pool_split: name of those for all subjects together.
        protocol: how trials are divided.
        arrays: what ``EEGFile`` prepared.
        leave_out: whether trials whose picture is missing are left out.
        leave_leaks_out: whether test trials that the pool would be trained on are taken out of it.
    """

    folder: Path
    own_split: str
    pool_split: str
    protocol: str
    arrays: Arrays
    leave_out: bool
    leave_leaks_out: bool

    def recordings(self, subject: int, permitted: Sequence[int], unit: str) -> Recordings:
        """Divide the trials of a subject and of the permitted ones, and let pictures travel with them.

        The pictures are the same for all subjects with the same permitted ones: those that any of them trains on, and
        those that any subject is tested on.

        Raises:
            DataError: the lists leave the subject without training or test trials, test trials would be trained on, or
                a file is not what it says.
            MissingFiles: pictures are not there, and are not to be left out.
        """
        usable, dropped = self._usable()
        own_division, pool_division, leaked = self._divisions()
        pooled = self._of(pool_division, usable, permitted)
        own = self._of(own_division, usable, (subject,))
        shares = pooled if self.protocol == "cross-subject" else own
        self._refuse_empty({"train": shares["train"], "test": own["test"]}, subject)
        taught = [self._of(division, usable, permitted) for division in (own_division, pool_division)]
        seen = np.unique(self._image[np.concatenate([each[share] for each in taught for share in ("train", "val")])])
        shown = np.unique(self._image[own_division.rows["test"][usable[own_division.rows["test"]]]])
        return Recordings(
            training=self._training(shares, seen, unit),
            pool=self._training(pooled, seen, unit),
            test=self._trials(own["test"], shown),
            pictures=self._pictures(shown),
            captions=captions_of(self._names(shown), self.folder),
            synsets=self._labels,
            notes=tuple(dict.fromkeys((*own_division.notes, *pool_division.notes, *leaked, *dropped, self._said))),
        )

    @property
    def _said(self) -> str:
        ruled_out, open_ = PROTOCOLS[self.protocol]
        return f"protocol {self.protocol}: rules out {ruled_out}; cannot rule out {open_}"

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

    def _divisions(self) -> tuple[Division, Division, list[str]]:
        """Divide one subject's trials, and all subjects' for the pool; say what was taken out of training.

        Under the protocol ``published``, which says that it selects on test trials, they may stand for validation.
        """
        divisions = {name: self._division(name) for name in (self.own_split, self.pool_split)}
        test, said = divisions[self.own_split].rows["test"], []
        for name, division in divisions.items():
            learned = {"train"} if self.protocol == "published" else {"train", "val"}
            leaks = np.intersect1d(np.concatenate([division.rows[share] for share in sorted(learned)]), test)
            if not len(leaks):
                continue
            if not self.leave_leaks_out:
                raise DataError(
                    f"{counted(len(leaks), 'test trial')} of {len(test)} by {self.own_split} would be learned from, "
                    f"with their labels, by {name}: a score on them would say nothing; take them out of training with "
                    "--set dataset.leaks=leave-out, or choose another split file with --set dataset.splits"
                )
            said.append(f"taken out of training by {name}: {counted(len(leaks), 'test trial')}")
            kept = {share: np.setdiff1d(division.rows[share], test) for share in learned}
            divisions[name] = Division({**division.rows, **kept}, division.notes)
        return divisions[self.own_split], divisions[self.pool_split], said

    def _division(self, split_file: str) -> Division:
        if self.protocol == "late-trials":
            return late(self._subject, np.asarray(self.arrays["label"]), self._order)
        published = published_division(self.folder / split_file, self._subject, self._image)
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

    @cached_property
    def _order(self) -> Ints:
        """Place of each segment's picture in the order of presentation, (segments,)."""
        path = self.folder / ORDER
        if not path.is_file():
            raise MissingFiles(
                f"{path} is not there; the protocol late-trials needs the order in which the pictures were shown, a "
                "name per line, which the EEG file does not tell: put it there, or choose another protocol"
            )
        return presented(path, names(self.arrays["images"]))[self._image]

    def _of(self, division: Division, usable: NDArray[np.bool_], subjects: Sequence[int]) -> dict[str, Ints]:
        wanted = usable & np.isin(self._subject, subjects)
        return {share: rows[wanted[rows]] for share, rows in division.rows.items()}

    def _refuse_empty(self, shares: Mapping[str, Ints], subject: int) -> None:
        for share, rows in shares.items():
            if len(rows) == 0:
                raise DataError(
                    f"{self.folder / self.own_split} leaves subject {subject} without {share} trials under the "
                    f"protocol {self.protocol}; use another split file or protocol"
                )

    def _usable(self) -> tuple[NDArray[np.bool_], list[str]]:
        """Which segments are trials, (segments,), and what to say of those that are not."""
        usable, length = np.array(self.arrays["usable"]), np.asarray(self.arrays["length"])
        outside = (length < LENGTHS[0]) | (length > LENGTHS[1])
        short = usable & (length < WINDOW.stop)
        lost = self._without_picture()
        said = {
            f"left out: {{}} shorter than {LENGTHS[0]} or longer than {LENGTHS[1]} samples": outside,
            "left out: {} with values that are not finite": ~outside & ~usable,
            f"{{}} ending before sample {WINDOW.stop}, where the last sample is held": short,
            "left out: {} whose picture is not there or broken": lost,
        }
        notes = [text.format(counted(int(which.sum()), "segment")) for text, which in said.items() if which.any()]
        return usable & ~lost, notes

    def _without_picture(self) -> NDArray[np.bool_]:
        shown = np.unique(self._image)
        absent = missing_pictures(self.folder, self._names(shown))
        if absent and not self.leave_out:
            raise MissingFiles(
                f"{len(absent)} of {counted(len(shown), 'picture')} not there, for instance "
                f"{picture_path(self.folder, absent[0])}; put them there, or leave out their trials with "
                "--allow-missing-pictures"
            )
        if self.leave_out:
            absent += broken_pictures(self.folder, [name for name in self._names(shown) if name not in set(absent)])
        there = np.isin(self._names(shown), absent, invert=True)
        return ~there[np.searchsorted(shown, self._image)]

    def _training(self, shares: Mapping[str, Ints], pictures: Ints, unit: str) -> Training:
        return Training(
            train=self._trials(shares["train"], pictures),
            val=self._trials(shares["val"], pictures),
            pictures=self._pictures(pictures),
            captions=captions_of(self._names(pictures), self.folder),
            classes=class_names(self._labels, self.folder),
            montage=Montage(self._channels(), SFREQ, WINDOW.start / SFREQ, unit),
        )

    def _channels(self) -> tuple[str, ...]:
        """Return the names in ``channels.txt``, or numbers where there is none: the EEG file does not name channels."""
        count, path = self.arrays["eeg"].shape[1], self.folder / CHANNELS
        if not path.is_file():
            return tuple(f"{number:03d}" for number in range(1, count + 1))
        listed = channel_names(path)
        if len(listed) != count:
            raise DataError(f"{path} names {len(listed)} channels, the EEG has {count}; name each, in the file's order")
        return listed

    def _trials(self, rows: Ints, pictures: Ints) -> Trials:
        label = np.asarray(self.arrays["label"])[rows]
        return Trials(
            eeg=RowsOnDisk(self.arrays["eeg"], rows),
            subject=self._subject[rows],
            trial=rows,
            label=label,
            image=np.searchsorted(pictures, self._image[rows]),
            block=self._subject[rows] * len(self._labels) + label,
            order=self._order[rows] if (self.folder / ORDER).is_file() else None,
        )

    def _pictures(self, pictures: Ints) -> PictureFiles:
        return PictureFiles(tuple(picture_path(self.folder, name) for name in self._names(pictures)))
