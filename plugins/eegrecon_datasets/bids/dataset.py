"""The data set component for data in the form of BIDS, such as the raw recordings of Alljoined."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar

from eegrecon.resources import content_digest
from eegrecon_datasets.bids.events import STIMULI_FOLDER
from eegrecon_datasets.bids.recordings import DESCRIPTION, BidsFiles
from eegrecon_datasets.mne_epochs.dataset import MneEpochs
from eegrecon_datasets.mne_epochs.tables import STIMULI, Stimulus, read_stimuli


@dataclass(frozen=True)
class Bids(MneEpochs):
    """A data set of EEG in the form of BIDS, read by mne-bids (extra ``bids``).

    Events show a picture if ``events.tsv`` names it in the column ``stim_file``, a path in ``stimuli/``; the column
    ``label`` names its class, and columns caption and split are read where they are there. Other events are left out,
    as are pictures that share an onset with another one. If the folder has ``stimuli.csv`` as `MneEpochs` reads it,
    that says instead what each event (column trial_type) shows. Protocols and other fields are those of `MneEpochs`.

    Attributes:
        task: name of the task, where there are several.
        label: column of the tables of events that names the class; ``folder`` for the folder of the picture.
    """

    known_as: ClassVar[str] = "bids"
    wanted: ClassVar[str] = f"name one with --data DIR that holds {DESCRIPTION}"
    task: str = ""
    label: str = "trial_type"

    def _conversion(self, folder: str) -> BidsFiles:
        return BidsFiles(folder, *self._cutting, task=self.task, label=self.label)

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the pictures, and of ``stimuli.csv``; recordings are digested by their own stage.

        Raises:
            MissingFiles: the folder does not exist.
        """
        return super().reads() if (self._folder() / STIMULI).is_file() else {"folder": self._pictures}

    @cached_property
    def _pictures(self) -> str:
        stimuli = self._folder() / STIMULI_FOLDER
        return content_digest(stimuli) if stimuli.is_dir() else hashlib.blake2b(digest_size=16).hexdigest()

    def listed(self) -> Mapping[str, Stimulus] | None:
        """Return what each event shows, as ``stimuli.csv`` lists it; None without one."""
        return read_stimuli(self._folder()) if (self._folder() / STIMULI).is_file() else None

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether the folder is a data set of BIDS with EEG."""
        try:
            described = (folder / DESCRIPTION).is_file()
            return described and any(
                path.is_dir() for path in (*folder.glob("sub-*/eeg"), *folder.glob("sub-*/ses-*/eeg"))
            )
        except OSError:
            return False
