"""The embedded world as a data set, with its splits under each protocol."""

from __future__ import annotations

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
    Rows,
    Run,
    Training,
    Trials,
    UsageError,
)
from eegrecon.preprocessing import Filtered, SelectedRows, noise_covariance, whitening
from eegrecon_shapes.world.activity import SFREQ, head
from eegrecon_shapes.world.captions import captions
from eegrecon_shapes.world.pictures import CLASSES, Attributes
from eegrecon_shapes.world.recording import RATES, Gallery, SimulatedRecording, gallery

WINDOW = slice(20, 460)  # samples at 1 kHz, as for EEGCVPR40: perceivelab/eeg_visual_classification
SHARES = (0.72, 0.08, 0.20)  # train, val, test: 36, 4 and 10 of 50
_TRAIN, _VAL, _TEST, _GAP = range(4)
_AT_ONCE = 128  # trials that are filtered at once
IN_MEMORY = 40_000_000  # values up to which filtered EEG is kept, because filtering it in every epoch takes time
SHRINK = 0.1  # share of the mean variance that is added to noise covariances
DEMO = SimulatedRecording()


@dataclass(frozen=True)
class Shapes(Dataset):
    """Simulated EEG of people looking at drawn shapes, whose attributes are known.

    Protocols:
        ``within-image``: pictures are split, equally for all people; no test picture is in anyone's training trials.
        With ``recording.design = "block"`` a test trial still shares its block with training trials.
        ``random-trials``: each person's trials are split regardless of the picture. Everyone sees a picture once, so
        for one person alone this is no easier; but training on the pool may include the test picture in other people's
        trials. It can show leakage by pooling, but not by repeated viewing.
        ``late-trials``: the first trials of each block are for training, the last ones for testing, with a gap between
        them; a picture may be in other people's training. A slow drift still reveals the block.
        ``held-out-blocks``: whole blocks are for testing, so that no drift within a block can reveal its class; a
        picture may be in other people's training. Needs three blocks per class.
        ``cross-subject``: trained on all other people, tested on this one, with pictures of no training trial.

    Attributes:
        protocol: one of these.
        recording: the experiment.
        mvnn: multivariate noise normalisation: each person's channels are whitened by the noise of this person's
            training trials (of the others' under ``cross-subject``).
    """

    protocols: ClassVar[tuple[str, ...]] = (
        "within-image", "random-trials", "late-trials", "held-out-blocks", "cross-subject",
    )  # fmt: skip
    exports: ClassVar[tuple[str, ...]] = ("eegcvpr40", "mne-epochs", "things-eeg2", "things-eeg2-ubp")
    protocol: str = "within-image"
    recording: SimulatedRecording = DEMO
    mvnn: bool = False

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
        """Return a version with two people and ten pictures per class."""
        return cls(recording=SimulatedRecording.small())

    def subjects(self) -> tuple[int, ...]:
        """Return 1 to the number of people."""
        return tuple(range(1, self.recording.subjects + 1))

    def permitted(self, subject: int) -> tuple[int, ...]:
        """Return all people; under ``cross-subject`` all others."""
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
        share, of_subject = self._shares(arrays), np.asarray(arrays["subject"]) == subject
        pooled = np.isin(arrays["subject"], self.permitted(subject))
        eeg = self._eeg(arrays, share, subject, run)
        album = gallery(self.recording.pictures_per_class)
        seen = np.unique(arrays["image"][pooled & np.isin(share, (_TRAIN, _VAL))])
        tested = np.flatnonzero(of_subject & (share == _TEST))
        shown = np.unique(arrays["image"][tested])
        trained = pooled if self.protocol == "cross-subject" else of_subject
        return Recordings(
            training=_training(arrays, eeg, album, share, trained, seen),
            pool=_training(arrays, eeg, album, share, pooled, seen),
            test=_trials(arrays, eeg, tested, shown),
            pictures=Selection(album.pixels, shown),
            captions=captions(album.attributes[shown]),
            synsets=None,
            attributes=_by_name(album.attributes[shown]),
        )

    def _eeg(self, arrays: Arrays, share: Ints, subject: int, run: Run) -> Rows:
        """Return the EEG of all trials as one subject's stages see it."""
        cut = Window(arrays["eeg"], self.recording.sfreq)
        if not self.mvnn:
            return cut
        people, person = np.unique(arrays["subject"], return_inverse=True)
        label = np.asarray(arrays["image"]) // self.recording.pictures_per_class

        def covariances() -> NDArray[np.floating[Any]]:
            rows = [np.flatnonzero((person == number) & (share == _TRAIN)) for number in range(len(people))]
            return np.stack([noise_covariance(SelectedRows(cut, own), label[own]) for own in rows])

        noise = run.shared(f"noise covariances of {self!r}", covariances).copy()  # (people, channels, channels)
        permitted = np.isin(people, self.permitted(subject))
        noise[~permitted] = noise[permitted].mean(axis=0)
        filters = np.stack([whitening(own, SHRINK) for own in noise]).astype(np.float32)
        filtered = Filtered(cut, filters, person)
        if np.prod(filtered.shape) > IN_MEMORY:
            return filtered

        def whole() -> NDArray[np.float32]:
            eeg = np.empty(filtered.shape, np.float32)
            for rows in np.array_split(np.arange(len(eeg)), 1 + len(eeg) // _AT_ONCE):
                eeg[rows] = filtered[rows]
            eeg.flags.writeable = False
            return eeg

        return run.shared(f"filtered EEG of {self!r} for {self.permitted(subject)}", whole)

    def _shares(self, arrays: Arrays) -> Ints:
        """Return the share of each trial, (trials,): 0 train, 1 val, 2 test, 3 none."""
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
        """Write the same world in the file format of a real data set.

        Raises:
            UsageError: another format was requested, or the recording is kept at a lower rate.
        """
        if form not in self.exports:
            raise UsageError(f"shapes writes no {form!r}; it writes: {', '.join(self.exports)}")
        if self.recording.sfreq != RATES[0]:
            raise UsageError(
                f"the formats are written from {RATES[0]} Hz and this recording has {self.recording.sfreq}; "
                f"set recording.sfreq to {RATES[0]}"
            )
        if form == "eegcvpr40":
            from eegrecon_shapes.formats.eegcvpr40 import write_eegcvpr40

            shares = picture_shares(self.recording.pictures_per_class, 0)
            write_eegcvpr40(folder, self.recording, run.prepared(self.recording), shares)
            return
        if form == "mne-epochs":
            from eegrecon_shapes.formats.mne_epochs import write_mne_epochs

            write_mne_epochs(folder, self.recording, run.prepared(self.recording), run)
            return
        from eegrecon_shapes.formats.things_eeg2 import write_things_eeg2

        write_things_eeg2(folder, self.recording, run, ubp=form.endswith("-ubp"))


def picture_shares(per_class: int, draw: int) -> Ints:
    """Return the share of each picture, (pictures,), drawn per class; `draw` 0 is the split of pictures."""
    rng = np.random.default_rng([1, 73, draw])
    test, val = max(1, round(SHARES[_TEST] * per_class)), max(1, round(SHARES[_VAL] * per_class))
    shares = np.repeat([_TRAIN, _VAL, _TEST], [per_class - val - test, val, test])
    return np.concatenate([rng.permutation(shares) for _ in CLASSES]).astype(np.int64)


def late_shares(subject: Ints, block: Ints, order: Ints) -> Ints:
    """Return the share of each trial (trials,) by its position in its block: train, val, a gap as long, test."""
    share = np.full(len(order), _GAP, np.int64)
    for person in np.unique(subject):
        for number in np.unique(block[subject == person]):
            rows = np.flatnonzero((subject == person) & (block == number))
            rows = rows[np.argsort(order[rows], kind="stable")]
            test, val = max(1, round(SHARES[_TEST] * len(rows))), max(1, round(SHARES[_VAL] * len(rows)))
            train = len(rows) - test - 2 * val
            share[rows[:train]], share[rows[train : train + val]], share[rows[-test:]] = _TRAIN, _VAL, _TEST
    return share


def block_shares(subject: Ints, block: Ints, group: Ints) -> Ints:
    """Return the share of each trial (trials,) by its block: some blocks of a subject and group are test, some val."""
    share = np.full(len(block), _TRAIN, np.int64)
    for person in np.unique(subject):
        rng = np.random.default_rng([1, 74, int(person)])
        for number in np.unique(group):
            blocks = rng.permutation(np.unique(block[(subject == person) & (group == number)]))
            test, val = max(1, round(SHARES[_TEST] * len(blocks))), max(1, round(SHARES[_VAL] * len(blocks)))
            share[(subject == person) & np.isin(block, blocks[:test])] = _TEST
            share[(subject == person) & np.isin(block, blocks[test : test + val])] = _VAL
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
    """All trials of a recording on disk, cut to 20 to 460 ms; indexing reads the selected rows only, as float32."""

    recording: NDArray[np.float16]  # (trials, channels, samples)
    sfreq: int

    @property
    def _cut(self) -> slice:
        return slice(WINDOW.start * self.sfreq // 1000, WINDOW.stop * self.sfreq // 1000)

    @property
    def shape(self) -> tuple[int, ...]:
        """(n, channels, 0.44 * sfreq)."""
        return (*self.recording.shape[:2], self._cut.stop - self._cut.start)

    def __len__(self) -> int:
        return len(self.recording)

    def __getitem__(self, rows: Any) -> Any:
        return np.asarray(self.recording[rows][..., self._cut], dtype=np.float32)


def _by_name(attributes: Attributes) -> dict[str, Ints]:
    """Return attributes (pictures,) by the names that judges use: the shape is the class."""
    return {"class" if name == "shape" else name: values for name, values in vars(attributes).items()}


def _trials(arrays: Arrays, eeg: Rows, rows: Ints, pictures: Ints) -> Trials:
    image, order = np.asarray(arrays["image"])[rows], np.asarray(arrays["order"])[rows]
    per_class = len(np.unique(arrays["image"])) // len(CLASSES)
    return Trials(
        eeg=SelectedRows(eeg, rows),
        subject=np.asarray(arrays["subject"])[rows],
        trial=rows,
        label=image // per_class,
        image=np.searchsorted(pictures, image),
        block=np.asarray(arrays["block"])[rows],
        order=order,
    )


def _training(
    arrays: Arrays, eeg: Rows, album: Gallery, share: Ints, included: NDArray[np.bool_], pictures: Ints
) -> Training:
    sfreq = 1000 * eeg.shape[2] / (WINDOW.stop - WINDOW.start)
    return Training(
        train=_trials(arrays, eeg, np.flatnonzero(included & (share == _TRAIN)), pictures),
        val=_trials(arrays, eeg, np.flatnonzero(included & (share == _VAL)), pictures),
        pictures=Selection(album.pixels, pictures),
        captions=captions(album.attributes[pictures]),
        classes=CLASSES,
        montage=Montage(head().channels, sfreq, WINDOW.start / SFREQ, "z"),
    )
