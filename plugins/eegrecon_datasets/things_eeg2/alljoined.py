"""The data set component of Alljoined-1.6M: twenty subjects, the pictures of THINGS-EEG2, 32 channels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from eegrecon_datasets.things_eeg2.dataset import ThingsEEG2
from eegrecon_datasets.things_eeg2.layout import eeg_folders
from eegrecon_datasets.things_eeg2.published import NUMBERED

REMARKS = {
    6: "subject 6 of Alljoined-1.6M has swapped triggers in the recording; that these files correct it is not verified",
    8: "subject 8 of Alljoined-1.6M has mislabelled files; that these are correct is not verified",
}


@dataclass(frozen=True)
class Alljoined(ThingsEEG2):
    """Alljoined-1.6M, arXiv:2508.18571; preprocessed at 250 Hz, as its authors publish it (CC-BY-NC-SA).

    The files are ``preprocessed_eeg/sub-01/preprocessed_eeg_training_flat.npy`` and ``…_test_flat.npy``, pickled
    dictionaries, beside a parquet table with the columns partition, dropped, image_path and category_name, and the
    pictures ``stimuli/images/NUMBER.jpg``. The k-th trial is assumed to be the k-th row of its partition that was not
    dropped, which is checked by their number. Protocols and fields are those of `ThingsEEG2`. The raw recordings (EDF)
    are data of BIDS, read by ``bids``.
    """

    known_as: ClassVar[str] = "alljoined"
    form: Literal["any", "npy", "pt", "flat"] = "flat"

    @classmethod
    def recognises(cls, folder: Path) -> bool:
        """Return whether the folder holds flat files and numbered pictures."""
        try:
            numbered = folder.joinpath(*NUMBERED).is_dir()
            return numbered and any(found.form == "flat" for found in eeg_folders(folder))
        except OSError:
            return False

    def _remarks(self, subjects: Sequence[int]) -> Sequence[str]:
        return [text for subject, text in REMARKS.items() if subject in subjects]
