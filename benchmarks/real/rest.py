"""A recording of rest, and designs of experiments that its person has never seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from archive import FILES, PROBLEMS, read_ts

RESTING = "EyesOpenShut"  # somebody who opens and shuts the eyes and does nothing else
DESIGNS = {
    "one block for each class": ("recording.design=block",),
    "pictures in random order": ("recording.design=random",),
}
SIZE = ("recording.subjects=1", "recording.pictures_per_class=10")  # of the simulated experiment


def write_rest(data: Path, file: Path) -> None:
    """Write the seconds of `RESTING`, one after the other as they were recorded, as a recording that MNE reads.

    Args:
        data: folder of the problems.
        file: ends in ``_raw.fif``.
    """
    import mne

    parts = [read_ts(data / RESTING / f"{RESTING}_{share}.ts").eeg for share in FILES]
    eeg = np.concatenate([part.transpose(1, 0, 2).reshape(part.shape[1], -1) for part in parts], axis=1)
    info = mne.create_info(list(PROBLEMS[RESTING].channels), PROBLEMS[RESTING].sfreq, "eeg", verbose="error")
    mne.io.RawArray(eeg * 1e-6, info, verbose="error").save(file, overwrite=True, verbose="error")
