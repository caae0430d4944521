"""The pictures of the embedded world: one tilted, coloured shape on a coloured background.

The pictures of the real data sets may not be redistributed, so this world draws its own. Their content is known exactly
(`Attributes`), so that a benchmark can measure which attributes a reconstruction preserves.

Shapes are signed-distance functions (negative inside) on a plane where the picture spans -1 to 1, x to the right and y
downwards. Everything here is frozen: a change of the drawing raises `WORLD`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

WORLD = 3
"""Number of the world. Any change to pictures, simulator or default signal-to-noise ratio raises it."""
SIDE = 32  # pixels
_JITTER = {"place": 0.04, "size": 0.06, "tilt": 4.0, "colour": 9.0}  # half widths: plane, relative, degrees, 0..255

Plane = NDArray[np.float64]
Distance = Callable[[Plane, Plane], Plane]


def _polygon(*corners: tuple[float, float]) -> Distance:
    """Exact distance to a simple polygon: nearest edge, sign by crossing number."""
    points = np.asarray(corners, dtype=np.float64)

    def distance(x: Plane, y: Plane) -> Plane:
        nearest = np.full(x.shape, np.inf)
        inside = np.zeros(x.shape, dtype=bool)
        for (ax, ay), (bx, by) in zip(points, np.roll(points, -1, axis=0), strict=True):
            ex, ey = bx - ax, by - ay
            along = np.clip(((x - ax) * ex + (y - ay) * ey) / (ex * ex + ey * ey), 0, 1)
            nearest = np.minimum(nearest, np.hypot(x - ax - along * ex, y - ay - along * ey))
            if ay != by:
                inside ^= ((ay > y) != (by > y)) & (x < ex * (y - ay) / ey + ax)
        return np.where(inside, -nearest, nearest)

    return distance


def _disc(cx: float, cy: float, radius: float) -> Distance:
    return lambda x, y: np.hypot(x - cx, y - cy) - radius


def _union(*shapes: Distance) -> Distance:
    return lambda x, y: np.min([shape(x, y) for shape in shapes], axis=0)


def _meet(*shapes: Distance) -> Distance:
    return lambda x, y: np.max([shape(x, y) for shape in shapes], axis=0)


def _without(shape: Distance, hole: Distance) -> Distance:
    return lambda x, y: np.maximum(shape(x, y), -hole(x, y))


def _box(left: float, top: float, right: float, bottom: float) -> Distance:
    return _polygon((left, top), (right, top), (right, bottom), (left, bottom))


def _star() -> Distance:
    turns = np.arange(10) * np.pi / 5
    radii = np.where(np.arange(10) % 2, 0.42, 1.08)
    return _polygon(*zip(radii * np.sin(turns), 0.05 - radii * np.cos(turns), strict=True))


SHAPES: Mapping[str, Distance] = {
    "triangle": _polygon((0.0, -1.0), (0.88, 0.78), (-0.88, 0.78)),
    "square": _box(-0.74, -0.74, 0.74, 0.74),
    "star": _star(),
    "heart": _union(
        _disc(-0.46, -0.34, 0.5), _disc(0.46, -0.34, 0.5), _polygon((-0.9, -0.12), (0, -0.52), (0.9, -0.12), (0, 0.98))
    ),
    "arrow": _union(_box(-1.0, -0.26, 0.4, 0.26), _polygon((0.05, -0.85), (1.05, 0.0), (0.05, 0.85))),
    "crescent": _without(_disc(-0.05, 0.0, 0.98), _disc(0.5, 0.0, 0.78)),
    "cross": _union(_box(-0.25, -1.0, 0.25, 1.0), _box(-0.8, -0.52, 0.8, -0.02)),
    "house": _polygon(
        (0.0, -1.0),
        (1.02, -0.1),
        (0.68, -0.1),
        (0.68, 0.9),
        (0.22, 0.9),
        (0.22, 0.3),
        (-0.22, 0.3),
        (-0.22, 0.9),
        (-0.68, 0.9),
        (-0.68, -0.1),
        (-1.02, -0.1),
    ),
    "drop": _union(_disc(0.0, 0.38, 0.6), _polygon((0.0, -1.05), (0.53, 0.1), (-0.53, 0.1))),
    "bolt": _polygon((0.42, -1.05), (-0.74, 0.24), (-0.14, 0.24), (-0.42, 1.05), (0.74, -0.3), (0.16, -0.3)),
    "fish": _union(
        _meet(_disc(-0.22, 0.72, 1.22), _disc(-0.22, -0.72, 1.22)), _polygon((0.4, 0.0), (1.05, -0.6), (1.05, 0.6))
    ),
    "mushroom": _union(_meet(_disc(0.0, 0.05, 0.98), _box(-1.2, -1.2, 1.2, 0.05)), _box(-0.27, -0.4, 0.27, 0.9)),
}
CLASSES: tuple[str, ...] = tuple(SHAPES)

COLOURS: Mapping[str, tuple[int, int, int]] = {
    "red": (222, 36, 40),
    "green": (38, 160, 60),
    "blue": (40, 70, 222),
    "yellow": (246, 218, 40),
    "pink": (236, 84, 200),
    "cyan": (60, 208, 224),
    "black": (18, 18, 20),
    "white": (244, 244, 242),
}
SIZES: Mapping[str, float] = {"small": 0.58, "large": 0.80}  # radius, the half width of the picture being 1
_OFFSET = 0.19  # from the centre of the picture, the half width being 1
PLACES: Mapping[str, tuple[float, float]] = {
    "upper left": (-_OFFSET, -_OFFSET),
    "top": (0.0, -_OFFSET),
    "upper right": (_OFFSET, -_OFFSET),
    "left": (-_OFFSET, 0.0),
    "centre": (0.0, 0.0),
    "right": (_OFFSET, 0.0),
    "lower left": (-_OFFSET, _OFFSET),
    "bottom": (0.0, _OFFSET),
    "lower right": (_OFFSET, _OFFSET),
}
TILTS: Mapping[str, float] = {"left": -25.0, "upright": 0.0, "right": 25.0}  # degrees, clockwise positive
ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "shape": CLASSES,
    "colour": tuple(COLOURS),
    "background": tuple(COLOURS),
    "place": tuple(PLACES),
    "size": tuple(SIZES),
    "tilt": tuple(TILTS),
}
"""The values of each attribute, in the order of their indices."""


@dataclass(frozen=True, eq=False)
class Attributes:
    """The attributes of n pictures: an index into `ATTRIBUTES` each, (n,) int64."""

    shape: NDArray[np.int64]
    colour: NDArray[np.int64]
    background: NDArray[np.int64]
    place: NDArray[np.int64]
    size: NDArray[np.int64]
    tilt: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.shape)

    def __getitem__(self, rows: Any) -> Attributes:
        """Return the attributes of some pictures (an index array, a mask or a slice)."""
        return Attributes(**{field.name: getattr(self, field.name)[rows] for field in fields(self)})

    def words(self, row: int) -> dict[str, str]:
        """Return one picture's attributes by name, for instance ``{"shape": "star", "colour": "red", …}``."""
        return {name: values[int(getattr(self, name)[row])] for name, values in ATTRIBUTES.items()}


