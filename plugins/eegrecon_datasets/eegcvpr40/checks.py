"""Report on the content of a folder of EEGCVPR40 and on what it lacks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import EegreconError, Finding
from eegrecon_datasets.eegcvpr40.eeg_file import Contents, contents
from eegrecon_datasets.eegcvpr40.published import LENGTHS, SOURCE
from eegrecon_datasets.eegcvpr40.splits import SHARES, published_split, read_lists, split_by_picture
from eegrecon_datasets.eegcvpr40.stimuli import (
    CAPTIONS,
    CLASS_NAMES,
    class_names,
    missing_pictures,
    picture_path,
    read_captions,
)
from eegrecon_datasets.wording import counted


def findings(folder: Path, configured: str, eeg_files: Iterable[str], split_files: Iterable[str]) -> list[Finding]:
    """Check every file that a folder may hold.

    Args:
        folder: the data set's folder.
        configured: name of the configured EEG file; if it is missing, another one is used to check the other files.
        eeg_files: names of the EEG files.
        split_files: names of the split files.
    """
    if not folder.is_dir():
        return [Finding(False, f"the folder {folder} does not exist; name it with --data DIR, or {SOURCE}")]
    existing = [name for name in sorted(eeg_files, key=lambda name: name != configured) if (folder / name).is_file()]
    if not existing:
        return [Finding(False, f"{folder} holds no EEG file such as {configured}; {SOURCE}")]
    by_file = {name: _attempt(_eeg, folder / name) for name in existing}
    found = [finding for of_file in by_file.values() for finding in of_file]
    if configured not in existing:
        found.append(
            Finding(False, f"{configured} does not exist; {SOURCE}, or set dataset.band to a file that is there")
        )
    readable = next((name for name, of_file in by_file.items() if of_file[0].ok), None)
    if readable is None:
        return found
    described = contents(folder / readable)
    found += _attempt(_splits, folder, tuple(split_files), described)
    return found + _attempt(_pictures, folder, described) + _attempt(_tables, folder, described)


def needed(eeg_file: str, split_files: Iterable[str]) -> list[Finding]:
    """Return what a folder must hold, for the case that none is given."""
    return [
        Finding(False, f"no folder is given, name it with --data DIR; {SOURCE}"),
        Finding(False, f"{eeg_file} (3.1 GB if its numbers are float32: 11,964 segments of 128 x 500)"),
        *(Finding(False, f"{name} (less than 1 MB)") for name in dict.fromkeys(split_files)),
        Finding(False, "image/<WordNet id>/<name>.JPEG: 1,996 pictures of ImageNet (ILSVRC 2012, training set)"),
        Finding(False, f"{CAPTIONS}: fine targets need it; eegrecon data caption DIR writes it"),
    ]


def _attempt(check: Callable[..., Iterator[Finding]], *arguments: Any) -> list[Finding]:
    """Return the findings of a check, or its error as a finding."""
    try:
        return list(check(*arguments))
    except EegreconError as error:
        return [Finding(False, str(error))]


def _eeg(path: Path) -> Iterator[Finding]:
    described = contents(path)
    length = described.length
    outside = int(((length < LENGTHS[0]) | (length > LENGTHS[1])).sum())
    yield Finding(
        True,
        f"{path.name}: {len(described.label)} segments of {described.channels} channels and {length.min()} to "
        f"{length.max()} samples ({outside} outside {LENGTHS[0]} to {LENGTHS[1]}, left out), subjects "
        f"{', '.join(map(str, np.unique(described.subject)))}, {len(described.labels)} classes, "
        f"{len(described.images)} pictures",
    )


def _splits(folder: Path, split_files: Sequence[str], described: Contents) -> Iterator[Finding]:
    existing = [name for name in split_files if (folder / name).is_file()]
    if not existing:
        yield Finding(False, f"{folder} holds no split file such as {split_files[0]}; {SOURCE}")
    for name in existing:
        yield from _attempt(_split, folder / name, described)


def _split(path: Path, described: Contents) -> Iterator[Finding]:
    lists = read_lists(path)
    split = split_by_picture(published_split(path, described.subject, described.image), described.image)
    sizes = ", ".join(f"{share} {len(lists[share])}" for share in SHARES)
    yield Finding(True, f"{path.name}: {'; '.join([sizes, *split.notes])}")


def _pictures(folder: Path, described: Contents) -> Iterator[Finding]:
    shown = [described.images[picture] for picture in np.unique(described.image)]
    if missing := missing_pictures(folder, shown):
        example = picture_path(folder, missing[0])
        yield Finding(
            False,
            f"{len(missing)} of {counted(len(shown), 'picture')} missing, for instance {example}; copy them from "
            "ImageNet (ILSVRC 2012, training set)",
        )
    else:
        yield Finding(True, f"image: all {len(shown)} pictures that the segments show")


def _tables(folder: Path, described: Contents) -> Iterator[Finding]:
    captions = read_captions(folder)
    if captions is None:
        yield Finding(
            False, f"{CAPTIONS} does not exist: fine targets need it; eegrecon data caption {folder} writes it"
        )
    else:
        without = [image for image in described.images if not captions.get(image)]
        lack = f", none for {counted(len(without), 'picture')}, for instance {without[0]}" if without else ""
        yield Finding(not without, f"{CAPTIONS}: {counted(len(captions), 'caption')}{lack}")
    names = class_names(described.labels, folder)
    source = CLASS_NAMES if (folder / CLASS_NAMES).is_file() else "the 40 classes of EEGCVPR40"
    yield Finding(True, f"classes: {len(names)}, named by {source}")
