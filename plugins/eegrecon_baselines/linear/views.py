"""Views of the EEG that a linear reader reads: the evoked response, power by band, and the covariance of the channels.

A view learns arrays from training trials (a spatial filter, a reference) and turns trials into rows of numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, Protocol

import numpy as np

from eegrecon import Arrays, MissingFiles, Rows, Trials
from eegrecon.preprocessing import chunks, whitening
from eegrecon_baselines.linear.spatial import SHRINK, Array, components, in_chunks

PIECE = 0.02  # s, over which the evoked response is averaged
WIDTH, HIGHEST = 5.0, 80.0  # Hz, of the bands of power
FLOOR = 1e-12  # added to power before its logarithm, far below that of whitened EEG
COMPONENTS = 40  # whose covariance is taken: the strongest, which keeps the tangent space below 1,000 dimensions
UNAVAILABLE = "not available (pyriemann is not installed: pip install 'eegrecon[riemann]')"


class View(Protocol):
    """What a linear reader reads."""

    def learn(self, trials: Trials, noise: Array, sfreq: float) -> Arrays:
        """Return what the view needs of training trials.

        Args:
            trials: the training trials.
            noise: (c, c) covariance of the channels about the mean response of each class.
            sfreq: sampling frequency in Hz.
        """
        ...

    def of(self, learned: Arrays, eeg: Rows) -> Array:
        """Return the view of trials (n, c, t): (n, numbers)."""
        ...


class Evoked:
    """The evoked response: mean voltage in pieces of 20 ms, spatially whitened."""

    def learn(self, trials: Trials, noise: Array, sfreq: float) -> Arrays:
        """Return the spatial filter and the length of a piece in samples."""
        samples = max(1, min(round(PIECE * sfreq), trials.eeg.shape[2]))
        return {"filter": whitening(noise, SHRINK), "samples": np.array(samples)}

    def of(self, learned: Arrays, eeg: Rows) -> Array:
        """Return (n, c * pieces); an incomplete last piece is left out."""
        length = int(learned["samples"])
        pieces = eeg.shape[2] // length

        def means(chunk: Array) -> Array:
            cut = chunk[:, :, : pieces * length].reshape(*chunk.shape[:2], pieces, length)
            return np.asarray(learned["filter"] @ cut.mean(axis=3))  # (n, c, pieces)

        return in_chunks(eeg, means)


class Power:
    """The logarithm of power in bands of 5 Hz below 80 Hz, spatially whitened."""

    def learn(self, trials: Trials, noise: Array, sfreq: float) -> Arrays:
        """Return the spatial filter and the sampling frequency in Hz."""
        return {"filter": whitening(noise, SHRINK), "sfreq": np.array(sfreq)}

    def of(self, learned: Arrays, eeg: Rows) -> Array:
        """Return (n, c * bands), of the bands that contain a frequency of the window."""
        samples = eeg.shape[2]
        taper, frequency = np.hanning(samples + 2)[1:-1], np.fft.rfftfreq(samples, 1 / float(learned["sfreq"]))
        band = np.where(frequency < HIGHEST, frequency // WIDTH, -1)
        inside = [band == number for number in np.unique(band) if number >= 0]

        def powers(chunk: Array) -> Array:
            spectrum = learned["filter"] @ np.fft.rfft(chunk * taper, axis=2)  # (n, c, frequencies)
            energy = np.square(np.abs(spectrum)) / samples
            return np.log(np.stack([energy[:, :, rows].mean(axis=2) for rows in inside], axis=2) + FLOOR)

        return in_chunks(eeg, powers)


class Covariance:
    """The covariance of the strongest spatial components, on the tangent space at the training trials' mean.

    Covariances are shrunk (OAS), the mean is log-Euclidean, which takes one pass, and the map is Riemannian (Barachant
    et al., 2012), all as in pyriemann.
    """

    def learn(self, trials: Trials, noise: Array, sfreq: float) -> Arrays:
        """Return the components, the variance that is added to each, and the reference point.

        Raises:
            MissingFiles: pyriemann is not installed.
        """
        tangent_space()  # raises where pyriemann is not installed
        floor = max(FLOOR * float(np.trace(noise)) / len(noise), np.finfo(np.float32).tiny)
        learned = {"components": components(noise, COMPONENTS), "floor": np.array(floor)}
        return {**learned, "reference": _log_euclidean_mean(learned, trials.eeg)}

    def of(self, learned: Arrays, eeg: Rows) -> Array:
        """Return (n, components * (components + 1) / 2)."""
        tangent = tangent_space()
        tangent.reference_ = learned["reference"]
        return np.asarray(tangent.transform(_covariances(learned, eeg)))


def has_pyriemann() -> bool:
    """Whether pyriemann is installed."""
    return find_spec("pyriemann") is not None


def tangent_space() -> Any:
    """Return pyriemann's projection on the tangent space.

    Raises:
        MissingFiles: pyriemann is not installed.
    """
    try:
        from pyriemann.tangentspace import TangentSpace
    except ImportError as error:
        raise MissingFiles(
            "the linear reader of covariance and the encoder riemann need pyriemann, which is not installed: "
            "pip install 'eegrecon[riemann]'"
        ) from error
    return TangentSpace({"mean": "logeuclid", "map": "riemann"})


def _log_euclidean_mean(learned: Arrays, eeg: Rows) -> Array:
    """Return the log-Euclidean mean (components, components) of the covariances, which are not held in memory."""
    logarithms = [_of_eigenvalues(np.log, _covariances(learned, piece)).sum(axis=0) for _, piece in chunks(eeg)]
    return _of_eigenvalues(np.exp, np.sum(logarithms, axis=0) / eeg.shape[0])


def _of_eigenvalues(function: Callable[[Array], Array], matrices: Array) -> Array:
    """Return a function of symmetric matrices (…, c, c), such as their logarithm."""
    value, direction = np.linalg.eigh(matrices)
    return np.asarray((direction * function(value)[..., None, :]) @ np.swapaxes(direction, -1, -2))


def _covariances(learned: Arrays, eeg: Rows) -> Array:
    """Return the shrunk covariance of each trial's components, (n, components, components)."""
    from pyriemann.estimation import Covariances

    count = len(learned["components"])
    flat = in_chunks(eeg, lambda chunk: Covariances("oas").fit_transform(learned["components"] @ chunk))
    return flat.reshape(-1, count, count) + float(learned["floor"]) * np.eye(count)


class Both:
    """The evoked response and power by band side by side."""

    def learn(self, trials: Trials, noise: Array, sfreq: float) -> Arrays:
        """Return what the two views need."""
        return {**Evoked().learn(trials, noise, sfreq), **Power().learn(trials, noise, sfreq)}

    def of(self, learned: Arrays, eeg: Rows) -> Array:
        """Return the columns of the evoked response and then those of power."""
        return np.concatenate([Evoked().of(learned, eeg), Power().of(learned, eeg)], axis=1)


VIEWS: dict[str, View] = {
    "band-power": Power(),
    "evoked": Evoked(),
    "covariance": Covariance(),
    "evoked+power": Both(),
}
