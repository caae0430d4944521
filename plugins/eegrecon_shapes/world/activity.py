"""Simulated responses to a picture: sources, latencies, and how they vary between people.

There are three kinds of response, after what is known of vision and EEG: low-level attributes early (80 to 130 ms,
place retinotopically) and again, from other sources, in recurrent processing (200 to 260 ms); class at 185 and 310 ms;
both evoked, that is, phase-locked to the picture; and induced power at 30 to 70 Hz with a random phase in every trial,
from which only spectral power gives the class.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import safe_open

from eegrecon_shapes.world.pictures import ATTRIBUTES, CLASSES, PLACES, Attributes

SFREQ = 1000.0  # Hz
LEADFIELD = Path(__file__).resolve().parents[1] / "weights" / "leadfield.safetensors"
GAMMA = (33.0, 38.0, 43.0, 55.0, 60.0, 66.0)  # Hz, centres of the induced bands; the mains are at 50
GAMMA_WIDTH = 2.5  # Hz, standard deviation
GAMMA_WINDOW = (0.29, 0.085)  # s, centre and standard deviation of the induced response
ALPHA_SITES = 6

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Component:
    """One evoked component: what drives it, when, how strongly, and where it comes from."""

    attribute: str  # whose values it tells apart; empty: the same for every picture
    peak: float  # s
    width: float  # s, Gaussian
    strength: float  # nAm, length of the vector of source amplitudes of each value
    direction: tuple[float, float, float]  # of its sources, from the centre of the head
    sources: int


EVOKED: Mapping[str, Component] = {
    "place": Component("place", 0.085, 0.018, 28.0, (0.0, -1.0, 0.1), 9),
    "background": Component("background", 0.100, 0.020, 27.5, (0.0, -1.0, -0.2), 8),
    "colour": Component("colour", 0.112, 0.020, 29.5, (0.25, -0.9, -0.3), 8),
    "size": Component("size", 0.122, 0.018, 29.0, (0.0, -0.95, 0.3), 6),
    "tilt": Component("tilt", 0.130, 0.020, 20.0, (-0.2, -0.95, 0.2), 6),
    "any picture": Component("", 0.150, 0.045, 35.0, (0.0, -1.0, 0.0), 5),
    "shape": Component("shape", 0.185, 0.024, 33.0, (0.45, -0.75, -0.3), 12),
    "place again": Component("place", 0.200, 0.035, 28.0, (0.0, -0.8, 0.6), 12),
    "background again": Component("background", 0.220, 0.035, 27.5, (-0.4, -0.8, -0.3), 12),
    "size again": Component("size", 0.230, 0.035, 29.0, (0.3, -0.9, 0.1), 8),
    "colour again": Component("colour", 0.240, 0.035, 29.5, (-0.1, -0.9, -0.4), 12),
    "tilt again": Component("tilt", 0.260, 0.035, 20.0, (0.3, -0.8, 0.3), 8),
    "shape again": Component("shape", 0.310, 0.045, 33.0, (-0.3, -0.7, 0.3), 12),
}
INDUCED_STRENGTH = 32.0  # nAm, amplitude of an induced source at full class weight


@dataclass(frozen=True, eq=False)
class Head:
    """The lead field: microvolts at 128 electrodes per nanoampere metre at each source, average reference."""

    field: Array  # (channels, sources, 3)
    positions: Array  # (sources, 3), m from the centre of the head; x right, y to the front, z up
    channels: tuple[str, ...]

    def nearest(self, point: tuple[float, float, float], count: int) -> NDArray[np.int64]:
        """Return the sources nearest to a direction from the centre of the head."""
        return np.argsort(-(self.positions @ np.asarray(point)) / np.linalg.norm(point))[:count]


@lru_cache(maxsize=1)
def head() -> Head:
    """Return the committed lead field."""
    with safe_open(LEADFIELD, "numpy") as file:
        channels = tuple(json.loads(file.metadata()["channels"]))
        return Head(
            file.get_tensor("field").astype(np.float64), file.get_tensor("positions").astype(np.float64), channels
        )


@dataclass(frozen=True, eq=False)
class Brain:
    """One person's topographies and timing. Each evoked pattern is (values, channels), in microvolts."""

    evoked: Mapping[str, Array]
    gamma: Array  # (bands, channels), microvolts at full weight
    noise: Array  # (channels, channels), microvolts per nanoampere metre of ongoing activity
    alpha: Array  # (sites, channels)
    mains: Array  # (channels,)
    delay: float  # s, added to every latency
    gain: float


