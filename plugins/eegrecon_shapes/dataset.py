"""The embedded world as a data set: who trains and who tests, under each protocol."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import (
    Arrays,
    Dataset,
    Ints,
    InvalidConfiguration,
    Montage,
    Pixels,
    Recordings,
    Run,
    Training,
    Trials,
    UsageError,
)
from eegrecon_shapes.activity import SFREQ, head
from eegrecon_shapes.captions import captions
from eegrecon_shapes.pictures import CLASSES, Attributes
from eegrecon_shapes.recording import Gallery, SimulatedRecording, gallery

WINDOW = slice(20, 460)  # samples at 1 kHz, as for EEGCVPR40: perceivelab/eeg_visual_classification
SHARES = (0.72, 0.08, 0.20)  # train, val, test: 36, 4 and 10 of 50
_TRAIN, _VAL, _TEST, _GAP = range(4)
DEMO = SimulatedRecording()


@dataclass(frozen=True)
class Shapes(Dataset):
    """Simulated EEG of people looking at drawn shapes; a stand-in whose truth is known.

    Protocols:
        ``within-image``: pictures are divided, the same for all people; a test picture was seen in nobody's training
        trials. With ``recording.design = "block"`` a test trial still shares its block with training trials.
        ``random-trials``: each person's trials are divided regardless of the picture. Everybody sees a picture once, so
        for one person alone this is no easier; but what is trained on the pool may have met the test picture in other
        people's trials. It can show what pooling gives away, not what repeated viewing does.
        ``late-trials``: the first trials of each block train, the last ones test, with a gap between them; a picture
        may be in other people's training. A slow drift still tells the block.
        ``held-out-blocks``: whole blocks test that nothing was trained on, so that no drift within a block can tell its
        class; a picture may be in other people's training. Needs three blocks per class.
        ``cross-subject``: trained on all other people, tested on this one, with pictures that nobody trained on.

    Attributes:
        protocol: one of these.
        recording: the experiment.
    """

    protocols: ClassVar[tuple[str, ...]] = (
        "within-image", "random-trials", "late-trials", "held-out-blocks", "cross-subject",
    )  # fmt: skip
    exports: ClassVar[tuple[str, ...]] = ("eegcvpr40",)
    protocol: str = "within-image"
    recording: SimulatedRecording = DEMO

    def __post_init__(self) -> None:
        if self.protocol not in self.protocols:
            raise InvalidConfiguration(
                f"no protocol {self.protocol!r} (dataset shapes); there are: {', '.join(self.protocols)}"
            )
        if self.protocol == "cross-subject" and self.recording.subjects < 2:
            raise InvalidConfiguration(
                "the protocol cross-subject needs two people or more (dataset shapes); raise recording.subjects"
            )

        if self.protocol == "held-out-blocks" and self.recording.blocks_per_class < 3:
            raise InvalidConfiguration(
                "the protocol held-out-blocks needs three blocks of each class, to train, validate and test (dataset "
                "shapes); raise recording.blocks_per_class"
            )

    @classmethod
    def small(cls) -> Shapes:
        """Two people, ten pictures per class."""
        return cls(recording=SimulatedRecording.small())

    def subjects(self) -> tuple[int, ...]:
        """1 to the number of people recorded."""
        return tuple(range(1, self.recording.subjects + 1))

    def permitted(self, subject: int) -> tuple[int, ...]:
        """All people; under ``cross-subject`` all others."""
        return tuple(other for other in self.subjects() if self.protocol != "cross-subject" or other != subject)

    def load(self, subject: int, run: Run) -> Recordings:
        """Return one person's recordings; EEG stays on disk.

        Raises:
            InvalidConfiguration: there is no such subject.
        """
        if subject not in self.subjects():
            raise InvalidConfiguration(
                f"shapes: there is no subject {subject}; there are 1 to {self.recording.subjects}"
            )
        arrays = run.prepared(self.recording)
        share, own = self._shares(arrays), np.asarray(arrays["subject"]) == subject
        pooled = np.isin(arrays["subject"], self.permitted(subject))
        album = gallery(self.recording.pictures_per_class)
        seen = np.unique(arrays["image"][pooled & np.isin(share, (_TRAIN, _VAL))])
        tested = np.flatnonzero(own & (share == _TEST))
        shown = np.unique(arrays["image"][tested])
        taught = pooled if self.protocol == "cross-subject" else own
        return Recordings(
            training=_training(arrays, album, share, taught, seen),
            pool=_training(arrays, album, share, pooled, seen),
            test=_trials(arrays, tested, shown),
            pictures=Selection(album.pixels, shown),
            captions=captions(album.attributes[shown]),
            synsets=None,
            attributes=_by_name(album.attributes[shown]),
        )

    def _shares(self, arrays: Arrays) -> Ints:
        """Which share each trial belongs to, (trials,): 0 train, 1 val, 2 test, 3 none."""
        per_class, image = self.recording.pictures_per_class, np.asarray(arrays["image"])
        if self.protocol == "late-trials":
            return late_shares(np.asarray(arrays["subject"]), np.asarray(arrays["block"]), np.asarray(arrays["order"]))
        if self.protocol == "held-out-blocks":
            group = image // per_class if self.recording.design == "block" else np.zeros_like(image)
            return block_shares(np.asarray(arrays["subject"]), np.asarray(arrays["block"]), group)
        if self.protocol != "random-trials":
            return np.asarray(picture_shares(per_class, 0)[image])
        drawn = np.stack([picture_shares(per_class, draw) for draw in (0, *self.subjects())])  # (1 + people, pictures)
        return np.asarray(drawn[arrays["subject"], image])

    def export(self, folder: Path, form: str, run: Run) -> None:
        """Write the same world as files of EEGCVPR40's form.

        Raises:
            UsageError: another form was asked for.
        """
        if form not in self.exports:
            raise UsageError(f"shapes writes no {form!r}; it writes: {', '.join(self.exports)}")
        from eegrecon_shapes.export import write_eegcvpr40

        shares = picture_shares(self.recording.pictures_per_class, 0)
        write_eegcvpr40(folder, self.recording, run.prepared(self.recording), shares)


def picture_shares(per_class: int, draw: int) -> Ints:
    """Share of each picture, (pictures,), drawn class by class; `draw` 0 is the division of pictures."""
    rng = np.random.default_rng([1, 73, draw])
    test, val = max(1, round(SHARES[_TEST] * per_class)), max(1, round(SHARES[_VAL] * per_class))
    one = np.repeat([_TRAIN, _VAL, _TEST], [per_class - val - test, val, test])
    return np.concatenate([rng.permutation(one) for _ in CLASSES]).astype(np.int64)


def late_shares(subject: Ints, block: Ints, order: Ints) -> Ints:
    """Share of each trial (trials,) by its place in its block: first train, then val, a gap as long as that, test."""
    share = np.full(len(order), _GAP, np.int64)
    for who in np.unique(subject):
        for one in np.unique(block[subject == who]):
            rows = np.flatnonzero((subject == who) & (block == one))
            rows = rows[np.argsort(order[rows], kind="stable")]
            test, val = max(1, round(SHARES[_TEST] * len(rows))), max(1, round(SHARES[_VAL] * len(rows)))
            train = len(rows) - test - 2 * val
            share[rows[:train]], share[rows[train : train + val]], share[rows[-test:]] = _TRAIN, _VAL, _TEST
    return share


def block_shares(subject: Ints, block: Ints, group: Ints) -> Ints:
    """Share of each trial (trials,) by its block: of each subject's blocks of a group some test, some validate."""
    share = np.full(len(block), _TRAIN, np.int64)
    for who in np.unique(subject):
        rng = np.random.default_rng([1, 74, int(who)])
        for one in np.unique(group):
            blocks = rng.permutation(np.unique(block[(subject == who) & (group == one)]))
            test, val = max(1, round(SHARES[_TEST] * len(blocks))), max(1, round(SHARES[_VAL] * len(blocks)))
            share[(subject == who) & np.isin(block, blocks[:test])] = _TEST
            share[(subject == who) & np.isin(block, blocks[test : test + val])] = _VAL
    return share