def chosen(shape: NDArray[np.int64], rng: np.random.Generator) -> Attributes:
    """Return attributes for pictures of these classes (n,): uniform, with a background of another colour."""
    n = len(shape)
    colour = rng.integers(len(COLOURS), size=n)
    return Attributes(
        shape=np.asarray(shape, dtype=np.int64),
        colour=colour,
        background=(colour + rng.integers(1, len(COLOURS), size=n)) % len(COLOURS),
        place=rng.integers(len(PLACES), size=n),
        size=rng.integers(len(SIZES), size=n),
        tilt=rng.integers(len(TILTS), size=n),
    )


def draw(attributes: Attributes, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Return pictures (n, 32, 32, 3) of these attributes, with jitter in place, size, tilt and colour from `rng`."""
    n = len(attributes)
    jitter = rng.uniform(-1, 1, size=(n, 10))  # place x, y; size; tilt; shape's colour (3); ground's colour (3)
    centre = np.asarray(tuple(PLACES.values()))[attributes.place] + _JITTER["place"] * jitter[:, :2]  # (n, 2)
    radius = np.asarray(tuple(SIZES.values()))[attributes.size] * (1 + _JITTER["size"] * jitter[:, 2])
    tilt = np.deg2rad(np.asarray(tuple(TILTS.values()))[attributes.tilt] + _JITTER["tilt"] * jitter[:, 3])
    palette = np.asarray(tuple(COLOURS.values()), dtype=np.float64)
    shape_colour = palette[attributes.colour] + _JITTER["colour"] * jitter[:, 4:7]  # (n, 3)
    ground_colour = palette[attributes.background] + _JITTER["colour"] * jitter[:, 7:]
    cover = _coverage(attributes.shape, centre, radius, tilt)[..., None]  # (n, side, side, 1)
    mixed = cover * shape_colour[:, None, None] + (1 - cover) * ground_colour[:, None, None]
    return np.clip(np.rint(mixed), 0, 255).astype(np.uint8)


def _coverage(shape: NDArray[np.int64], centre: Plane, radius: Plane, tilt: Plane) -> Plane:
    """Return the share of each pixel that the shape covers, (n, side, side), from the distance at its centre."""
    axis = (np.arange(SIDE) + 0.5) * 2 / SIDE - 1
    x = (axis[None, None, :] - centre[:, 0, None, None]) / radius[:, None, None]  # (n, 1, side), shape's own scale
    y = (axis[None, :, None] - centre[:, 1, None, None]) / radius[:, None, None]
    cos, sin = np.cos(tilt)[:, None, None], np.sin(tilt)[:, None, None]
    own_x, own_y = cos * x + sin * y, cos * y - sin * x  # (n, side, side), turned back by the tilt
    cover = np.empty(own_x.shape)
    for index, name in enumerate(CLASSES):
        rows = np.flatnonzero(shape == index)
        if len(rows):
            distance = SHAPES[name](own_x[rows], own_y[rows]) * radius[rows, None, None] * SIDE / 2  # pixels
            cover[rows] = np.clip(0.5 - distance, 0, 1)
    return cover
