"""Report on the content of a folder of THINGS-EEG2 and on what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import EegreconError, Finding
from eegrecon_datasets.files.tables import read_table
from eegrecon_datasets.things_eeg2.layout import EEGFolder, PictureSet, picture_set
from eegrecon_datasets.things_eeg2.partition import ThingsPartition
from eegrecon_datasets.things_eeg2.published import FORMS, PARTITIONS, SIZES, SOURCE
from eegrecon_datasets.things_eeg2.sources import open_source
from eegrecon_datasets.things_eeg2.stimuli import CAPTIONS
from eegrecon_datasets.wording import counted


def needed() -> list[Finding]:
    """Return what a folder must hold, for the case that none is given."""
    return [
        Finding(False, f"no folder is given, name it with --data DIR; {SOURCE}"),
        *(Finding(False, f"Preprocessed_data_250Hz/sub-01/{file}") for file in FORMS["npy"]),
        Finding(False, "training_images/00001_aardvark/aardvark_01b.jpg …: 16,540 pictures of 1,654 concepts"),
        Finding(False, "test_images/00001_aircraft_carrier/aircraft_carrier_06s.jpg …: 200 pictures of 200 concepts"),
        Finding(True, f"{CAPTIONS} (optional): fine targets need it; eegrecon data caption DIR writes it"),
    ]


def findings(training: ThingsPartition, test: ThingsPartition) -> list[Finding]:
    """Check every file that a run would read, and report sizes that differ from the published ones.

    Args:
        training: the conversion of the training files.
        test: that of the test files.
    """
    folder = Path(training.folder)
    try:
        eeg, subjects = training.located()
    except EegreconError as error:
        return [Finding(False, str(error))]
    found = [Finding(True, f"EEG of the form {eeg.form} in {eeg.root}: subjects {', '.join(map(str, subjects))}")]
    for partition, part in zip(PARTITIONS, (training, test), strict=True):
        pictures = _attempt(_pictures, folder, partition)
        found += pictures
        known = picture_set(folder, partition) if pictures[0].ok else None
        for subject in subjects:
            found += _attempt(_eeg, eeg, subject, partition, part.trust_pickle, known)
    return found + _attempt(_captions, folder)


def _attempt(check: Callable[..., Iterator[Finding]], *arguments: Any) -> list[Finding]:
    """Return the findings of a check, or its error as a finding."""
    try:
        return list(check(*arguments))
    except EegreconError as error:
        return [Finding(False, str(error))]


def _pictures(folder: Path, partition: str) -> Iterator[Finding]:
    pictures = picture_set(folder, partition)
    concepts = len(set(pictures.concepts))
    usual = SIZES[partition][0]
    differ = "" if len(pictures.names) == usual else f" (the published data set has {usual})"
    yield Finding(
        True,
        f"{pictures.folder.name}: {counted(len(pictures.names), 'picture')} of {counted(concepts, 'concept')}{differ}",
    )


def _eeg(eeg: EEGFolder, subject: int, partition: str, trusted: bool, pictures: PictureSet | None) -> Iterator[Finding]:
    source = open_source(eeg, subject, partition, trusted)
    repeats = np.bincount(source.picture)
    repeats = repeats[repeats > 0]
    number, usual = len(repeats), SIZES[partition]
    each = str(repeats.min()) if repeats.min() == repeats.max() else f"{repeats.min()} to {repeats.max()}"
    differ = "" if (number, int(repeats.max())) == usual else f" (published: {usual[0]} pictures, {usual[1]} repeats)"
    where = source.path.relative_to(eeg.root)
    yield Finding(
        True,
        f"{where}: {counted(number, 'picture')} with {each} repeats of {counted(len(source.channels), 'channel')} and "
        f"{source.eeg.shape[2]} samples, {source.times[0]:g} to {source.times[-1]:g} s, {source.eeg.dtype}{differ}",
    )
    if pictures is None:
        return
    if not source.names and number != len(pictures.names):
        yield Finding(
            False,
            f"{where} was recorded with {counted(number, 'picture')} and names none of them; {pictures.folder} must "
            f"hold exactly these, not {len(pictures.names)}: {SOURCE}",
        )
    if lost := sorted(set(source.names) - set(pictures.names)):
        yield Finding(
            False, f"{where} names {counted(len(lost), 'picture')} that {pictures.folder} lacks, for instance {lost[0]}"
        )


def _captions(folder: Path) -> Iterator[Finding]:
    rows = read_table(folder / CAPTIONS, "image", "caption")
    if rows is None:
        yield Finding(
            True,
            f"no {CAPTIONS}: there are no fine targets from captions; eegrecon data caption {folder} writes it, or use "
            "the names of the concepts with --set dataset.captions=concept",
        )
    else:
        yield Finding(True, f"{CAPTIONS}: {counted(len(rows), 'caption')}")
