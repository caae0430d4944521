"""The data set component of EEG-ImageNet: 16 subjects, 40 coarse and 40 fine classes of ImageNet."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import (
    Arrays,
    DataError,
    Dataset,
    EegreconError,
    Finding,
    InvalidConfiguration,
    MissingFiles,
    Montage,
    Pictures,
    Pixels,
    Recordings,
    Run,
    Trials,
)
from eegrecon.datasets import split_recordings
from eegrecon.preprocessing import SelectedRows
from eegrecon.resources import content_digest
from eegrecon_datasets.eeg_imagenet.eeg_files import EEGImageNetFiles, contents
from eegrecon_datasets.eeg_imagenet.published import BLOCK, CHANNELS, CLASSES, FILES, PICTURES, SFREQ, SOURCE, TRAINED
from eegrecon_datasets.eeg_imagenet.published import WINDOW as WINDOW_USED
from eegrecon_datasets.files.pictures import PictureFiles, damaged
from eegrecon_datasets.files.tables import read_table
from eegrecon_datasets.files.text import names_in
from eegrecon_datasets.wording import counted

CAPTIONS = "captions.csv"
VALIDATED = 4  # last training trials of a block, on which models are selected
_BLOCKS = "that the block is decoded instead of the class: each class was shown in one block, and none can be held out"
PROTOCOLS = {  # what each rules out, and what it cannot rule out
    "late-trials": ("that a test trial is in the training data", _BLOCKS),
    "published": (
        "that a test trial is in the training data",
        f"that epochs are selected on test trials, nor {_BLOCKS}",
    ),
    "cross-subject": (
        "that a trial of the test subject, or a picture of its test trials, is in the training data",
        "that the class is decoded from the time within the session, if all subjects saw the classes in one order",
    ),
}


@dataclass(frozen=True)
class EEGImageNet(Dataset):
    """Zhu et al., arXiv:2406.07151; 62 channels at 1 kHz, samples 40 to 439 of each segment.

    Every class was shown in one block of 50 pictures, of which the first 30 train and the last 20 test, in the order of
    the file, which is taken as that of presentation. A test trial shares its block with training trials of its class
    except under ``cross-subject``, and a decoder may recognise the block.

    Attributes:
        protocol: ``late-trials`` selects models on the last four training trials of each block; ``published`` on the
            test trials, as the published code does, and its scores are marked; ``cross-subject`` trains on the others'
            training trials, without pictures of the subject's test trials.
        folder: of the files.
        granularity: ``coarse`` or ``fine`` classes, or ``all``.
        participants: subjects to use, empty for all in the files.
        missing: what to do about trials whose picture is missing or damaged: ``refuse`` or ``leave-out``.
        files: the conversion, which follows from the folder.
    """

    protocols: ClassVar[tuple[str, ...]] = tuple(PROTOCOLS)
    protocol: str = "late-trials"
    folder: str = ""
    granularity: Literal["all", "coarse", "fine"] = "coarse"
    participants: tuple[int, ...] = ()
    missing: Literal["refuse", "leave-out"] = "refuse"
    files: EEGImageNetFiles = field(init=False)

    def __post_init__(self) -> None:
        if self.protocol not in self.protocols:
            raise InvalidConfiguration(
                f"eeg-imagenet: no protocol {self.protocol!r}; there are: {', '.join(self.protocols)}"
            )
        object.__setattr__(self, "files", EEGImageNetFiles(str(Path(self.folder)) if self.folder else ""))

    def reads(self) -> Mapping[str, str]:
        """Return the digest of pictures and captions; the EEG is digested by its own stage.

        Raises:
            MissingFiles: the folder has no EEG or no pictures.
        """
        return {"folder": self._digest}

    @cached_property
    def _digest(self) -> str:
        folder, pictures = Path(self.folder), self._pictures()
        names = {name for path in self.files.files() for name in contents(path).image}
        files = [picture_path(pictures, name) for name in sorted(names)]
        lines = [f"{path.name} {content_digest(path)}" for path in (*files, folder / CAPTIONS) if path.is_file()]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()

    def _pictures(self) -> Path:
        found = next((path for name in PICTURES if (path := Path(self.folder, name)).is_dir()), None)
        if found is None:
            raise MissingFiles(
                f"{self.folder or 'the folder'} lacks {PICTURES[0]}/<WordNet id>/<name>; the pictures are ImageNet's: "
                "copy those that the EEG files name from there"
            )
        return found

    def subjects(self) -> tuple[int, ...]:
        """Return the subjects in the files, restricted to the configured participants.

        Raises:
            MissingFiles: there is no file.
            InvalidConfiguration: the files do not hold a participant.
        """
        held = tuple(sorted({number for path in self.files.files() for number in contents(path).subject}))
        if unknown := [subject for subject in self.participants if subject not in held]:
            raise InvalidConfiguration(
                f"eeg-imagenet: there is no subject {unknown[0]}; there are: {', '.join(map(str, held))}"
            )
        return tuple(sorted(set(self.participants))) or held

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Return the subjects whose trials may be learned from: all, or all others under ``cross-subject``."""
        return tuple(other for other in self.subjects() if self.protocol != "cross-subject" or other != subject)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings.

        Raises:
            MissingFiles: a file does not exist.
            DataError: a file has invalid contents.
            InvalidConfiguration: there is no such subject, or no other to train on.
        """
        if subject not in self.subjects() or not self.permitted(subject):
            raise InvalidConfiguration(
                f"eeg-imagenet: there is no subject {subject}, or no other to train on ({self.protocol}); there are: "
                f"{', '.join(map(str, self.subjects()))}"
            )
        arrays = run.prepared(self.files)
        chosen, notes = self._chosen(arrays)
        names, shown = names_in(arrays["images"]), np.unique(np.asarray(arrays["image"])[chosen])
        labels = names_in(arrays["labels"])
        used = np.unique(np.asarray(arrays["label"])[chosen])
        block, order = (np.asarray(arrays[name])[chosen] for name in ("block", "order"))
        label, who = np.asarray(arrays["label"])[chosen], np.asarray(arrays["subject"])[chosen]
        image = np.searchsorted(shown, np.asarray(arrays["image"])[chosen])
        trials = Trials(
            SelectedRows(arrays["eeg"], chosen), who, chosen, np.searchsorted(used, label), image, block, order
        )
        share = shares_in_blocks(block, order, validate=self.protocol != "published")
        if self.protocol == "cross-subject":
            tested = np.unique(image[(who == subject) & (share == "test")])
            share = np.where((who != subject) & np.isin(image, tested), "", share)
        count, pictures = arrays["eeg"].shape[1], self._pictures()
        channels = CHANNELS if count == len(CHANNELS) else tuple(f"{number:03d}" for number in range(1, count + 1))
        found = split_recordings(
            trials, share, subject, PictureFiles(tuple(picture_path(pictures, names[row]) for row in shown)),
            self._class_names([labels[row] for row in used]),
            Montage(channels, SFREQ, WINDOW_USED.start / SFREQ, "uV"),
            captions=self._captions([names[row] for row in shown]), permitted=self.permitted(subject),
        )  # fmt: skip
        excluded, possible = PROTOCOLS[self.protocol]
        note = f"protocol {self.protocol}: rules out {excluded}; cannot rule out {possible}"
        found = replace(found, synsets=tuple(labels[row] for row in used), notes=(note, *notes))
        return _selected_on_test(found) if self.protocol == "published" else found

    def _chosen(self, arrays: Arrays) -> tuple[NDArray[np.int64], list[str]]:
        """Return the segments of the granularity and the participants that can be used, and notes on the others."""
        fine, usable = np.asarray(arrays["fine"]), np.asarray(arrays["usable"])
        wanted = np.ones(len(fine), bool) if self.granularity == "all" else fine == (self.granularity == "fine")
        wanted &= np.isin(np.asarray(arrays["subject"]), self.subjects())
        if not wanted.any():
            raise DataError(f"{self.folder} has no segment of the granularity {self.granularity}; choose another")
        folder, image, names = self._pictures(), np.asarray(arrays["image"]), names_in(arrays["images"])
        shown = np.unique(image[wanted])
        lost = [row for row in shown if not picture_path(folder, names[row]).is_file()]
        if lost and self.missing == "refuse":
            raise MissingFiles(
                f"{len(lost)} of {counted(len(shown), 'picture')} not there, for instance "
                f"{picture_path(folder, names[lost[0]])}; put them there, or leave out their trials with "
                "--allow-missing-pictures"
            )
        if self.missing == "leave-out":
            there = [row for row in shown if row not in set(lost)]
            lost += [there[row] for row in damaged(tuple(picture_path(folder, names[row]) for row in there))]
        without = wanted & np.isin(image, lost)
        endless = wanted & ~usable
        notes = {
            "left out: {} whose picture is missing or damaged": without,
            "left out: {} with values that are not finite": endless,
        }
        kept = np.flatnonzero(wanted & ~without & ~endless)
        return kept, [text.format(counted(int(rows.sum()), "segment")) for text, rows in notes.items() if rows.any()]

    def _captions(self, names: list[str]) -> list[str] | None:
        table = read_table(Path(self.folder) / CAPTIONS, "image", "caption")
        if table is None:
            return None
        if without := [name for name in names if not table.get(name)]:
            raise DataError(
                f"{CAPTIONS} has no caption for {len(without)} of {counted(len(names), 'picture')}, for instance "
                f"{without[0]}; add rows for them, or take the file away"
            )
        return [table[name] for name in names]

    def _class_names(self, labels: list[str]) -> tuple[str, ...]:
        if unknown := [label for label in labels if label not in CLASSES]:
            raise DataError(f"{unknown[0]} is none of the 80 classes of EEG-ImageNet; {SOURCE}")
        return tuple(CLASSES[label] for label in labels)

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether one of the published files is in the folder."""
        try:
            return any((folder / name).is_file() for name in FILES)
        except OSError:
            return False

    def check(self) -> Sequence[Finding]:
        """Report which files exist, what they hold, and what is missing."""
        if not self.folder:
            return [Finding(False, f"no folder is given, name it with --data DIR; {SOURCE}")]
        found = _attempt(lambda: map(_described, self.files.files()))
        return [*found, *(_attempt(self._picture_findings) if all(each.ok for each in found) else ())]

    def _picture_findings(self) -> Iterator[Finding]:
        folder = self._pictures()
        names = sorted({name for path in self.files.files() for name in contents(path).image})
        lost = [name for name in names if not picture_path(folder, name).is_file()]
        if lost:
            yield Finding(
                False,
                f"{len(lost)} of {counted(len(names), 'picture')} missing, for instance "
                f"{picture_path(folder, lost[0])}; copy them from ImageNet",
            )
        else:
            yield Finding(True, f"{folder.name}: all {counted(len(names), 'picture')} that the segments show")


