"""The same world in the files of THINGS-EEG2: concepts that are shown in training or in the test, and repeats."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon import Ints, Pixels, Run
from eegrecon.preprocessing import noise_covariance, whitening
from eegrecon_shapes.formats.tables import write_pictures, write_table
from eegrecon_shapes.world.activity import head
from eegrecon_shapes.world.captions import captions
from eegrecon_shapes.world.pictures import CLASSES, COLOURS, Attributes, chosen, draw
from eegrecon_shapes.world.recording import CHUNK, SimulatedRecording, microvolts, resampled

SFREQ, SAMPLES, BEFORE = 250, 250, 50  # of the published files; their times begin 50 samples before the picture
TEST_CONCEPTS = 24  # of the 96 combinations of shape and colour
FURTHER = 4  # pictures of a test concept that are not shown
REPEATS = {"training": 4, "test": 20}  # the published files have 80 of a test picture
SESSIONS = 4
SHRINK = 0.1  # share of the mean variance that is added to noise covariances
CHANNELS = [
    "Fp1", "Fp2", "AF7", "AF3", "AFz", "AF4", "AF8", "F7", "F5", "F3", "F1", "F2", "F4", "F6", "F8", "FT9", "FT7",
    "FC5", "FC3", "FC1", "FCz", "FC2", "FC4", "FC6", "FT8", "FT10", "T7", "C5", "C3", "C1", "Cz", "C2", "C4", "C6",
    "T8", "TP9", "TP7", "CP5", "CP3", "CP1", "CPz", "CP2", "CP4", "CP6", "TP8", "TP10", "P7", "P5", "P3", "P1", "Pz",
    "P2", "P4", "P6", "P8", "PO7", "PO3", "POz", "PO4", "PO8", "O1", "Oz", "O2",
]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Shown:
    """The pictures of one partition, picture by picture.

    Attributes:
        names: ``00001_red_star/red_star_01.jpg``.
        pixels: (pictures, 32, 32, 3).
        attributes: of the pictures.
    """

    names: tuple[str, ...]
    pixels: Pixels
    attributes: Attributes


@dataclass(frozen=True)
class Concepts:
    """The concepts: combinations of shape and colour, each shown in one partition.

    Attributes:
        pictures: of a training concept; a test concept has one.
    """

    pictures: int

    @cached_property
    def shown(self) -> Mapping[str, Shown]:
        """The pictures by partition."""
        every = [(shape, colour) for shape in range(len(CLASSES)) for colour in range(len(COLOURS))]
        order = np.random.default_rng([1, 81]).permutation(len(every))
        parts = {"test": (order[:TEST_CONCEPTS], 1), "training": (order[TEST_CONCEPTS:], self.pictures)}
        return {name: self._shown([every[row] for row in np.sort(rows)], each) for name, (rows, each) in parts.items()}

    @cached_property
    def further(self) -> Shown:
        """Other pictures of the test concepts, which nobody sees."""
        every = [(shape, colour) for shape in range(len(CLASSES)) for colour in range(len(COLOURS))]
        order = np.random.default_rng([1, 81]).permutation(len(every))
        return self._shown([every[row] for row in np.sort(order[:TEST_CONCEPTS])], FURTHER, first=1)

    def _shown(self, concepts: list[tuple[int, int]], each: int, first: int = 0) -> Shown:
        names, pixels, parts = [], [], []
        for number, (shape, colour) in enumerate(concepts, 1):
            word = f"{tuple(COLOURS)[colour]}_{CLASSES[shape]}"
            for picture in range(first, first + each):
                rng = np.random.default_rng([1, 82, shape, colour, picture])
                one = chosen(np.array([shape]), rng)
                one = replace(one, colour=np.array([colour]), background=(one.background - one.colour + colour) % 8)
                parts.append(one)
                pixels.append(draw(one, rng)[0])
                names.append(f"{number:05d}_{word}/{word}_{picture + 1:02d}.jpg")
        joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])}
        return Shown(tuple(names), np.stack(pixels), Attributes(**joined))


def write_things_eeg2(folder: Path, recording: SimulatedRecording, run: Run, *, ubp: bool) -> None:
    """Write EEG, pictures and captions below a folder.

    Args:
        folder: created if it does not exist.
        recording: people, strength of the signal and seed.
        run: shows progress.
        ubp: whether the EEG is written as UBP does (``train.pt``), otherwise as NICE does (pickled dictionaries).
    """
    concepts = Concepts(max(2, recording.pictures_per_class // 16))
    shown = concepts.shown
    root = folder / f"Preprocessed_data_250Hz{'_whiten' if ubp else ''}"
    with run.progress(recording.subjects, "simulating EEG") as progress:
        for subject in range(1, recording.subjects + 1):
            target = root / f"sub-{subject:02d}"
            target.mkdir(parents=True, exist_ok=True)
            for partition, eeg in _recorded(recording, subject, shown).items():
                _write(target, partition, eeg, shown[partition], ubp)
            progress.advance()
    for partition, pictures in {**shown, "concept": concepts.further}.items():
        place = folder / f"{partition}_images"
        write_pictures({place / name: pixels for name, pixels in zip(pictures.names, pictures.pixels, strict=True)})
    rows = [row for each in shown.values() for row in zip(each.names, captions(each.attributes), strict=True)]
    write_table(folder / "captions.csv", ("image", "caption"), rows)


def _recorded(
    recording: SimulatedRecording, subject: int, shown: Mapping[str, Shown]
) -> dict[str, NDArray[np.float32]]:
    """Return a person's EEG by partition, (pictures, repeats, 63, 250), whitened by the noise of training trials."""
    rows = {name: np.repeat(np.arange(len(each.names)), REPEATS[name]) for name, each in shown.items()}
    attributes = {name: each.attributes[rows[name]] for name, each in shown.items()}
    joined = {
        name: np.concatenate([getattr(attributes[part], name) for part in rows]) for name in vars(attributes["test"])
    }
    every, eeg = Attributes(**joined), np.empty((sum(map(len, rows.values())), len(CHANNELS), SAMPLES), np.float32)
    long, sites = replace(recording, samples=1000 * SAMPLES // SFREQ), electrodes()
    for first in range(0, len(eeg), CHUNK):
        eeg[first : first + CHUNK] = resampled(microvolts(long, subject, every, first)[:, sites], SFREQ)
    edge = len(rows["test"])
    parts = {"test": eeg[:edge], "training": eeg[edge:]}
    noise = noise_covariance(parts["training"], rows["training"])
    filters = whitening(noise, SHRINK).astype(np.float32)
    return {
        name: (filters @ part).reshape(len(shown[name].names), REPEATS[name], *part.shape[1:])
        for name, part in parts.items()
    }


def electrodes() -> Ints:
    """Return the electrode of the simulated head that is nearest to each of the 63 channels."""
    import mne

    usual = [name for name in ("colin27_1005", "standard_1005") if name in mne.channels.get_builtin_montages()]
    known = _positions(mne, usual[0])  # by its current or its former name
    simulated = _positions(mne, "biosemi128")
    places = np.stack([simulated[name] for name in head().channels])
    wanted = np.stack([known[name] for name in CHANNELS])
    return np.asarray((wanted @ places.T).argmax(axis=1), np.int64)


def _positions(mne: Any, montage: str) -> dict[str, NDArray[np.float64]]:
    """Return the direction of each electrode of a montage from the centre of the sphere through all of them."""
    found = mne.channels.make_standard_montage(montage).get_positions()["ch_pos"]
    places = np.stack(list(found.values()))
    square = np.c_[2 * places, np.ones(len(places))]
    centre = np.linalg.lstsq(square, np.square(places).sum(axis=1), rcond=None)[0][:3]
    directions = places - centre
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    return dict(zip(found, directions, strict=True))


def _write(folder: Path, partition: str, eeg: NDArray[np.float32], shown: Shown, ubp: bool) -> None:
    times = (np.arange(SAMPLES + BEFORE) - BEFORE) / SFREQ  # 300 of 250 samples, as in the published files
    if not ubp:
        content = {"preprocessed_eeg_data": eeg, "ch_names": CHANNELS, "times": times}
        (folder / f"preprocessed_eeg_{partition}.npy").write_bytes(pickle.dumps(content, protocol=4))
        return
    import torch

    short, repeats = {"training": "train", "test": "test"}[partition], eeg.shape[1]
    words = [name.partition("/")[2].rpartition("_")[0] for name in shown.names]
    number = {word: row for row, word in enumerate(dict.fromkeys(words))}
    columns = {
        "label": np.array([number[word] for word in words]),
        "img": np.array([f"{short}_images/{name}" for name in shown.names]),
        "text": np.array(words),
    }
    content = {name: np.tile(column[:, None], (1, repeats)) for name, column in columns.items()}
    session = np.tile(np.arange(repeats) * SESSIONS // repeats * 1.0, (len(eeg), 1))
    content = {"eeg": eeg.astype(np.float16), **content, "session": session, "ch_names": CHANNELS, "times": times}
    torch.save(content, folder / f"{short}.pt", pickle_protocol=5)
