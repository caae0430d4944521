"""The data set component of EEGCVPR40: six subjects and 40 classes of ImageNet pictures, in the published files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np

from eegrecon import Captioner, Dataset, Finding, InvalidConfiguration, MissingFiles, Recordings, Run
from eegrecon.resources import content_digest
from eegrecon_datasets.eegcvpr40.eeg_file import EEGFile, contents
from eegrecon_datasets.eegcvpr40.published import EEG_FILES, SOURCE, SPLIT_FILES
from eegrecon_datasets.eegcvpr40.stimuli import CAPTIONS, picture_path

TABLES = ("captions.csv", "classes.csv", "image_order.txt", "channels.txt")
SPLIT_CHOICES = ("usual", "all", "single", "both")


@dataclass(frozen=True)
class EEGCVPR40(Dataset):
    """Spampinato et al. (CVPR 2017) and Palazzo et al. (IEEE TPAMI 2020), DOI 10.1109/TPAMI.2020.2995909.

    Every class was shown in one block, so a test trial shares its block with training trials of its class under every
    protocol but ``cross-subject``, and a decoder may recognise the block (Li et al., IEEE TPAMI, "The perils and
    pitfalls of block design"). The files do not identify blocks: a subject's trials of one class are taken as one.
    Positions in time are known if ``image_order.txt`` lists the pictures in the order of presentation.

    Every protocol adds a note to the result on what it rules out and what it cannot. ``within-image`` assigns every
    picture to one share for all subjects, following the published lists. ``published`` applies the lists unchanged
    and, like published work, trains on training and validation trials and selects on test trials; the result is
    marked. ``late-trials`` trains on the first part of each block and tests on its last, with a gap; it needs
    ``image_order.txt``. ``cross-subject`` trains on the other subjects and tests on pictures that are not in their
    training trials.

    Attributes:
        protocol: how trials are split.
        folder: of the files.
        band: which EEG file: filtered to 5-95, 14-70 or 55-95 Hz and standardised, or raw.
        splits: which published lists: ``all`` numbers all segments, ``single`` those of each subject; ``both``: all
            for what is learned on all subjects, single for what is learned on one, as published; ``usual``: both under
            the protocol ``published``, all otherwise.
        leaks: what to do about test trials that the split files would train on: ``refuse`` or ``leave-out``.
        participants: subjects to use, empty for all in the file.
        missing: what to do about trials whose picture is missing or damaged: ``refuse`` or ``leave-out``.
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
            "band": EEG_FILES,
            "splits": SPLIT_CHOICES,
            "leaks": either,
            "missing": either,
        }
        for name, known in choices.items():
            if (value := getattr(self, name)) not in known:
                raise InvalidConfiguration(f"eegcvpr40: no {name} {value!r}; there are: {', '.join(known)}")
        path = str(Path(self.folder, EEG_FILES[self.band])) if self.folder else ""
        object.__setattr__(self, "eeg", EEGFile(path))

    def reads(self) -> Mapping[str, str]:
        """Return the digest of split files, tables and pictures; the EEG file is digested by its own stage.

        Raises:
            MissingFiles: the folder or one of its files does not exist.
        """
        return {"folder": self._digest}

    @cached_property
    def _digest(self) -> str:
        folder = self._complete_folder()
        names = contents(Path(self.eeg.path)).images
        files = [*(folder / name for name in sorted(set(self._split_files))), *(folder / table for table in TABLES)]
        files += [picture_path(folder, name) for name in names]
        lines = [f"{file.relative_to(folder)} {content_digest(file)}" for file in files if file.is_file()]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()

    @property
    def _split_files(self) -> tuple[str, str]:
        """Names of the split files for one subject's trials, and for the pool."""
        usual = "both" if self.protocol == "published" else "all"
        chosen = usual if self.splits == "usual" else self.splits
        subject, pool = ("single", "all") if chosen == "both" else (chosen, chosen)
        return SPLIT_FILES[subject], SPLIT_FILES[pool]

    def _complete_folder(self) -> Path:
        """Return the folder after a check that it holds what a run needs."""
        folder = Path(self.folder)
        if not self.folder or not folder.is_dir():
            problem = f"the folder {self.folder} does not exist" if self.folder else "no folder of EEGCVPR40 is given"
            raise MissingFiles(f"{problem}; name it with --data DIR, or {SOURCE}")
        for name in (EEG_FILES[self.band], *self._split_files):
            if not (folder / name).is_file():
                held = [other for other in (*EEG_FILES.values(), *SPLIT_FILES.values()) if (folder / other).is_file()]
                raise MissingFiles(
                    f"{folder} lacks {name} (it has {', '.join(held) or 'no file of EEGCVPR40'}); {SOURCE}, or set "
                    "dataset.band and dataset.splits to a file that is there"
                )
        if not (folder / "image").is_dir():
            raise MissingFiles(
                f"{folder} lacks the folder image/<WordNet id>/<name>.JPEG; the pictures are ImageNet's (ILSVRC 2012, "
                "training set): copy those that the EEG file names from there"
            )
        return folder

    def subjects(self) -> tuple[int, ...]:
        """Return the subjects in the file, restricted to the configured participants.

        Raises:
            MissingFiles: the folder or one of its files does not exist.
            InvalidConfiguration: the file does not hold a participant.
        """
        self._complete_folder()
        held = tuple(int(subject) for subject in np.unique(contents(Path(self.eeg.path)).subject))
        if unknown := [subject for subject in self.participants if subject not in held]:
            raise InvalidConfiguration(
                f"eegcvpr40: {self.eeg.path} has no subject {unknown[0]}; there are: {_listed(held)}"
            )
        return tuple(sorted(set(self.participants))) or held

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Return the subjects whose trials may be learned from: all, or all others under ``cross-subject``."""
        return tuple(other for other in self.subjects() if self.protocol != "cross-subject" or other != subject)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings.

        Raises:
            MissingFiles: a file does not exist.
            DataError: a file has invalid contents, or leaves a share empty.
            InvalidConfiguration: there is no such subject.
        """
        if subject not in self.subjects():
            raise InvalidConfiguration(
                f"eegcvpr40: there is no subject {subject}; there are: {_listed(self.subjects())}"
            )
        from eegrecon_datasets.eegcvpr40.assembly import Assembly

        assembly = Assembly(
            self._complete_folder(),
            *self._split_files,
            self.protocol,
            run.prepared(self.eeg),
            leave_out=self.missing == "leave-out",
            leave_leaks_out=self.leaks == "leave-out",
        )
        unit = "uV" if self.band == "raw" else "z"  # the raw file does not state its unit; microvolts are assumed
        return assembly.recordings(subject, self.permitted(subject), unit)

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether one of the published files is in the folder; an incomplete data set is recognised too."""
        try:
            return any((folder / name).is_file() for name in (*EEG_FILES.values(), *SPLIT_FILES.values()))
        except OSError:
            return False

    def check(self) -> Sequence[Finding]:
        """Report which files exist, what they hold, and what is missing."""
        from eegrecon_datasets.eegcvpr40.checks import findings, needed

        if not self.folder:
            return needed(EEG_FILES[self.band], self._split_files)
        return findings(Path(self.folder), EEG_FILES[self.band], EEG_FILES.values(), SPLIT_FILES.values())

    def caption(self, captioner: Captioner, run: Run) -> int:
        """Write ``captions.csv``, with a caption for each picture of the EEG file; an unfinished one is resumed.

        Returns:
            How many captions were written.

        Raises:
            MissingFiles: the folder, or one of its files or pictures, does not exist.
            UsageError: the table holds captions by another model.
        """
        from eegrecon_datasets.captions.writing import write_captions

        folder = self._complete_folder()
        pictures = {name: picture_path(folder, name) for name in contents(Path(self.eeg.path)).images}
        return write_captions(folder / CAPTIONS, pictures, captioner, run)


def _listed(subjects: tuple[int, ...]) -> str:
    return ", ".join(map(str, subjects))
