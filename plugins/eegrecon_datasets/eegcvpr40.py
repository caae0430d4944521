"""EEGCVPR40: six people look at 40 classes of ImageNet pictures, from the files that its authors publish."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from eegrecon import Captioner, Dataset, Finding, InvalidConfiguration, MissingFiles, Recordings, Run, content_digest
from eegrecon_datasets.eeg_file import EEGFile, contents
from eegrecon_datasets.stimuli import picture_path
from eegrecon_datasets.torch_files import SOURCE

FILES = {  # by band; names of perceivelab/eeg_visual_classification
    "5_95_std": "eeg_5_95_std.pth",
    "14_70_std": "eeg_14_70_std.pth",
    "55_95_std": "eeg_55_95_std.pth",
    "raw": "eeg_signals_raw_with_mean_std.pth",
}
SPLITS = {"all": "block_splits_by_image_all.pth", "single": "block_splits_by_image_single.pth"}
TABLES = ("captions.csv", "classes.csv", "image_order.txt", "channels.txt")
SPLIT_CHOICES = ("usual", "all", "single", "both")


@dataclass(frozen=True)
class EEGCVPR40(Dataset):
    """Spampinato et al. (CVPR 2017) and Palazzo et al. (IEEE TPAMI 2020), DOI 10.1109/TPAMI.2020.2995909.

    Every class was shown in one block, so a test trial shares its block with training trials of its class under every
    protocol but ``cross-subject``, and what is decoded may be the block (Li et al., IEEE TPAMI, "The perils and
    pitfalls of block design"). The files do not give the block: a subject's trials of one class are taken as one.
    Positions in time are known where ``image_order.txt`` lists the pictures in the order of presentation.

    Protocols, of which each says in the result what it rules out and what it cannot: ``within-image`` puts every
    picture into one share, for all subjects alike, following the published lists. ``published`` takes the lists as
    they stand and, as published work does, trains on train and validation and selects on test; the result is stamped.
    ``late-trials`` trains on the first part of each block and tests on its last, with a gap; it needs
    ``image_order.txt``. ``cross-subject`` trains on the other subjects and tests on pictures that they did not see in
    training.

    Attributes:
        protocol: how trials are divided.
        folder: where the files lie.
        band: which file: filtered to 5-95, 14-70 or 55-95 Hz and standardised, or raw.
        splits: which published lists: ``all`` numbers all segments, ``single`` those of each subject; ``both``: all
            for what is learned on all subjects, single for what is learned on one, as published; ``usual``: both under
            the protocol ``published``, all otherwise.
        leaks: what to do about test trials that split files would have trained on: ``refuse`` or ``leave-out``.
        participants: subjects to use, none for all that the file holds.
        missing: what to do about trials whose picture is not there or broken: ``refuse`` or ``leave-out``.
        eeg: the EEG file, which follows from folder and band.
    """

    protocols: ClassVar[tuple[str, ...]] = ("within-image", "published", "late-trials", "cross-subject")
    common_pictures: ClassVar[bool] = True
    protocol: str = "within-image"
    folder: str = ""
    band: Literal["5_95_std", "14_70_std", "55_95_std", "raw"] = "5_95_std"
    splits: Literal["usual", "all", "single", "both"] = "usual"
    leaks: Literal["refuse", "leave-out"] = "refuse"
    participants: tuple[int, ...] = ()
    missing: Literal["refuse", "leave-out"] = "refuse"
    eeg: EEGFile = field(init=False)

    def __post_init__(self) -> None:
        either = ("refuse", "leave-out")
        choices = {
            "protocol": self.protocols,
            "band": FILES,
            "splits": SPLIT_CHOICES,
            "leaks": either,
            "missing": either,
        }
        for name, known in choices.items():
            if (value := getattr(self, name)) not in known:
                raise InvalidConfiguration(f"eegcvpr40: no {name} {value!r}; there are: {', '.join(known)}")
        path = str(Path(self.folder, FILES[self.band])) if self.folder else ""
        object.__setattr__(self, "eeg", EEGFile(path))

    def reads(self) -> Mapping[str, str]:
        """Digest of the split file, the tables and the pictures; the EEG file is digested by its own stage.

        Raises:
            MissingFiles: the folder or one of its files is not there.
        """
        return {"folder": self._digest}

    @cached_property
    def _digest(self) -> str:
        folder = self._complete()
        listed = contents(Path(self.eeg.path)).images
        files = [*(folder / name for name in sorted(set(self._split_files))), *(folder / table for table in TABLES)]
        files += [picture_path(folder, name) for name in listed]
        lines = [f"{file.relative_to(folder)} {content_digest(file)}" for file in files if file.is_file()]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()

    @property
    def _split_files(self) -> tuple[str, str]:
        """Names of the lists for one subject's trials, and for the pool."""
        usual = "both" if self.protocol == "published" else "all"
        chosen = usual if self.splits == "usual" else self.splits
        both = ("single", "all") if chosen == "both" else (chosen, chosen)
        return SPLITS[both[0]], SPLITS[both[1]]

    def _complete(self) -> Path:
        """The folder, if it holds what a run needs."""
        folder = Path(self.folder)
        if not self.folder or not folder.is_dir():
            where = f"the folder {self.folder} is not there" if self.folder else "no folder of EEGCVPR40 is given"
            raise MissingFiles(f"{where}; name it with --data DIR, or {SOURCE}")
        for name in (FILES[self.band], *self._split_files):
            if not (folder / name).is_file():
                others = [other for other in (*FILES.values(), *SPLITS.values()) if (folder / other).is_file()]
                raise MissingFiles(
                    f"{folder} lacks {name} (it has {', '.join(others) or 'no file of EEGCVPR40'}); {SOURCE}, or set "
                    "dataset.band and dataset.splits to a file that is there"
                )
        if not (folder / "image").is_dir():
            raise MissingFiles(
                f"{folder} lacks the folder image/<WordNet id>/<name>.JPEG; the pictures are ImageNet's (ILSVRC 2012, "
                "training set): copy those that the EEG file names from there"
            )
        return folder

    def subjects(self) -> tuple[int, ...]:
        """Subjects in the file, or those of them that were asked for.

        Raises:
            MissingFiles: the folder or one of its files is not there.
            InvalidConfiguration: the file does not hold a participant.
        """
        self._complete()
        held = tuple(int(subject) for subject in np.unique(contents(Path(self.eeg.path)).subject))
        if unknown := [subject for subject in self.participants if subject not in held]:
            raise InvalidConfiguration(
                f"eegcvpr40: {self.eeg.path} has no subject {unknown[0]}; there are: {_listed(held)}"
            )
        return tuple(sorted(set(self.participants))) or held

    def permitted(self, subject: int) -> tuple[int, ...]:
        """All subjects, or for ``cross-subject`` all others."""
        return tuple(other for other in self.subjects() if self.protocol != "cross-subject" or other != subject)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings.

        Raises:
            MissingFiles: a file is not there.
            DataError: a file is not what it should be, or leaves a share empty.
            InvalidConfiguration: there is no such subject.
        """
        if subject not in self.subjects():
            raise InvalidConfiguration(
                f"eegcvpr40: there is no subject {subject}; there are: {_listed(self.subjects())}"
            )
        from eegrecon_datasets.reading import Reading

        reading = Reading(
            self._complete(),
            *self._split_files,
            self.protocol,
            run.prepared(self.eeg),
            leave_out=self.missing == "leave-out",
            leave_leaks_out=self.leaks == "leave-out",
        )
        unit = "uV" if self.band == "raw" else "z"  # the raw file's unit is taken as microvolts; it does not tell
        return reading.recordings(subject, self.permitted(subject), unit)

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Whether one of the published files lies in the folder; half a data set is recognised too."""
        try:
            return any((folder / name).is_file() for name in (*FILES.values(), *SPLITS.values()))
        except OSError:
            return False

    def check(self) -> Sequence[Finding]:
        """Say which files are there, what they hold, and what is missing."""
        from eegrecon_datasets.checks import findings, needed

        if not self.folder:
            return needed(FILES[self.band], self._split_files)
        return findings(Path(self.folder), FILES[self.band], FILES.values(), SPLITS.values())

    def caption(self, captioner: Captioner, run: Run) -> int:
        """Write ``captions.csv``, a caption for each picture that the EEG file names; go on where one is begun.

        Raises:
            MissingFiles: the folder, or one of its files or pictures, is not there.
            UsageError: the captions that are there are by another model.
        """
        from eegrecon_datasets.captioning import write_captions

        folder = self._complete()
        return write_captions(folder, contents(Path(self.eeg.path)).images, captioner, run)


def _listed(subjects: tuple[int, ...]) -> str:
    return ", ".join(map(str, subjects))
