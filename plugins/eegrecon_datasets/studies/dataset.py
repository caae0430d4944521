"""The data set component for studies of neuralset."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from eegrecon_datasets.mne_epochs.dataset import MneEpochs
from eegrecon_datasets.mne_epochs.tables import Stimulus
from eegrecon_datasets.studies.recordings import StudyFiles


@dataclass(frozen=True)
class NeuralsetStudy(MneEpochs):
    """Any study of neuralset that shows pictures and records EEG (extra ``neuralset``, Python 3.12 or later).

    The folder is that of the studies, as neuralset's ``path``; nothing is downloaded. Each event of the type Image is a
    trial; events of the type Eeg are the recordings, one in each timeline. Captions and declared shares are those of
    the columns caption and split, where a study has them. Protocols and the other fields are those of `MneEpochs`.

    Attributes:
        study: name in neuralset's catalogue, for instance ``Gifford2022Large`` (THINGS-EEG2).
        label: column of the events that names the class; ``folder`` for the folder of the picture.
    """

    known_as: ClassVar[str] = "neuralset"
    wanted: ClassVar[str] = "set dataset.folder to that of the studies, and dataset.study to the name of one"
    study: str = ""
    label: str = "category"

    def _conversion(self, folder: str) -> StudyFiles:
        return StudyFiles(folder, *self._cutting, study=self.study, label=self.label)

    def reads(self) -> Mapping[str, str]:
        """Return nothing: recordings, events and pictures are digested by the conversion."""
        return {}

    def listed(self) -> Mapping[str, Stimulus] | None:
        """Return None: the study says what each event shows."""
        return None

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return False: a folder of studies has no form; name the data set with ``--set dataset=neuralset``."""
        return False
