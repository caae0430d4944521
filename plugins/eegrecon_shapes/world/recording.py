"""The simulated experiment: every subject sees each picture once while EEG is recorded.

The recording is a `Preparation`: computed once, kept in the store, read from disk. A subject's recording does not
depend on the number of subjects; equal parameters give equal numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from eegrecon import Arrays, Count, InvalidConfiguration, NonNegative, Preparation, Progress, Run, Whole
from eegrecon.resources import content_digest, disk_array
from eegrecon_shapes.world import background
from eegrecon_shapes.world.activity import (
    EVOKED,
    INDUCED_STRENGTH,
    LEADFIELD,
    SFREQ,
    Brain,
    Component,
    brain,
    class_power,
    head,
    patterns,
)
from eegrecon_shapes.world.pictures import CLASSES, SIDE, WORLD, Attributes, chosen, draw

CHUNK = 50  # trials simulated at a time
RATES = (1000, 500, 250)  # Hz
NEIGHBOURS = (1, 2, 0, 4, 5, 3)  # the second band of each induced source, so near that no short filter tells it apart
JITTER = (0.25, 0.007)  # per trial: standard deviation of log gain, of latency in s


@dataclass(frozen=True)
class SimulatedRecording(Preparation):
    """EEG of 128 channels from picture onset, standardised per person and channel over the recording.

    Attributes:
        subjects: number of people, numbered from 1.
        pictures_per_class: pictures of each of the 12 classes; the same for all people.
        design: ``block`` shows each class in one block (as EEGCVPR40 does), ``random`` mixes all pictures.
        blocks_per_class: number of blocks of each class under ``block``.
        snr: amplitude of every response to the picture; 0: the EEG has no information on it.
        evoked_class: amplitude of the evoked response to the class.
        evoked_structure: amplitude of the evoked responses to colour, background, place, size and tilt.
        induced: amplitude of the induced 30 to 70 Hz response to the class; 0: power has no information of its own.
        balanced: each induced source adds in a second band what it lacks in its own: its total power is the same for
            every class, and only the spectrum tells the class.
        drift: slow change of the potential over the session, independent of the pictures: the confound of ``block``.
        seed: of people and noise.
        samples: simulated per trial, at 1 kHz.
        sfreq: rate at which the recording is kept, Hz: 1000, or lower behind an anti-aliasing filter.
        world: number of the frozen world; only the current one can be simulated.

    Amplitudes are multiples of the calibrated one, 1, by which linear readers find a stated amount of every attribute
    (``eegrecon_shapes.training.calibrate``); at 0 there is no such response. A response is scaled by ``snr`` and by its
    own field. A drift of 1 moves the potential by about 12 microvolts in a session.
    """

    subjects: Count = 4
    pictures_per_class: Count = 50
    design: Literal["block", "random"] = "block"
    blocks_per_class: Count = 1
    snr: NonNegative = 1.0
    evoked_class: NonNegative = 1.0
    evoked_structure: NonNegative = 1.0
    induced: NonNegative = 1.0
    balanced: bool = False
    drift: NonNegative = 0.0
    seed: Whole = 0
    samples: Count = 500
    sfreq: Literal[1000, 500, 250] = 1000
    world: int = WORLD

    def __post_init__(self) -> None:
        if self.world != WORLD:
            raise InvalidConfiguration(
                f"world {self.world} cannot be simulated (shapes-recording.world): this version has world {WORLD}; "
                "install the version of eegrecon that has the other one"
            )
        least = {"subjects": 1, "pictures_per_class": 10, "blocks_per_class": 1, "samples": 460, "seed": 0}
        for name, low in least.items():
            if getattr(self, name) < low:
                raise InvalidConfiguration(
                    f"{name} is {getattr(self, name)} (shapes-recording.{name}); it must be at least {low}"
                )
        for name in ("snr", "evoked_class", "evoked_structure", "induced", "drift"):
            if not 0 <= getattr(self, name) < 100:
                raise InvalidConfiguration(
                    f"{name} is {getattr(self, name)} (shapes-recording.{name}); give a strength from 0 to 100"
                )
        if self.sfreq not in RATES:
            raise InvalidConfiguration(
                f"sfreq is {self.sfreq} (shapes-recording.sfreq); choose {', '.join(map(str, RATES))} (Hz)"
            )
        if self.design not in ("block", "random") or self.blocks_per_class > self.pictures_per_class:
            raise InvalidConfiguration(
                f"design {self.design!r} with {self.blocks_per_class} blocks of {self.pictures_per_class} pictures "
                "(shapes-recording); choose block or random, and no more blocks than pictures"
            )

    @classmethod
    def small(cls) -> SimulatedRecording:
        """Return a version with two people and ten pictures per class."""
        return cls(subjects=2, pictures_per_class=10)

    def reads(self) -> Mapping[str, str]:
        """Return the digest of the lead field of the package."""
        return {"lead field": content_digest(LEADFIELD)}

    def prepare(self, run: Run) -> Arrays:
        """Return ``eeg`` (trials, 128, samples) float16, and ``subject``, ``image``, ``block``, ``order`` (trials,).

        Rows are in the order of the recording, person by person; ``image`` indexes `gallery`.
        """
        shown = gallery(self.pictures_per_class)
        each = len(shown.attributes)
        run.scratch.mkdir(parents=True, exist_ok=True)
        shape = (self.subjects * each, len(head().channels), -(-self.samples * self.sfreq // RATES[0]))
        eeg = disk_array(run.scratch / "eeg.f16", np.float16, shape)
        columns: dict[str, list[NDArray[np.int64]]] = {"subject": [], "image": [], "block": [], "order": []}
        with run.progress(self.subjects * each, "simulating EEG") as progress:
            for subject in range(1, self.subjects + 1):
                image, block = session(self, subject)
                start = (subject - 1) * each
                self._record(subject, shown.attributes[image], eeg[start : start + each], progress)
                for name, values in zip(columns, (np.full(each, subject), image, block, np.arange(each)), strict=True):
                    columns[name].append(values.astype(np.int64))
        return {"eeg": eeg} | {name: np.concatenate(parts) for name, parts in columns.items()}

    def _record(self, subject: int, attributes: Attributes, rows: NDArray[np.float16], progress: Progress) -> None:
        """Fill one person's rows (n, channels, samples), in microvolts and then standardised per channel."""
        total = np.zeros((2, rows.shape[1]))  # sum and sum of squares per channel
        for first in range(0, len(rows), CHUNK):
            part = resampled(microvolts(self, subject, attributes, first), self.sfreq)
            rows[first : first + CHUNK] = part
            total += part.sum(axis=(0, 2), dtype=np.float64), np.square(part).sum(axis=(0, 2), dtype=np.float64)
        mean, square = total / (len(rows) * rows.shape[2])
        deviation = np.sqrt(square - mean**2)
        for first in range(0, len(rows), CHUNK):
            part = rows[first : first + CHUNK].astype(np.float32)
            rows[first : first + CHUNK] = (part - mean[:, None]) / deviation[:, None]
            progress.advance(len(part))


