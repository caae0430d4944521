"""The data set component of THINGS-EEG2: ten subjects, 1654 training and 200 test concepts, in three forms of files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Literal

from eegrecon import Captioner, Count, Dataset, Finding, Fraction, InvalidConfiguration, MissingFiles, Recordings, Run
from eegrecon.resources import content_digest
from eegrecon_datasets.things_eeg2.layout import eeg_folders, further_pictures, picture_set
from eegrecon_datasets.things_eeg2.partition import NOT_READ, ThingsPartition
from eegrecon_datasets.things_eeg2.published import PARTITIONS, SOURCE

_WHITENED = (
    "that the preprocessing saw the test trials: the published one takes the noise of all trials to whiten channels"
)
PROTOCOLS = {  # what each rules out, and what it cannot rule out
    "within-subject": (
        "that a test picture or its concept is in the training data of any subject",
        _WHITENED,
    ),
    "leave-one-subject-out": (
        "that a trial of the test subject, or a test picture or its concept of any subject, is in the training data",
        _WHITENED,
    ),
}


@dataclass(frozen=True)
class ThingsEEG2(Dataset):
    """Gifford et al., NeuroImage 264, 2022, doi:10.1016/j.neuroimage.2022.119754; preprocessed at 250 Hz.

    Test concepts do not occur in training, so that no class score of an encoder names one: what can be scored is how
    well the picture is found among the test pictures, and the pictures that are generated. Everything on which
    published scores depend is a field: subjects, channels, averaging, window, and what models are selected on.

    Pictures are those of THINGS, ``training_images/00001_aardvark/aardvark_01b.jpg`` and ``test_images/…``. Files that
    do not name them number them as these are sorted, which is how the published code numbers conditions.

    Attributes:
        protocol: ``within-subject`` trains on the subject's own training trials (a pool learner on all subjects'),
            ``leave-one-subject-out`` on all other subjects'.
        folder: of the files.
        form: of the EEG: ``npy`` (NICE, ATM), ``pt`` (UBP) or ``flat`` (ENIGMA); ``any``: the only one that is there.
        channels: ``all``, ``ubp-17`` (the occipital and parietal ones of UBP), or names joined by ``+``.
        window: first time, and the time before which a trial ends, s from picture onset.
        train_average: repeats of a training picture that are averaged into a trial; the file has 4.
        test_average: repeats of a test picture that are averaged into a trial; the file has 80.
        test_trials: trials of a test picture at most.
        validation: share of the training concepts that is held out to select models on; .0447 are 74 of 1654.
        selection: ``held-out-concepts``, or ``test`` as some published work does; scores are then marked.
        captions: ``file`` for those of ``captions.csv``, none without one; ``concept`` for the concept's name.
        participants: subjects to use, empty for all that the folder holds.
        missing: what to do about trials whose picture is missing or damaged: ``refuse`` or ``leave-out``.
        trust_pickle: whether pickles may be read (``--trust-pickle``): the form ``npy`` is one.
        training: conversion of the training files, which follows from the other fields.
        test: conversion of the test files.
    """

    known_as: ClassVar[str] = "things-eeg2"
    protocols: ClassVar[tuple[str, ...]] = tuple(PROTOCOLS)
    common_pictures: ClassVar[bool] = True
    test_only: ClassVar[tuple[str, ...]] = ("test", "test_average", "test_trials")
    protocol: str = "within-subject"
    folder: str = ""
    form: Literal["any", "npy", "pt", "flat"] = "any"
    channels: str = "all"
    window: tuple[float, float] = (0.0, 1.0)
    train_average: Count = 4
    test_average: Count = 80
    test_trials: Count = 1
    validation: Fraction = 0.0447
    selection: Literal["held-out-concepts", "test"] = "held-out-concepts"
    captions: Literal["file", "concept"] = "file"
    participants: tuple[int, ...] = ()
    missing: Literal["refuse", "leave-out"] = "refuse"
    trust_pickle: bool = False
    training: ThingsPartition = field(init=False)
    test: ThingsPartition = field(init=False)

    def __post_init__(self) -> None:
        if self.protocol not in self.protocols:
            raise InvalidConfiguration(
                f"{self.known_as}: no protocol {self.protocol!r}; there are: {', '.join(self.protocols)}"
            )
        if not self.window[0] < self.window[1]:
            raise InvalidConfiguration(
                f"{self.known_as}: the window {self.window[0]:g} to {self.window[1]:g} s is empty; its first number is "
                "when it begins, its second when it ends"
            )
        folder = str(Path(self.folder)) if self.folder else ""
        common = {"form": self.form, "participants": self.participants, "trust_pickle": self.trust_pickle}
        averages = {"training": (self.train_average, 0), "test": (self.test_average, self.test_trials)}
        for name, (average, most) in averages.items():
            object.__setattr__(self, name, ThingsPartition(folder, name, average=average, most=most, **common))  # type: ignore[arg-type]

    def reads(self) -> Mapping[str, str]:
        """Return the digest of pictures and captions; the EEG is digested by its own stages.

        Raises:
            MissingFiles: the folder, or that of a partition's pictures, does not exist.
        """
        return {"folder": self._digest, "trust_pickle": NOT_READ}

    @cached_property
    def _digest(self) -> str:
        from eegrecon_datasets.things_eeg2.stimuli import CAPTIONS

        folder = self._complete_folder()
        files = [picture_set(folder, name).folder for name in PARTITIONS]
        further = further_pictures(folder)
        files += [further.folder] if further else []
        lines = [f"{file.name} {content_digest(file)}" for file in (*files, folder / CAPTIONS) if file.exists()]
        return hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()

    def _complete_folder(self) -> Path:
        """Return the folder after a check that it holds EEG and pictures."""
        if not self.folder:
            raise MissingFiles(f"no folder of THINGS-EEG2 is given; name it with --data DIR, or {SOURCE}")
        self.training.located()
        for name in PARTITIONS:
            picture_set(Path(self.folder), name)
        return Path(self.folder)

    def subjects(self) -> tuple[int, ...]:
        """Return the subjects in the folder, restricted to the configured participants.

        Raises:
            MissingFiles: the folder does not exist or holds no EEG.
            InvalidConfiguration: it does not hold a participant.
        """
        self._complete_folder()
        return self.training.located()[1]

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Return the subjects whose trials may be learned from: all, or all others."""
        leave_out = self.protocol == "leave-one-subject-out"
        return tuple(other for other in self.subjects() if not leave_out or other != subject)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return one subject's recordings.

        Raises:
            MissingFiles: a file does not exist.
            DataError: a file has invalid contents, or is a pickle that may not be read.
            InvalidConfiguration: there is no such subject, or too few for the protocol.
        """
        if subject not in self.subjects():
            listed = ", ".join(map(str, self.subjects()))
            raise InvalidConfiguration(f"{self.known_as}: there is no subject {subject}; there are: {listed}")
        permitted = self.permitted(subject)
        if not permitted:
            raise InvalidConfiguration(
                f"{self.known_as}: {self.folder} holds subject {subject} alone, and {self.protocol} trains on the "
                "others; choose --protocol within-subject"
            )
        from eegrecon_datasets.things_eeg2.assembly import Assembly
        from eegrecon_datasets.things_eeg2.stimuli import all_stimuli

        arrays = {"training": run.prepared(self.training), "test": run.prepared(self.test)}
        stimuli = all_stimuli(Path(self.folder), arrays, self.captions, self.missing == "leave-out")
        assembly = Assembly(arrays, stimuli, self.channels, self.window, self.validation, self.selection)
        own = (subject,) if self.protocol == "within-subject" else permitted
        excluded, possible = PROTOCOLS[self.protocol]
        note = f"protocol {self.protocol}: rules out {excluded}; cannot rule out {possible}"
        found = assembly.recordings(subject, own, permitted, note)
        return replace(found, notes=(*found.notes, *self._remarks((*permitted, subject))))

    def _remarks(self, subjects: Sequence[int]) -> Sequence[str]:
        """Return notes on these subjects' files."""
        return ()

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether the folder holds a subject's files in one of the forms."""
        try:
            return bool(eeg_folders(folder))
        except OSError:
            return False

    def check(self) -> Sequence[Finding]:
        """Report which files exist, what they hold, and what is missing."""
        from eegrecon_datasets.things_eeg2.checks import findings, needed

        return findings(self.training, self.test) if self.folder else needed()

    def caption(self, captioner: Captioner, run: Run) -> int:
        """Write ``captions.csv``, with a caption for each picture of both partitions; an unfinished one is resumed.

        Returns:
            How many captions were written.

        Raises:
            MissingFiles: there is no folder of pictures.
            UsageError: the table holds captions by another model.
        """
        from eegrecon_datasets.captions.writing import write_captions
        from eegrecon_datasets.things_eeg2.stimuli import CAPTIONS

        sets = [picture_set(self._complete_folder(), name) for name in PARTITIONS]
        pictures = {name: pictures.path(name) for pictures in sets for name in pictures.names}
        return write_captions(Path(self.folder) / CAPTIONS, pictures, captioner, run)