def picture_path(folder: Path, name: str) -> Path:
    """Return the path of a picture: ``<WordNet id>/<name>``."""
    return folder / name.partition("_")[0] / name


def shares_in_blocks(block: NDArray[np.int64], order: NDArray[np.int64], *, validate: bool) -> NDArray[np.str_]:
    """Return the share of each trial by its place in its block: 30 of 50 train, the last of them validate, 20 test.

    Args:
        block: (trials,).
        order: position in time, (trials,).
        validate: whether the last four training trials of a block are for validation.
    """
    share = np.full(len(block), "train", "<U5")
    for number in np.unique(block):
        rows = np.flatnonzero(block == number)
        rows = rows[np.argsort(order[rows], kind="stable")]
        trained = round(len(rows) * TRAINED / BLOCK)
        share[rows[trained:]] = "test"
        if validate:
            share[rows[max(0, trained - VALIDATED) : trained]] = "val"
    return share


def _selected_on_test(found: Recordings) -> Recordings:
    """Return recordings whose validation trials are the test trials, as of the published code."""
    pictures = found.training.pictures
    both = _Both(pictures, found.pictures)
    captions = found.training.captions
    joined = None if captions is None or found.captions is None else [*captions, *found.captions]
    val = replace(found.test, image=found.test.image + len(pictures))
    training = replace(found.training, val=val, pictures=both, captions=joined)
    return replace(found, training=training, selected_on_test=True)


@dataclass(frozen=True, eq=False)
class _Both:
    """Pictures, and others behind them."""

    first: Pictures
    second: Pictures

    def __len__(self) -> int:
        return len(self.first) + len(self.second)

    def __getitem__(self, row: int, /) -> Pixels:
        edge = len(self.first)
        return self.first[row] if row < edge else self.second[row - edge]


def _described(path: Path) -> Finding:
    held = contents(path)
    grains = ", ".join(f"{held.granularity.count(name)} {name}" for name in dict.fromkeys(held.granularity))
    people = ", ".join(map(str, sorted(set(held.subject))))
    return Finding(
        True,
        f"{path.name}: {counted(len(held.label), 'segment')} ({grains}) of {held.channels} channels, subjects "
        f"{people}, {len(set(held.label))} classes, {counted(len(set(held.image)), 'picture')}",
    )


def _attempt(check: Callable[[], Iterator[Finding] | map[Finding]]) -> list[Finding]:
    """Return the findings of a check, or its error as a finding."""
    try:
        return list(check())
    except EegreconError as error:
        return [Finding(False, str(error))]