@dataclass(frozen=True, eq=False)
class Gallery:
    """All pictures of the world, uint8 (n, 32, 32, 3), and their attributes."""

    pixels: NDArray[np.uint8]
    attributes: Attributes


@lru_cache(maxsize=4)
def gallery(pictures_per_class: int) -> Gallery:
    """Return the pictures, class by class; picture k of a class does not depend on the number of pictures."""
    rows = [(shape, number) for shape in range(len(CLASSES)) for number in range(pictures_per_class)]
    parts = []
    pixels = np.empty((len(rows), SIDE, SIDE, 3), dtype=np.uint8)
    for row, (shape, number) in enumerate(rows):
        rng = np.random.default_rng([1, shape, number])
        parts.append(chosen(np.asarray([shape]), rng))
        pixels[row] = draw(parts[-1], rng)[0]
    names = vars(parts[0])
    attributes = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    pixels.flags.writeable = False
    return Gallery(pixels, Attributes(**attributes))


def session(recording: SimulatedRecording, subject: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return pictures in the order of one person's session, and the block of each, (n,) each."""
    rng = np.random.default_rng([recording.seed, subject, 2])
    per_class, classes = recording.pictures_per_class, len(CLASSES)
    image = np.arange(classes * per_class).reshape(classes, per_class)
    if recording.design == "random":
        order = rng.permutation(image.ravel())
        return order, np.arange(len(order)) * classes * recording.blocks_per_class // len(order)
    shuffled = rng.permuted(image, axis=1)
    blocks = [part for row in shuffled for part in np.array_split(row, recording.blocks_per_class)]
    order_of_blocks = rng.permutation(len(blocks))
    image_order = np.concatenate([blocks[index] for index in order_of_blocks])
    return image_order, np.repeat(np.arange(len(blocks)), [len(blocks[index]) for index in order_of_blocks])


def microvolts(recording: SimulatedRecording, subject: int, attributes: Attributes, first: int) -> NDArray[np.float32]:
    """Return one chunk of a person's recording, (rows, channels, samples), from trial `first` on."""
    rng = np.random.default_rng([recording.seed, subject, 3, first])
    mind = brain(subject, recording.seed)
    shown = attributes[first : first + CHUNK]
    n, samples = len(shown), recording.samples
    eeg = background.ongoing(mind, n, samples, rng)
    eeg += background.alpha(mind, n, samples, rng) + background.mains(mind, n, samples, rng)
    eeg += np.float32(recording.snr) * _response(recording, mind, shown, rng)
    if recording.drift:
        eeg += np.float32(recording.drift) * _drift(mind, recording, subject, len(attributes))[first : first + n]
    return eeg


def resampled(eeg: NDArray[np.float32], sfreq: int) -> NDArray[np.float32]:
    """Return EEG (n, channels, samples at 1 kHz) at a lower rate, filtered without delay against aliasing."""
    return eeg if sfreq == RATES[0] else eeg @ _resampling(eeg.shape[2], sfreq)


@lru_cache(maxsize=4)
def _resampling(samples: int, sfreq: int) -> NDArray[np.float32]:
    """Return `resample_poly` as a matrix (samples at 1 kHz, samples at the lower rate): it is linear, and faster so."""
    from scipy.signal import resample_poly

    return np.asarray(resample_poly(np.eye(samples), 1, RATES[0] // sfreq, axis=1), np.float32)


def _response(
    recording: SimulatedRecording, mind: Brain, shown: Attributes, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Return the response to pictures, (n, channels, samples): evoked, and induced with random phase."""
    n, samples = len(shown), recording.samples
    gain = mind.gain * np.exp(JITTER[0] * rng.standard_normal((n, len(EVOKED))))
    delay = mind.delay + JITTER[1] * rng.standard_normal((n, len(EVOKED)))
    scale = {"": 1.0, "shape": recording.evoked_class}
    gain *= [scale.get(part.attribute, recording.evoked_structure) for part in EVOKED.values()]
    scalp = np.stack(list(patterns(mind, shown).values()), axis=2) * gain[:, None]  # (n, channels, components)
    waves = np.stack([_wave(part, delay[:, i], samples) for i, part in enumerate(EVOKED.values())], axis=1)
    evoked = scalp.astype(np.float32) @ waves.astype(np.float32)
    own = class_power()[shown.shape]  # (n, bands), amplitude of each source in its own band
    strength, jitter = (
        recording.induced * INDUCED_STRENGTH,
        mind.gain * np.exp(JITTER[0] * rng.standard_normal(own.shape)),
    )
    rhythms = (strength * own * jitter)[..., None].astype(np.float32) * background.gamma(n, samples, rng)
    if recording.balanced:
        lacking = np.sqrt(own.max() ** 2 + own.min() ** 2 - own**2)
        second = background.gamma(n, samples, rng)[:, NEIGHBOURS]
        rhythms += (strength * lacking * jitter)[..., None].astype(np.float32) * second
    return np.asarray(evoked + mind.gamma.T.astype(np.float32) @ rhythms, dtype=np.float32)


def _wave(part: Component, delay: NDArray[np.float64], samples: int) -> NDArray[np.float64]:
    """Return a component's time course in each trial, (n, samples): a positive peak and a weaker, slower rebound."""
    since = np.arange(samples) / SFREQ - part.peak - delay[:, None]
    rebound = (since - 2.2 * part.width) / (1.5 * part.width)
    return np.exp(-0.5 * (since / part.width) ** 2) - 0.35 * np.exp(-0.5 * rebound**2)


def _drift(mind: Brain, recording: SimulatedRecording, subject: int, trials: int) -> NDArray[np.float32]:
    """Return a slow random walk of the potential over the session, (trials, channels, 1), in microvolts."""
    rng = np.random.default_rng([recording.seed, subject, 4])
    steps = rng.standard_normal((trials, 6))
    walk = np.cumsum(steps, axis=0) / np.sqrt(trials)  # of order 1 at the end of the session
    scalp = 12 * walk @ rng.standard_normal((6, len(mind.mains))) / np.sqrt(6)  # (trials, channels)
    return np.asarray(scalp[..., None], dtype=np.float32)
