"""The same world in the file format of EEGCVPR40, for trying the loader of the real data without them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from eegrecon import Arrays, Ints
from eegrecon_shapes.formats.tables import write_pictures, write_table
from eegrecon_shapes.world.captions import captions
from eegrecon_shapes.world.pictures import CLASSES
from eegrecon_shapes.world.recording import SimulatedRecording, gallery

WNIDS = tuple(f"n9{index + 1:07d}" for index in range(len(CLASSES)))  # invented: WordNet has no n9…


def write_eegcvpr40(folder: Path, recording: SimulatedRecording, arrays: Arrays, shares: Ints) -> None:
    """Write EEG, splits, pictures, captions and class names below `folder`.

    Args:
        folder: created if it does not exist.
        recording: the experiment.
        arrays: its prepared arrays.
        shares: 0 train, 1 val or 2 test per picture.
    """
    folder.mkdir(parents=True, exist_ok=True)
    album, names = gallery(recording.pictures_per_class), _names(recording)
    order = np.lexsort((arrays["image"], arrays["subject"]))  # the k-th segment of each person shows picture k
    _write_eeg(folder / "eeg_5_95_std.pth", arrays, order, names, recording)
    _write_splits(folder, np.asarray(arrays["image"])[order], shares)
    files = [folder / "image" / name.partition("_")[0] / f"{name}.JPEG" for name in names]
    write_pictures(dict(zip(files, album.pixels, strict=True)))
    write_table(folder / "captions.csv", ("image", "caption"), zip(names, captions(album.attributes), strict=True))
    write_table(folder / "classes.csv", ("wnid", "name"), zip(WNIDS, CLASSES, strict=True))


def _names(recording: SimulatedRecording) -> list[str]:
    return [f"{wnid}_{number}" for wnid in WNIDS for number in range(recording.pictures_per_class)]


def _write_eeg(path: Path, arrays: Arrays, order: Ints, names: Sequence[str], recording: SimulatedRecording) -> None:
    import torch

    image, subject = np.asarray(arrays["image"]), np.asarray(arrays["subject"])
    segments = [
        {
            "eeg": torch.from_numpy(np.asarray(arrays["eeg"][row], dtype=np.float32)),  # (channels, samples)
            "image": int(image[row]),
            "label": int(image[row]) // recording.pictures_per_class,
            "subject": int(subject[row]),
        }
        for row in order
    ]
    torch.save({"dataset": segments, "labels": list(WNIDS), "images": list(names)}, path)


def _write_splits(folder: Path, image: Ints, shares: Ints) -> None:
    """Write one list of numbers per share: of all segments, and of one person's (which are equal for all people)."""
    import torch

    lists = {"all": shares[image], "single": shares}
    for kind, share in lists.items():
        split = {name: np.flatnonzero(share == index).tolist() for index, name in enumerate(("train", "val", "test"))}
        torch.save({"splits": [split]}, folder / f"block_splits_by_image_{kind}.pth")
