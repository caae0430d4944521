"""The recordings of a study of neuralset: its timelines, each opened by the study itself."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon.resources import content_digest
from eegrecon_datasets.bids.recordings import subject_numbers
from eegrecon_datasets.mne_epochs.preparation import MneEpochsFiles
from eegrecon_datasets.mne_epochs.recordings import CutRecording, RecordingFile, at_events
from eegrecon_datasets.recordings.channels import load_mne
from eegrecon_datasets.studies.events import pictures_of, recording_of

SHARED = "THINGS-images"  # where neuralfetch puts the pictures that studies of THINGS share
PACKAGES = ("neuralset", "neuralfetch")  # whose versions say how a study is read


def load_neuralset() -> Any:
    """Return the module ``neuralset``.

    Raises:
        MissingFiles: it is not installed.
    """
    try:
        import neuralset
    except ImportError as error:
        raise MissingFiles(
            "studies are read by neuralset, which is not installed: pip install 'eegrecon[neuralset]' (Python 3.12 or "
            "later)"
        ) from error
    return neuralset


@dataclass(frozen=True)
class StudyFiles(MneEpochsFiles):
    """Cuts the recordings of a study into trials.

    The arrays are those of `MneEpochsFiles`. A filtered recording is written to disk and read from there.

    Attributes:
        study: name of the study in neuralset's catalogue.
        label: column of the events that names the class; ``folder`` for that of the picture.
    """

    study: str = ""
    label: str = "category"

    def opened(self, query: str | None = None) -> Any:
        """Return the study.

        Args:
            query: of the timelines; None for all.

        Raises:
            MissingFiles: neuralset is not installed, or the folder does not exist.
            InvalidConfiguration: no study has this name.
        """
        neuralset, root = load_neuralset(), Path(self.folder)
        if not self.study:
            raise InvalidConfiguration("no study is named; set dataset.study, for instance to Gifford2022Large")
        if not root.is_dir():
            raise MissingFiles(f"the folder {root} does not exist; name that of the studies with --data DIR")
        try:
            return neuralset.Study(name=self.study, path=root, query=query)
        except ImportError as error:
            raise InvalidConfiguration(f"neuralset has no study {self.study!r} ({_line(error)})") from error

    def recordings(self) -> list[RecordingFile]:
        """Return the timelines of the study, in its order.

        Raises:
            MissingFiles: the study is not there.
        """
        study = self.opened()
        try:
            table = study.study_summary()
        except (OSError, RuntimeError) as error:
            raise MissingFiles(
                f"the study {self.study} cannot be read from {study.path} ({_line(error)}); fetch it with neuralset: "
                f"neuralset.Study(name={self.study!r}, path={self.folder!r}).download()"
            ) from error
        labels = [str(subject).rpartition("/")[2] for subject in table["subject"]]
        number = subject_numbers({*labels})
        names = [str(name) for name in table["timeline"]]
        return [RecordingFile(Path(name), number[of], name, False) for name, of in zip(names, labels, strict=True)]

    def cut(self, file: RecordingFile, scratch: Path) -> CutRecording:
        """Return the trials of a timeline.

        Raises:
            DataError: the study cannot read it, or it shows no picture.
        """
        study = self.opened(f"timeline == {file.stem!r}")
        try:
            rows = study.run().to_dict("records")
            of_eeg = recording_of(rows, file.stem)
            happened = pictures_of(rows, float(of_eeg["start"]), self.label, Path(self.folder).resolve(), file.stem)
            raw = self._filtered(load_neuralset().Event.from_dict(of_eeg).read(), scratch)
            return at_events(raw, happened, file.path, self.cutting)
        except (OSError, ValueError, RuntimeError, TypeError, LookupError, AttributeError) as error:
            raise DataError(f"neuralset cannot read {file.stem} ({_line(error)}); fetch it again") from error

    def _filtered(self, raw: Any, scratch: Path) -> Any:
        if not (self.low or self.high):
            return raw
        kept, copy = scratch / "study_raw.fif", scratch / "study.filtered"
        raw.copy().pick("eeg").save(kept, overwrite=True, verbose="error")
        raw = load_mne().io.read_raw_fif(kept, preload=str(copy), verbose="error")
        return raw.filter(self.low or None, self.high or None, verbose="error")

    def reads(self) -> Mapping[str, str]:
        """Return the digest of all files of the study and of shared pictures, and the versions of what reads them.

        Raises:
            MissingFiles: the study is not there.
        """
        folders = [Path(self.opened().path), Path(self.folder) / SHARED]
        lines = [content_digest(folder) for folder in folders if folder.is_dir()]
        lines += [f"{name} {_version(name)}" for name in PACKAGES]
        return {"folder": hashlib.blake2b("\n".join(lines).encode(), digest_size=16).hexdigest()}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "none"


def _line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