def class_power() -> Array:
    """Return the induced amplitude of each class in each band, (classes, bands), 0.2 to 1; equal for all people."""
    rng = np.random.default_rng([1, 70])
    codes = rng.permuted(np.tile(np.linspace(0.2, 1.0, len(GAMMA)), (400, 1)), axis=1)
    chosen = [0]
    while len(chosen) < len(CLASSES):  # greedily the code farthest from all so far
        distance = np.linalg.norm(codes[:, None] - codes[chosen][None], axis=2).min(axis=1)
        chosen.append(int(distance.argmax()))
    return codes[chosen]


def brain(subject: int, seed: int) -> Brain:
    """Return the brain of one subject: the coding sources are common to all, the orientations individual."""
    own = np.random.default_rng([seed, subject, 1])
    maps = _orientations(own)
    common = np.random.default_rng([1, 71])
    evoked = {name: amplitudes(part, common) @ maps[_sources(part)] for name, part in EVOKED.items()}
    ventral = head().nearest((0.0, -0.7, -0.35), 30)
    gamma = maps[common.choice(ventral, len(GAMMA), replace=False)]
    return Brain(
        evoked=evoked,
        gamma=gamma * np.exp(0.15 * own.standard_normal((len(GAMMA), 1))),
        noise=_everywhere(own),
        alpha=maps[head().nearest((0.0, -1.0, 0.25), ALPHA_SITES)],
        mains=1 + 0.3 * own.standard_normal(len(head().channels)),
        delay=float(own.normal(0, 0.006)),
        gain=float(np.exp(0.05 * own.standard_normal())),
    )


def _orientations(own: np.random.Generator) -> Array:
    """Return each source's topography, (sources, channels): a common direction with individual deviations."""
    positions = head().positions
    outward = positions / np.linalg.norm(positions, axis=1, keepdims=True)
    common = 0.8 * outward + 0.5 * np.random.default_rng([1, 72]).standard_normal(outward.shape)
    direction = common + 0.35 * own.standard_normal(outward.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    return np.asarray(np.einsum("csk,sk->sc", head().field, direction))


def _everywhere(own: np.random.Generator) -> Array:
    """Return the root of the scalp covariance (channels, channels) of activity in every source and direction.

    It has full rank. With fewer active sources than electrodes a spatial filter would cancel the background and decode
    the class without error.
    """
    strength = np.exp(0.3 * own.standard_normal(len(head().positions)))
    field = (head().field * strength[:, None]).reshape(len(head().channels), -1)  # (channels, sources * 3)
    power, direction = np.linalg.eigh(field @ field.T)
    return np.asarray((direction * np.sqrt(power.clip(0))) @ direction.T)


def _sources(part: Component) -> NDArray[np.int64]:
    return head().nearest(part.direction, part.sources)


def amplitudes(part: Component, common: np.random.Generator) -> Array:
    """Return how strongly each value drives each source (values, sources), in nAm, rows of length ``strength``.

    Orthogonal codes, so that no value lies nearer to the mean than another and none is read at another's cost.
    """
    if not part.attribute:
        weights = np.ones((1, part.sources))
    elif part.attribute == "place":
        weights = _retinotopic(head().positions[_sources(part)])
    else:
        weights = np.linalg.qr(common.standard_normal((part.sources, len(ATTRIBUTES[part.attribute]))))[0].T
    if len(weights) > 1:
        weights = weights - weights.mean(axis=0)
    return np.asarray(part.strength * weights / np.linalg.norm(weights, axis=1, keepdims=True))


def _retinotopic(positions: Array) -> Array:
    """Return weights by which each place drives the opposite side of the visual cortex."""
    seen = np.asarray(tuple(PLACES.values()))  # (places, 2): x to the right, y downwards
    wanted = np.stack([-seen[:, 0], seen[:, 1]], axis=1) / np.abs(seen).max()
    across = (positions - positions.mean(axis=0))[:, [0, 2]]
    across /= np.abs(across).max(axis=0)
    return np.asarray(np.exp(-2 * ((wanted[:, None] - across[None]) ** 2).sum(axis=2)))


def patterns(mind: Brain, attributes: Attributes) -> dict[str, Array]:
    """Return the scalp pattern of each evoked component in each trial, (n, channels) each."""
    same = np.zeros(len(attributes), dtype=np.int64)
    return {
        name: mind.evoked[name][getattr(attributes, part.attribute) if part.attribute else same]
        for name, part in EVOKED.items()
    }
