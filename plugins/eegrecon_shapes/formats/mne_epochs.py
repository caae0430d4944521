"""The same world as own recordings: a file of epochs for each person, and a table of what each event showed."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np

from eegrecon import Arrays, Run
from eegrecon_shapes.formats.tables import write_pictures, write_table
from eegrecon_shapes.world.activity import SFREQ, head
from eegrecon_shapes.world.captions import captions
from eegrecon_shapes.world.pictures import CLASSES
from eegrecon_shapes.world.recording import SimulatedRecording, gallery

HEADER = ("event", "picture", "class", "caption")
VOLTS = 1e-6  # of a standardised value, which is written as a microvolt


def write_mne_epochs(folder: Path, recording: SimulatedRecording, arrays: Arrays, run: Run) -> None:
    """Write ``sub-01-epo.fif`` for each person, ``stimuli.csv`` and the pictures below a folder.

    Args:
        folder: created if it does not exist.
        recording: the experiment.
        arrays: its prepared arrays.
        run: shows progress.
    """
    import mne

    folder.mkdir(parents=True, exist_ok=True)
    album, each = gallery(recording.pictures_per_class), recording.pictures_per_class
    names = [f"{CLASSES[row // each]}_{row % each:03d}" for row in range(len(album.pixels))]
    files = [f"pictures/{name}.jpg" for name in names]
    write_pictures({folder / file: pixels for file, pixels in zip(files, album.pixels, strict=True)})
    classes = [CLASSES[row // each] for row in range(len(names))]
    write_table(folder / "stimuli.csv", HEADER, zip(names, files, classes, captions(album.attributes), strict=True))
    info = mne.create_info(list(head().channels), SFREQ, "eeg", verbose="error")
    with run.progress(recording.subjects, "writing epochs") as progress:
        for subject in range(1, recording.subjects + 1):
            rows = np.flatnonzero(np.asarray(arrays["subject"]) == subject)
            image = np.asarray(arrays["image"])[rows]
            eeg = np.asarray(arrays["eeg"][rows], np.float64) * VOLTS
            start = np.arange(len(rows)) * (eeg.shape[2] + 1)
            events = np.column_stack([start, np.zeros(len(rows), int), image + 1])
            known = {names[one]: int(one) + 1 for one in np.unique(image)}
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about names of files, which are those of the documentation
                epochs = mne.EpochsArray(eeg, info, events, tmin=0.0, event_id=known, verbose="error")
                epochs.save(folder / f"sub-{subject:02d}-epo.fif", verbose="error")
            progress.advance()
