"""What a folder of EEGCVPR40 holds and lacks, in plain words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eegrecon import EegreconError, Finding
from eegrecon_datasets.eeg_file import LENGTHS, Contents, contents
from eegrecon_datasets.splits import SHARES, by_picture, published_division, published_lists
from eegrecon_datasets.stimuli import captions, class_names, missing_pictures, picture_path
from eegrecon_datasets.torch_files import SOURCE
from eegrecon_datasets.wording import counted


def findings(folder: Path, wanted: str, eeg_files: Iterable[str], split_files: Iterable[str]) -> list[Finding]:
    """Look at every file that there may be.

    Args:
        folder: the data set's folder.
        wanted: the EEG file that is configured; if it is not there, the first of the others stands in.
        eeg_files: names of the EEG files.
        split_files: names of the split files.
    """
    if not folder.is_dir():
        return [Finding(False, f"the folder {folder} is not there; name it with --data DIR, or {SOURCE}")]
    there = [name for name in sorted(eeg_files, key=lambda name: name != wanted) if (folder / name).is_file()]
    if not there:
        return [Finding(False, f"{folder} holds no EEG file such as {wanted}; {SOURCE}")]
    found = [_tried(_eeg, folder / name) for name in there]
    readable = next((name for name, said in zip(there, found, strict=True) if said[0].ok), None)
    said = [line for lines in found for line in lines]
    if wanted not in there:
        said.append(Finding(False, f"{wanted} is not there; {SOURCE}, or set dataset.band to a file that is there"))
    if readable is None:
        return said
    held = contents(folder / readable)
    said += _tried(_splits, folder, tuple(split_files), held)
    return said + _tried(_pictures, folder, held) + _tried(_tables, folder, held)


def needed(eeg_file: str, split_files: Iterable[str]) -> list[Finding]:
    """Say what a folder must hold, where none is given."""
    return [
        Finding(False, f"no folder is given, name it with --data DIR; {SOURCE}"),
        Finding(False, f"{eeg_file} (3.1 GB if its numbers are float32: 11,964 segments of 128 x 500)"),
        *(Finding(False, f"{name} (less than 1 MB)") for name in dict.fromkeys(split_files)),
        Finding(False, "image/<WordNet id>/<name>.JPEG: 1,996 pictures of ImageNet (ILSVRC 2012, training set)"),
        Finding(False, "captions.csv: fine targets need it; eegrecon data caption DIR writes it"),
    ]


def _tried(look: Callable[..., Iterator[Finding]], *where: Any) -> list[Finding]:
    try:
        return list(look(*where))
    except EegreconError as error:
        return [Finding(False, str(error))]


def _eeg(path: Path) -> Iterator[Finding]:
    held = contents(path)
    outside = int(((held.length < LENGTHS[0]) | (held.length > LENGTHS[1])).sum())
    yield Finding(
        True,
        f"{path.name}: {len(held.label)} segments of {held.channels} channels and {held.length.min()} to "
        f"{held.length.max()} samples ({outside} outside {LENGTHS[0]} to {LENGTHS[1]}, left out), subjects "
        f"{', '.join(map(str, np.unique(held.subject)))}, {len(held.labels)} classes, {len(held.images)} pictures",
    )


def _splits(folder: Path, split_files: Sequence[str], held: Contents) -> Iterator[Finding]:
    there = [name for name in split_files if (folder / name).is_file()]
    if not there:
        yield Finding(False, f"{folder} holds no split file such as {split_files[0]}; {SOURCE}")
    for name in there:
        yield from _tried(_split, folder / name, held)


def _split(path: Path, held: Contents) -> Iterator[Finding]:
    lists = published_lists(path)
    notes = by_picture(published_division(path, held.subject, held.image), held.image).notes
    sizes = ", ".join(f"{share} {len(lists[share])}" for share in SHARES)
    yield Finding(True, f"{path.name}: {sizes}{'; ' if notes else ''}{'; '.join(notes)}")


def _pictures(folder: Path, held: Contents) -> Iterator[Finding]:
    shown = [held.images[picture] for picture in np.unique(held.image)]
    if absent := missing_pictures(folder, shown):
        where = picture_path(folder, absent[0])
        yield Finding(
            False,
            f"{len(absent)} of {counted(len(shown), 'picture')} not there, for instance {where}; they are ImageNet's "
            "(ILSVRC 2012, training set)",
        )
    else:
        yield Finding(True, f"image: all {len(shown)} pictures that the segments show")


def _tables(folder: Path, held: Contents) -> Iterator[Finding]:
    known = captions(folder)
    if known is None:
        yield Finding(
            False, f"captions.csv is not there: fine targets need it; eegrecon data caption {folder} writes it"
        )
    else:
        lacking = [image for image in held.images if not known.get(image)]
        text = f", none for {counted(len(lacking), 'picture')}, for instance {lacking[0]}" if lacking else ""
        yield Finding(not lacking, f"captions.csv: {counted(len(known), 'caption')}{text}")
    named = class_names(held.labels, folder)
    source = "classes.csv" if (folder / "classes.csv").is_file() else "the 40 classes of EEGCVPR40"
    yield Finding(True, f"classes: {len(named)}, named by {source}")
