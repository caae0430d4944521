"""Assembly of one subject's recordings from the arrays of an EEG file and the lists of a split file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, DataError, Ints, MissingFiles, Montage, Recordings, Training, Trials
from eegrecon.preprocessing import SelectedRows
from eegrecon_datasets.eegcvpr40.published import LENGTHS, SFREQ, WINDOW
from eegrecon_datasets.eegcvpr40.splits import (
    Split,
    published_split,
    read_presentation_order,
    split_by_picture,
    split_by_time,
)
from eegrecon_datasets.eegcvpr40.stimuli import (
    captions_of,
    class_names,
    damaged_pictures,
    missing_pictures,
    picture_path,
)
from eegrecon_datasets.files.channels import read_channel_names
from eegrecon_datasets.files.pictures import PictureFiles
from eegrecon_datasets.files.text import names_in
from eegrecon_datasets.wording import counted

ORDER, CHANNELS = "image_order.txt", "channels.txt"
_BLOCK = (
    "that the block is decoded instead of the class: each class was shown in one block, so no block can be held out"
)
PROTOCOLS = {  # what each rules out, and what it cannot rule out
    "within-image": ("that a test picture is in the training data of any subject", _BLOCK),
    "published": (
        "that a test trial is in the training data",
        f"that epochs are selected on the test trials (which replace the validation trials), nor {_BLOCK}",
    ),
    "late-trials": (
        "that a test trial is next to training trials of its block (there is a gap between them)",
        f"that a test picture is in the training data of other subjects, nor {_BLOCK}",
    ),
    "cross-subject": (
        "that any trial of the test subject, or a test picture of any subject, is in the training data",
        "that the class is decoded from the time within the session, if all subjects saw the classes in one order",
    ),
}


@dataclass(frozen=True, eq=False)
class Assembly:
    """Assembles recordings from the content of a folder under one protocol.

    Attributes:
        folder: the data set's folder.
        subject_split: name of the split file for what is learned on one subject.
        pool_split: name of the split file for what is learned on all subjects together.
        protocol: name of the protocol.
        arrays: the product of `EEGFile`.
        leave_out: whether trials whose picture is missing or damaged are left out; otherwise they are an error.
        leave_leaks_out: whether test trials that the split files would train on are removed from training; otherwise
            they are an error.
    """

    folder: Path
    subject_split: str
    pool_split: str
    protocol: str
    arrays: Arrays
    leave_out: bool
    leave_leaks_out: bool

    def recordings(self, subject: int, permitted: Sequence[int], unit: str) -> Recordings:
        """Return the recordings of a subject.

        The pictures are the same for all subjects with the same permitted subjects: those that any of these trains on,
        and those that any subject is tested on.

        Args:
            subject: the subject to evaluate.
            permitted: the subjects whose trials may be learned from.
            unit: of the EEG.

        Raises:
            DataError: the split leaves the subject without training or test trials, test trials would be trained on,
                or a file has invalid contents.
            MissingFiles: pictures are missing and must not be left out.
        """
        usable, dropped = self._usable()
        subject_split, pool_split, removed = self._splits()
        pooled = self._select(pool_split, usable, permitted)
        own = self._select(subject_split, usable, (subject,))
        shares = pooled if self.protocol == "cross-subject" else own
        self._refuse_empty({"train": shares["train"], "test": own["test"]}, subject)
        learned = [self._select(split, usable, permitted) for split in (subject_split, pool_split)]
        rows = np.concatenate([each[share] for each in learned for share in ("train", "val")])
        trained = np.unique(self._image[rows])
        test = subject_split.rows["test"]
        tested = np.unique(self._image[test[usable[test]]])
        notes = (*subject_split.notes, *pool_split.notes, *removed, *dropped, self._protocol_note)
        return Recordings(
            training=self._training(shares, trained, unit),
            pool=self._training(pooled, trained, unit),
            test=self._trials(own["test"], tested),
            pictures=self._pictures(tested),
            captions=captions_of(self._names(tested), self.folder),
            synsets=self._labels,
            notes=tuple(dict.fromkeys(notes)),
            selected_on_test=self.protocol == "published",
        )

    @property
    def _protocol_note(self) -> str:
        excluded, possible = PROTOCOLS[self.protocol]
        return f"protocol {self.protocol}: rules out {excluded}; cannot rule out {possible}"

    @property
    def _image(self) -> Ints:
        return np.asarray(self.arrays["image"])

    @property
    def _subject(self) -> Ints:
        return np.asarray(self.arrays["subject"])

    @property
    def _labels(self) -> tuple[str, ...]:
        return names_in(self.arrays["labels"])

    def _names(self, pictures: Ints) -> list[str]:
        names = names_in(self.arrays["images"])
        return [names[picture] for picture in pictures]

    def _splits(self) -> tuple[Split, Split, list[str]]:
        """Return the splits for one subject and for the pool, and notes on test trials removed from training.

        Under the protocol ``published``, which declares that it selects on test trials, they may be validation trials.
        """
        splits = {name: self._split(name) for name in (self.subject_split, self.pool_split)}
        test, notes = splits[self.subject_split].rows["test"], []
        learned = {"train"} if self.protocol == "published" else {"train", "val"}
        for name, split in splits.items():
            leaks = np.intersect1d(np.concatenate([split.rows[share] for share in sorted(learned)]), test)
            if not len(leaks):
                continue
            if not self.leave_leaks_out:
                raise DataError(
                    f"{counted(len(leaks), 'test trial')} of {len(test)} by {self.subject_split} would be trained on "
                    f"with their labels by {name}, so a score on them would be invalid; remove them from training with "
                    "--set dataset.leaks=leave-out, or choose another split file with --set dataset.splits"
                )
            notes.append(f"removed from training by {name}: {counted(len(leaks), 'test trial')}")
            kept = {share: np.setdiff1d(split.rows[share], test) for share in learned}
            splits[name] = Split({**split.rows, **kept}, split.notes)
        return splits[self.subject_split], splits[self.pool_split], notes

    def _split(self, file: str) -> Split:
        if self.protocol == "late-trials":
            return split_by_time(self._subject, np.asarray(self.arrays["label"]), self._order)
        published = published_split(self.folder / file, self._subject, self._image)
        if self.protocol != "published":
            return split_by_picture(published, self._image)
        training = np.union1d(published.rows["train"], published.rows["val"])
        test = published.rows["test"]
        notes = [*published.notes]
        if repeated := int(np.isin(self._image[test], self._image[training]).sum()):
            notes.append(
                f"{repeated} of {counted(len(test), 'published test segment')} with a picture that is also trained on"
            )
        return Split({"train": training, "val": test, "test": test}, tuple(notes))

    @cached_property
    def _order(self) -> Ints:
        """Position of each segment's picture in the order of presentation, (segments,)."""
        path = self.folder / ORDER
        if not path.is_file():
            raise MissingFiles(
                f"{path} does not exist; the protocol late-trials needs the order of presentation, which the EEG file "
                "does not hold: write that file, with the name of a picture per line, or choose another protocol"
            )
        return read_presentation_order(path, names_in(self.arrays["images"]))[self._image]

    def _select(self, split: Split, usable: NDArray[np.bool_], subjects: Sequence[int]) -> dict[str, Ints]:
        selected = usable & np.isin(self._subject, subjects)
        return {share: rows[selected[rows]] for share, rows in split.rows.items()}

    def _refuse_empty(self, shares: Mapping[str, Ints], subject: int) -> None:
        for share, rows in shares.items():
            if len(rows) == 0:
                raise DataError(
                    f"{self.folder / self.subject_split} leaves subject {subject} without {share} trials under the "
                    f"protocol {self.protocol}; use another split file or protocol"
                )

    def _usable(self) -> tuple[NDArray[np.bool_], list[str]]:
        """Return which segments are trials, (segments,), and notes on the others."""
        usable, length = np.array(self.arrays["usable"]), np.asarray(self.arrays["length"])
        outside = (length < LENGTHS[0]) | (length > LENGTHS[1])
        short = usable & (length < WINDOW.stop)
        without_picture = self._without_picture()
        segments = {
            f"left out: {{}} shorter than {LENGTHS[0]} or longer than {LENGTHS[1]} samples": outside,
            "left out: {} with values that are not finite": ~outside & ~usable,
            f"{{}} ending before sample {WINDOW.stop}, where the last sample is held": short,
            "left out: {} whose picture is missing or damaged": without_picture,
        }
        notes = [note.format(counted(int(mask.sum()), "segment")) for note, mask in segments.items() if mask.any()]
        return usable & ~without_picture, notes

    def _without_picture(self) -> NDArray[np.bool_]:
        shown = np.unique(self._image)
        lost = missing_pictures(self.folder, self._names(shown))
        if lost and not self.leave_out:
            raise MissingFiles(
                f"{len(lost)} of {counted(len(shown), 'picture')} not there, for instance "
                f"{picture_path(self.folder, lost[0])}; put them there, or leave out their trials with "
                "--allow-missing-pictures"
            )
        if self.leave_out:
            lost += damaged_pictures(self.folder, [name for name in self._names(shown) if name not in set(lost)])
        found = np.isin(self._names(shown), lost, invert=True)
        return ~found[np.searchsorted(shown, self._image)]

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
        """Return the names in ``channels.txt``, otherwise numbers: the EEG file does not name channels."""
        count, path = self.arrays["eeg"].shape[1], self.folder / CHANNELS
        if not path.is_file():
            return tuple(f"{number:03d}" for number in range(1, count + 1))
        names = read_channel_names(path)
        if len(names) != count:
            raise DataError(
                f"{path} names {counted(len(names), 'channel')}, the EEG has {count}; name each, in the file's order"
            )
        return names

    def _trials(self, rows: Ints, pictures: Ints) -> Trials:
        label = np.asarray(self.arrays["label"])[rows]
        return Trials(
            eeg=SelectedRows(self.arrays["eeg"], rows),
            subject=self._subject[rows],
            trial=rows,
            label=label,
            image=np.searchsorted(pictures, self._image[rows]),
            block=self._subject[rows] * len(self._labels) + label,
            order=self._order[rows] if (self.folder / ORDER).is_file() else None,
        )

    def _pictures(self, pictures: Ints) -> PictureFiles:
        return PictureFiles(tuple(picture_path(self.folder, name) for name in self._names(pictures)))
