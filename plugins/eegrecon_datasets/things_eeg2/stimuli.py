"""The pictures of THINGS-EEG2 with their concepts and captions, and which of them the EEG's pictures are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from eegrecon import Arrays, DataError, Gallery, Ints, MissingFiles
from eegrecon_datasets.files.pictures import PictureFiles, damaged
from eegrecon_datasets.files.tables import read_table
from eegrecon_datasets.files.text import names_in
from eegrecon_datasets.things_eeg2.layout import PictureSet, concept_of, further_pictures, picture_set
from eegrecon_datasets.things_eeg2.published import PARTITIONS, SOURCE
from eegrecon_datasets.wording import counted

CAPTIONS = "captions.csv"
Captions = Literal["file", "concept"]


@dataclass(frozen=True, eq=False)
class Stimuli:
    """The pictures of one partition that can be used.

    Attributes:
        paths: of the pictures.
        names: of the pictures, folder and file.
        row: (pictures of the EEG,) row of each in ``paths``, -1 for one that is left out.
        label: (paths,) number of the class.
        captions: one for each, or None.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    row: Ints
    label: Ints
    captions: tuple[str, ...] | None


@dataclass(frozen=True, eq=False)
class AllStimuli:
    """The pictures of both partitions.

    Attributes:
        training: those of training.
        test: those of test.
        classes: names of the classes: the training concepts, and behind them the test concepts.
        notes: on what was left out.
        gallery: other pictures of the test concepts, or None.
    """

    training: Stimuli
    test: Stimuli
    classes: tuple[str, ...]
    notes: tuple[str, ...]
    gallery: Gallery | None = None


def all_stimuli(folder: Path, arrays: Mapping[str, Arrays], captions: Captions, leave_out: bool) -> AllStimuli:
    """Return the pictures of both partitions.

    Args:
        folder: of the data set.
        arrays: the products of `ThingsPartition`, by partition.
        captions: from ``captions.csv``, where there is one, or the names of the concepts.
        leave_out: whether pictures that are missing or damaged are left out; otherwise they are an error.

    Raises:
        MissingFiles: there is no folder of pictures, or one is missing and must not be left out.
        DataError: EEG and pictures do not belong together, a test concept occurs in training, or a caption is missing.
    """
    sets = {partition: picture_set(folder, partition) for partition in PARTITIONS}
    concept = {name: _concepts(sets[name], arrays[name]) for name in PARTITIONS}
    concepts = {name: tuple(dict.fromkeys(of.values())) for name, of in concept.items()}
    if common := set(concepts["training"]) & set(concepts["test"]):
        raise DataError(
            f"{sets['test'].folder} has the concept {min(common)}, which {sets['training'].folder} has too; the test "
            f"concepts of THINGS-EEG2 do not occur in training: {SOURCE}"
        )
    classes = (*concepts["training"], *concepts["test"])
    table = _captions(folder, captions)
    found, notes = {}, []
    for name in PARTITIONS:
        found[name], left_out = _stimuli(sets[name], arrays[name], concept[name], classes, table, leave_out)
        if left_out:
            notes.append(f"left out: {counted(left_out, f'{name} picture')} that are missing or damaged")
    spoken = tuple(concept.replace("_", " ") for concept in classes)
    return AllStimuli(found["training"], found["test"], spoken, tuple(notes), _gallery(folder, found["test"], classes))


def _gallery(folder: Path, test: Stimuli, classes: tuple[str, ...]) -> Gallery | None:
    """Return the other pictures of the test concepts, among which none is a test picture by its name."""
    further, shown = further_pictures(folder), {Path(name).name for name in test.names}
    if further is None:
        return None
    number = {classes[label]: int(label) for label in test.label}
    names = [name for name in further.names if concept_of(name) in number and Path(name).name not in shown]
    label = np.array([number[concept_of(name)] for name in names], np.int64)
    return Gallery(PictureFiles(tuple(map(further.path, names))), label)


def _stimuli(
    pictures: PictureSet,
    arrays: Arrays,
    concept: Mapping[str, str],
    classes: tuple[str, ...],
    table: Mapping[str, str] | Literal["concept"] | None,
    leave_out: bool,
) -> tuple[Stimuli, int]:
    """Return the usable pictures of a partition, and how many are left out."""
    shown = shown_pictures(pictures, arrays)
    there = set(pictures.names)
    lost = [name for name in shown if name not in there]
    if lost and not leave_out:
        raise MissingFiles(
            f"{len(lost)} of {counted(len(shown), 'picture')} that the EEG names are not there, for instance "
            f"{pictures.path(lost[0])}; put them there, or leave out their trials with --allow-missing-pictures"
        )
    usable = [name for name in shown if name in there]
    if leave_out:
        broken = set(damaged(tuple(map(pictures.path, usable))))
        usable = [name for row, name in enumerate(usable) if row not in broken]
    row_of = {name: row for row, name in enumerate(usable)}
    number = {name: label for label, name in enumerate(classes)}
    stimuli = Stimuli(
        paths=tuple(map(pictures.path, usable)),
        names=tuple(usable),
        row=np.array([row_of.get(name, -1) for name in shown], np.int64),
        label=np.array([number[concept[name]] for name in usable], np.int64),
        captions=_captions_of(usable, concept, table),
    )
    return stimuli, len(shown) - len(usable)


def _concepts(pictures: PictureSet, arrays: Arrays) -> dict[str, str]:
    """Return the concept of each picture: as the table beside the EEG has it, or else of its folder."""
    if concepts := names_in(np.asarray(arrays["concepts"])):
        return dict(zip(names_in(np.asarray(arrays["names"])), concepts, strict=True))
    return {name: concept_of(name) for name in (*pictures.names, *names_in(np.asarray(arrays["names"])))}


def shown_pictures(pictures: PictureSet, arrays: Arrays) -> tuple[str, ...]:
    """Return the name of each of the EEG's pictures.

    Files that do not name them number them as the sorted folders and files of the published pictures are; that there
    are as many is checked.

    Raises:
        DataError: there are not.
    """
    names = names_in(np.asarray(arrays["names"]))
    if names:
        return names
    number = 1 + max(int(np.max(values)) for name, values in arrays.items() if name.startswith("picture/"))
    if number != len(pictures.names):
        raise DataError(
            f"{pictures.folder} holds {counted(len(pictures.names), 'picture')}, but the EEG was recorded with "
            f"{number} and names none of them, so that none can be missing or too many; {SOURCE}"
        )
    return pictures.names


def _captions(folder: Path, captions: Captions) -> Mapping[str, str] | Literal["concept"] | None:
    """Return the captions by folder and file, "concept", or None without a table."""
    if captions == "concept":
        return "concept"
    rows = read_table(folder / CAPTIONS, "image", "caption")
    return rows and {"/".join(Path(image).parts[-2:]): caption for image, caption in rows.items()}


def _captions_of(
    names: list[str], concept: Mapping[str, str], table: Mapping[str, str] | Literal["concept"] | None
) -> tuple[str, ...] | None:
    if table is None:
        return None
    if table == "concept":
        return tuple(concept[name].replace("_", " ") for name in names)
    if without := [name for name in names if not table.get(name)]:
        number = f"{len(without)} of {counted(len(names), 'picture')}"
        raise DataError(
            f"{CAPTIONS} has no caption for {number}, for instance {without[0]}; add rows for them, take the file "
            "away, or use the names of the concepts with --set dataset.captions=concept"
        )
    return tuple(table[name] for name in names)