@dataclass(frozen=True, eq=False)
class Selection:
    """Some pictures of the gallery: uint8 (32, 32, 3) each."""

    pixels: Pixels  # (pictures, 32, 32, 3)
    rows: Ints

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, row: int) -> Pixels:
        return np.asarray(self.pixels[self.rows[row]])


@dataclass(frozen=True, eq=False)
class Window:
    """Some trials of a recording on disk, cut to 440 samples; indexing reads only what is asked for, as float32."""

    recording: NDArray[np.float16]  # (trials, channels, samples)
    rows: Ints

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, channels, 440)."""
        return (len(self.rows), self.recording.shape[1], WINDOW.stop - WINDOW.start)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: Any) -> Any:
        return np.asarray(self.recording[self.rows[rows]][..., WINDOW], dtype=np.float32)


def _by_name(attributes: Attributes) -> dict[str, Ints]:
    """Attributes (pictures,) by the names that a judge has for them: the shape is the class."""
    return {"class" if name == "shape" else name: values for name, values in vars(attributes).items()}


def _trials(arrays: Mapping[str, NDArray[Any]], rows: Ints, pictures: Ints) -> Trials:
    image, order = np.asarray(arrays["image"])[rows], np.asarray(arrays["order"])[rows]
    per_class = len(np.unique(arrays["image"])) // len(CLASSES)
    return Trials(
        eeg=Window(arrays["eeg"], rows),
        subject=np.asarray(arrays["subject"])[rows],
        trial=rows,
        label=image // per_class,
        image=np.searchsorted(pictures, image),
        block=np.asarray(arrays["block"])[rows],
        order=order,
    )


def _training(arrays: Arrays, album: Gallery, share: Ints, whose: NDArray[np.bool_], pictures: Ints) -> Training:
    return Training(
        train=_trials(arrays, np.flatnonzero(whose & (share == _TRAIN)), pictures),
        val=_trials(arrays, np.flatnonzero(whose & (share == _VAL)), pictures),
        pictures=Selection(album.pixels, pictures),
        captions=captions(album.attributes[pictures]),
        classes=CLASSES,
        montage=Montage(head().channels, SFREQ, WINDOW.start / SFREQ, "z"),
    )
