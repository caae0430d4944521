"""The stage that describes a subject's data for the report: mean responses, band power over the scalp, captions.

No score and no component reads it. It is computed from training trials, so that it looks at nothing that is tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.interfaces.data import Floats, Ints, Montage, Training, Trials
from eegrecon.pipeline.context import Product, StageContext

CLASSES = 12  # with the most trials: as many curves as can be told apart
TRIALS = 2000
CHANNELS = 3  # whose mean responses are kept
POINTS = 220  # in time, of a kept response
BANDS = {"theta": (4, 8), "alpha": (8, 13), "beta": (13, 30)}  # Hz, from a lower limit to below an upper one
LATENCIES = 3
CYCLES = 3.0  # of a Morlet wavelet: short enough for an epoch of 440 ms
SHORTEST = 1.5  # periods of a band's lowest frequency that an epoch has to hold
_CHUNK = 64  # trials


def describe(context: StageContext) -> Product:
    """Return mean responses, band power and, as metadata, what they are and the captions of the test pictures."""
    recordings = context.recordings
    training, captions = recordings.training, recordings.captions
    metadata: dict[str, Any] = {"captions": None if captions is None else [str(caption) for caption in captions]}
    rows = selected(training.train)
    if len(rows) < 2 or training.train.eeg.shape[2] < 2:
        return Product({}, {**metadata, "absent": "the subject has fewer than two training trials or samples"})
    times = milliseconds(training.montage, training.train.eeg.shape[2])
    bands, latencies = usable(training.montage.sfreq, len(times)), _latencies(times)
    label = np.asarray(training.train.label)[rows]
    classes, counts = np.unique(label, return_counts=True)
    wavelets = [morlet(times, BANDS[band], latencies) for band in bands]
    sums, power = _sums(training.train, rows, np.searchsorted(classes, label), wavelets)
    means = from_baseline(sums / counts[:, None, None], times)
    shown = np.argsort(-np.square(means).mean(axis=(0, 2)), kind="stable")[:CHANNELS]
    kept = np.unique(np.linspace(0, len(times) - 1, min(POINTS, len(times))).round().astype(int))
    grand = np.average(means, axis=0, weights=counts)
    arrays = {
        "responses": means[:, shown][..., kept].astype(np.float32),  # (classes, channels, points)
        "grand": grand[shown][:, kept].astype(np.float32),  # (channels, points)
        **({"power": decibels(power)} if bands else {}),  # (bands, latencies, channels)
    }
    metadata |= _described(training, rows, shown, times[kept], bands, latencies)
    return Product(arrays, metadata)


def selected(trials: Trials) -> Ints:
    """Return the rows of at most `TRIALS` trials of the `CLASSES` classes with the most, evenly spaced."""
    label = np.asarray(trials.label)
    found, counts = np.unique(label, return_counts=True)
    most = found[np.argsort(-counts, kind="stable")[:CLASSES]]
    rows = np.flatnonzero(np.isin(label, most))
    if len(rows) > TRIALS:
        rows = rows[np.linspace(0, len(rows) - 1, TRIALS).round().astype(int)]
    return np.asarray(rows, np.int64)


def milliseconds(montage: Montage, samples: int) -> Floats:
    """Return the time of each sample from picture onset, ms."""
    return 1000 * (montage.tmin + np.arange(samples) / montage.sfreq)


def from_baseline(means: Floats, times: Floats) -> Floats:
    """Return responses (…, t) less their mean before onset, or over the epoch where nothing is before onset."""
    before = times < 0
    reference = means[..., before] if before.any() else means
    return np.asarray(means - reference.mean(axis=-1, keepdims=True))


def usable(sfreq: float, samples: int) -> list[str]:
    """Return the bands that can be estimated at a sampling rate, Hz, from epochs of so many samples."""
    seconds = samples / sfreq
    return [band for band, (low, high) in BANDS.items() if high <= sfreq / 2 and seconds * low >= SHORTEST]


def morlet(times: Floats, band: tuple[int, int], latencies: Sequence[float]) -> NDArray[np.complex128]:
    """Return Morlet wavelets (frequencies * latencies, t) of each whole frequency of a band, latencies fastest.

    What an epoch cuts off at its ends is made up for by the same energy for all.
    """
    seconds, found = times / 1000, []
    for frequency in range(*band):
        width = CYCLES / (2 * np.pi * frequency)
        for latency in latencies:
            distance = seconds - latency / 1000
            wavelet = np.exp(2j * np.pi * frequency * distance - np.square(distance / width) / 2)
            found.append(wavelet / np.linalg.norm(wavelet))
    return np.asarray(found)


def decibels(power: Floats) -> Floats:
    """Return power (bands, latencies, channels) in dB from the mean of its band over latencies and channels."""
    mean = np.maximum(power.mean(axis=(1, 2), keepdims=True), np.finfo(float).tiny)
    return np.asarray(10 * np.log10(np.maximum(power / mean, 1e-6)), np.float32)


def _latencies(times: Floats) -> list[float]:
    """Return the centres of equal parts of the epoch after onset, ms."""
    start, end = max(0.0, float(times[0])), float(times[-1])
    return [start + (end - start) * (2 * part + 1) / (2 * LATENCIES) for part in range(LATENCIES)]


def _sums(
    trials: Trials, rows: Ints, groups: Ints, wavelets: Sequence[NDArray[np.complex128]]
) -> tuple[Floats, Floats]:
    """Return the sum of the EEG of each group, (groups, c, t), and the power of each band, (bands, latencies, c).

    Args:
        trials: where to read the EEG.
        rows: rows of the trials that count.
        groups: (rows,) group of each.
        wavelets: those of each band.
    """
    channels, samples = trials.eeg.shape[1:]
    sums = np.zeros((int(groups.max()) + 1, channels, samples))
    power = np.zeros((len(wavelets), LATENCIES, channels))
    # real and imaginary parts beside each other, (t, 2 * frequencies * latencies): products of real matrices are fast
    parts = [np.concatenate([of_band.real, of_band.imag]).T.astype(np.float32) for of_band in wavelets]
    for start in range(0, len(rows), _CHUNK):
        place = slice(start, start + _CHUNK)
        eeg = np.asarray(trials.eeg[rows[place]], np.float32)  # (n, c, t)
        for group in np.unique(groups[place]):
            sums[group] += eeg[groups[place] == group].sum(axis=0, dtype=np.float64)
        centred = (eeg - eeg.mean(axis=2, keepdims=True)).reshape(-1, samples)  # (n * c, t)
        for band, of_band in enumerate(parts):
            found = np.square(centred @ of_band).reshape(len(eeg), channels, -1, LATENCIES)
            power[band] += found.sum(axis=(0, 2)).T / (of_band.shape[1] // (2 * LATENCIES))  # mean over frequencies
    return sums, power


def _described(
    training: Training, rows: Ints, shown: Ints, times: Floats, bands: Sequence[str], latencies: Sequence[float]
) -> dict[str, Any]:
    """Return what the arrays are."""
    montage, label = training.montage, np.asarray(training.train.label)
    classes, counts = np.unique(label[rows], return_counts=True)
    return {
        "trials": len(rows),
        "of": len(label),
        "classes": [training.classes[int(one)] for one in classes],
        "of_classes": len(np.unique(label)),
        "counts": counts.tolist(),
        "channels": list(montage.channels),
        "shown": [int(channel) for channel in shown],
        "times": [round(float(time), 3) for time in times],
        "unit": montage.unit,
        "baseline": "before onset" if montage.tmin < 0 else "of the epoch",
        "bands": [[band, *BANDS[band]] for band in bands],
        "latencies": [round(float(latency), 1) for latency in latencies],
    }
