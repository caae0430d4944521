"""The drawn pictures: frozen, and each attribute really to be seen."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from eegrecon_shapes.world.captions import captions, parse, sentence, vocabulary
from eegrecon_shapes.world.pictures import ATTRIBUTES, CLASSES, COLOURS, PLACES, SIDE, Attributes, chosen, draw
from eegrecon_shapes.world.recording import gallery


def everything(seed: int, n: int = 480) -> Attributes:
    return chosen(np.arange(n) % len(CLASSES), np.random.default_rng(seed))


def mask_of(pixels: np.ndarray, attributes: Attributes) -> np.ndarray:
    """Pixels nearer to the shape's colour than to the ground's, (n, side, side)."""
    palette = np.asarray(list(COLOURS.values()), dtype=float)
    to_shape = np.linalg.norm(pixels - palette[attributes.colour][:, None, None], axis=3)
    to_ground = np.linalg.norm(pixels - palette[attributes.background][:, None, None], axis=3)
    return to_shape < to_ground


def test_the_pictures_are_the_frozen_ones() -> None:
    found = hashlib.blake2b(gallery(50).pixels.tobytes(), digest_size=8).hexdigest()
    assert found == "9172078f20d2fea2", "another picture is another world: raise WORLD and say so in the changelog"


def test_a_picture_is_the_same_however_many_there_are() -> None:
    few, many = gallery(10), gallery(12)
    for shape in range(len(CLASSES)):
        assert np.array_equal(few.pixels[shape * 10 : shape * 10 + 10], many.pixels[shape * 12 : shape * 12 + 10])


def test_the_ground_never_has_the_colour_of_the_shape() -> None:
    attributes = everything(1, 4800)
    assert not np.any(attributes.colour == attributes.background)
    assert len(np.unique(attributes.background)) == len(COLOURS)


def test_shape_and_ground_have_the_colours_that_are_said() -> None:
    attributes = everything(2)
    pixels = draw(attributes, np.random.default_rng(2)).astype(float)
    palette = np.asarray(list(COLOURS.values()), dtype=float)
    mask = mask_of(pixels, attributes)
    for row in range(len(attributes)):
        inside = np.median(pixels[row][mask[row]], axis=0)
        outside = np.median(pixels[row][~mask[row]], axis=0)
        assert np.linalg.norm(palette - inside, axis=1).argmin() == attributes.colour[row]
        assert np.linalg.norm(palette - outside, axis=1).argmin() == attributes.background[row]


def middles(attributes: Attributes, seed: int) -> np.ndarray:
    """Centre of the box around each shape, (n, 2), on the plane that spans -1 to 1."""
    axis = (np.arange(SIDE) + 0.5) * 2 / SIDE - 1
    found = []
    for mask in mask_of(draw(attributes, np.random.default_rng(seed)).astype(float), attributes):
        rows, columns = np.nonzero(mask)
        found.append([(axis[columns].min() + axis[columns].max()) / 2, (axis[rows].min() + axis[rows].max()) / 2])
    return np.asarray(found)


def test_small_upright_shapes_stand_in_the_place_that_is_said() -> None:
    attributes = everything(3)
    zeros = np.zeros(len(attributes), dtype=np.int64)
    small = Attributes(**{**vars(attributes), "size": zeros, "tilt": zeros + 1})
    central = Attributes(**{**vars(small), "place": zeros + list(PLACES).index("centre")})
    own = np.stack([middles(central, 4)[small.shape == shape].mean(axis=0) for shape in range(len(CLASSES))])
    offset = middles(small, 3) - own[small.shape]  # (n, 2) from where the box of this shape is at the centre
    distance = np.linalg.norm(offset[:, None] - np.asarray(list(PLACES.values())), axis=2)
    assert np.array_equal(distance.argmin(axis=1), small.place)


def test_a_large_shape_covers_more_than_a_small_one() -> None:
    attributes = everything(4)
    areas = []
    for size in (0, 1):
        sized = Attributes(**{**vars(attributes), "size": np.full(len(attributes), size)})
        areas.append(mask_of(draw(sized, np.random.default_rng(4)).astype(float), sized).sum(axis=(1, 2)))
    assert (areas[1] > 1.5 * areas[0]).all()


@pytest.mark.parametrize("shape", range(len(CLASSES)), ids=CLASSES)
def test_every_class_can_be_seen_to_be_tilted(shape: int) -> None:
    one = np.full(20, shape)
    base = {"colour": one * 0, "background": one * 0 + 6, "place": one * 0 + 4, "size": one * 0}
    pictures = [
        draw(Attributes(shape=one, tilt=np.full(20, tilt), **base), np.random.default_rng(5)).astype(float)
        for tilt in range(3)
    ]
    for one_tilt, other in ((0, 1), (1, 2), (0, 2)):
        mean_difference = np.abs(pictures[one_tilt].mean(axis=0) - pictures[other].mean(axis=0))
        assert mean_difference.max() > 60  # of 255; black on red: most of a pixel has changed


def test_a_positive_tilt_turns_clockwise() -> None:
    up = {"shape": CLASSES.index("arrow"), "colour": 0, "background": 7, "place": 4, "size": 1}
    attributes = Attributes(tilt=np.asarray([0, 1, 2]), **{name: np.full(3, value) for name, value in up.items()})
    mask = mask_of(draw(attributes, np.random.default_rng(6)).astype(float), attributes)
    tips = [np.nonzero(picture)[0][np.nonzero(picture)[1] >= 24].mean() for picture in mask]
    assert tips[0] < tips[1] < tips[2]  # the head of an arrow that points right: left lifts it, right lowers it


def test_a_caption_says_all_that_the_picture_shows() -> None:
    attributes = everything(7)
    for row, caption in enumerate(captions(attributes)):
        assert parse(caption) == attributes.words(row)


def test_the_caption_of_the_house_style() -> None:
    words = {"size": "small", "colour": "red", "shape": "star", "tilt": "left", "place": "upper right"}
    whole = words | {"background": "blue"}
    assert sentence(whole) == "a small red star tilted left at the upper right on a blue background"
    assert sentence({"shape": "arrow", "background": "pink"}) == "an arrow on a pink background"


def test_partial_captions_say_just_what_they_say() -> None:
    rng = np.random.default_rng(8)
    attributes = everything(8, 120)
    for row in range(len(attributes)):
        kept = {name: value for name, value in attributes.words(row).items() if name == "shape" or rng.random() < 0.5}
        assert parse(sentence(kept)) == kept
    assert parse("star") == {"shape": "star"}
    assert parse("a photograph of a dog") == {}


def test_the_vocabulary_holds_every_word_of_every_caption() -> None:
    said = {word for caption in captions(everything(9, 4800)) for word in caption.split()}
    assert said <= set(vocabulary())
    assert {value for values in ATTRIBUTES.values() for text in values for value in text.split()} <= set(vocabulary())
