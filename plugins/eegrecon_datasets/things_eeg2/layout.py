"""Which files a folder of THINGS-EEG2 holds: the form of the EEG, its subjects, and the pictures by concept."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from eegrecon import DataError, InvalidConfiguration, MissingFiles
from eegrecon_datasets.things_eeg2.published import (
    EEG_FOLDERS,
    ENDINGS,
    FORMS,
    FURTHER,
    NUMBERED,
    PARTITIONS,
    PICTURE_FOLDERS,
    PICTURES_OF,
    SOURCE,
)

SUBJECT = re.compile(r"sub-(\d+)")
CONCEPT = re.compile(r"\d+_(.+)")


@dataclass(frozen=True)
class EEGFolder:
    """Where the EEG is, and in which form.

    Attributes:
        root: folder of the subjects' folders.
        form: one of `FORMS`.
        subjects: folder by number of the subject, ascending.
    """

    root: Path
    form: str
    subjects: dict[int, Path]

    def file(self, subject: int, partition: str) -> Path:
        """Return a subject's file of a partition."""
        return self.subjects[subject] / FORMS[self.form][PARTITIONS.index(partition)]


def eeg_folders(folder: Path) -> list[EEGFolder]:
    """Return every form of the EEG that a folder holds."""
    found = []
    for name in EEG_FOLDERS:
        root = folder / name
        people = sorted(path for path in root.glob("sub-*") if SUBJECT.fullmatch(path.name)) if root.is_dir() else []
        for form, files in FORMS.items():
            subjects = {
                int(path.name.removeprefix("sub-")): path for path in people if any((path / f).is_file() for f in files)
            }
            if subjects:
                found.append(EEGFolder(root, form, dict(sorted(subjects.items()))))
    return found


def eeg_folder(folder: Path, form: str) -> EEGFolder:
    """Return the EEG of a folder in the given form, or in its only one (``any``).

    Raises:
        MissingFiles: the folder does not exist, or holds no EEG in this form.
        InvalidConfiguration: it holds several forms and none is named.
    """
    if not folder.is_dir():
        raise MissingFiles(f"the folder {folder} does not exist; name it with --data DIR, or {SOURCE}")
    found = [each for each in eeg_folders(folder) if form in ("any", each.form)]
    if not found:
        wanted = " or ".join(f"sub-01/{files[0]}" for name, files in FORMS.items() if form in ("any", name))
        raise MissingFiles(f"{folder} holds no EEG of THINGS-EEG2 ({wanted}); {SOURCE}")
    if len(found) > 1:
        held = ", ".join(f"{each.form} in {each.root}" for each in found)
        raise InvalidConfiguration(
            f"things-eeg2: {folder} holds the EEG several times ({held}); choose one with --set dataset.form=FORM, or "
            "name its folder with --data"
        )
    return found[0]


@dataclass(frozen=True)
class PictureSet:
    """The pictures of one partition, in the order of their conditions.

    Attributes:
        folder: ``training_images`` or ``test_images``.
        names: ``00001_aardvark/aardvark_01b.jpg``, sorted by folder and file, as the published code numbers conditions.
    """

    folder: Path
    names: tuple[str, ...]

    @property
    def concepts(self) -> tuple[str, ...]:
        """Name of each picture's concept: that of its folder without the number."""
        return tuple(concept_of(name) for name in self.names)

    def path(self, name: str) -> Path:
        """Return the file of a picture."""
        return self.folder / name


def concept_of(name: str) -> str:
    """Return the concept of a picture from its folder: ``aardvark`` of ``00001_aardvark/aardvark_01b.jpg``."""
    folder = name.partition("/")[0]
    match = CONCEPT.fullmatch(folder)
    return match[1] if match else folder


def picture_set(folder: Path, partition: str) -> PictureSet:
    """Return the pictures of a partition.

    Raises:
        MissingFiles: there is no folder of them.
        DataError: it holds none.
    """
    if (numbered := folder / NUMBERED[0] / NUMBERED[1]).is_dir():  # Alljoined-1.6M
        files = sorted(file.name for file in numbered.iterdir() if file.suffix.lower() in ENDINGS)
        return PictureSet(numbered.parent, tuple(f"{NUMBERED[1]}/{name}" for name in files))
    for above in PICTURE_FOLDERS:
        for name in PICTURES_OF[partition]:
            if (found := folder / above / name).is_dir():
                return _listed(found)
    name = PICTURES_OF[partition][0]
    raise MissingFiles(
        f"{folder} lacks the folder {name}/00001_CONCEPT/FILE.jpg with the pictures of THINGS that were shown; {SOURCE}"
    )


def further_pictures(folder: Path) -> PictureSet | None:
    """Return other pictures of the test concepts (``concept_images``), or None where there is no such folder."""
    found = next((folder / above / FURTHER for above in PICTURE_FOLDERS if (folder / above / FURTHER).is_dir()), None)
    return None if found is None else _listed(found)


def _listed(folder: Path) -> PictureSet:
    concepts = sorted(path for path in folder.iterdir() if path.is_dir())
    files = [sorted(file for file in concept.iterdir() if file.suffix.lower() in ENDINGS) for concept in concepts]
    names = tuple(f"{file.parent.name}/{file.name}" for each in files for file in each)
    if not names:
        raise DataError(f"{folder} holds no pictures ({', '.join(ENDINGS)}) in folders of concepts; {SOURCE}")
    return PictureSet(folder, names)
