"""Simulated responses to a picture: sources, latencies, and how they vary between people.

There are three kinds of response, after what is known of vision and EEG: low-level attributes early (80 to 130 ms,
place retinotopically) and class later (170 to 350 ms), both evoked, that is, phase-locked to the picture; and induced
power at 30 to 70 Hz with a random phase in every trial, from which only spectral power gives the class.
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
    """One evoked component: latency of its peak and Gaussian width (s), strength (nAm)."""

    peak: float
    width: float
    strength: float


EVOKED: Mapping[str, Component] = {
    "place": Component(0.085, 0.012, 52.0),
    "background": Component(0.100, 0.015, 44.0),
    "colour": Component(0.112, 0.015, 42.0),
    "size": Component(0.122, 0.014, 38.0),
    "tilt": Component(0.130, 0.016, 34.0),
    "shape": Component(0.185, 0.024, 44.0),
    "shape again": Component(0.310, 0.045, 44.0),
    "any picture": Component(0.150, 0.045, 80.0),
}
INDUCED_STRENGTH = 28.0  # nAm, amplitude of an induced source at full class weight


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
    sources = {name: _sources(name) for name in EVOKED}
    evoked = {name: _weights(name, len(sources[name]), common) @ maps[sources[name]] for name in EVOKED}
    ventral = head().nearest((0.0, -0.7, -0.35), 30)
    gamma = maps[common.choice(ventral, len(GAMMA), replace=False)]
    return Brain(
        evoked=evoked,
        gamma=gamma * np.exp(0.15 * own.standard_normal((len(GAMMA), 1))),
        noise=_everywhere(own),
        alpha=maps[head().nearest((0.0, -1.0, 0.25), ALPHA_SITES)],
        mains=1 + 0.3 * own.standard_normal(len(head().channels)),
        delay=float(own.normal(0, 0.006)),
        gain=float(np.exp(0.15 * own.standard_normal())),
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


def _sources(name: str) -> NDArray[np.int64]:
    """Return the sources of a component: place in all visual cortex, colour lower, class in the ventral stream."""
    spots = {
        "place": ((0.0, -1.0, 0.1), 9),
        "background": ((0.0, -1.0, -0.2), 8),
        "colour": ((0.25, -0.9, -0.3), 8),
        "size": ((0.0, -0.95, 0.3), 6),
        "tilt": ((-0.2, -0.95, 0.2), 6),
        "shape": ((0.45, -0.75, -0.3), 12),
        "shape again": ((-0.3, -0.7, 0.3), 12),
        "any picture": ((0.0, -1.0, 0.0), 5),
    }
    return head().nearest(*spots[name])


def _weights(name: str, sources: int, common: np.random.Generator) -> Array:
    """Return how strongly each value drives each source, (values, sources), with rows of mean length ``strength``."""
    if name == "any picture":
        weights = np.ones((1, sources))
    elif name == "place":
        weights = _retinotopic(head().positions[_sources("place")])
    else:
        weights = common.standard_normal((len(ATTRIBUTES["shape" if name == "shape again" else name]), sources))
    if len(weights) > 1:
        weights = weights - weights.mean(axis=0)
    return np.asarray(EVOKED[name].strength * weights / np.linalg.norm(weights, axis=1, keepdims=True).mean())


def _retinotopic(positions: Array) -> Array:
    """Return weights by which each place drives the opposite side of the visual cortex."""
    seen = np.asarray(tuple(PLACES.values()))  # (places, 2): x to the right, y downwards
    wanted = np.stack([-seen[:, 0], seen[:, 1]], axis=1) / np.abs(seen).max()
    across = (positions - positions.mean(axis=0))[:, [0, 2]]
    across /= np.abs(across).max(axis=0)
    return np.asarray(np.exp(-2 * ((wanted[:, None] - across[None]) ** 2).sum(axis=2)))


def patterns(mind: Brain, attributes: Attributes) -> dict[str, Array]:
    """Return the scalp pattern of each evoked component in each trial, (n, channels) each."""
    index = {name: getattr(attributes, name) for name in ATTRIBUTES}
    index |= {"shape again": attributes.shape, "any picture": np.zeros(len(attributes), dtype=np.int64)}
    return {name: mind.evoked[name][index[name]] for name in EVOKED}
