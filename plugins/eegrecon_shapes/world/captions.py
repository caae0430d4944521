"""Captions of the embedded world: one sentence per picture with all of its attributes, and their parser.

``a small red star tilted left at the upper right on a blue background``. Any attribute but the shape may be left out;
the class name alone (``star``) is the coarse description.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from eegrecon_shapes.world.pictures import ATTRIBUTES, Attributes

_TILTED = {"left": "tilted left", "upright": "upright", "right": "tilted right"}


def _one_of(values: Sequence[str]) -> str:
    return "|".join(sorted(values, key=len, reverse=True))


_FORM = re.compile(
    rf"an?(?: (?P<size>{_one_of(ATTRIBUTES['size'])}))?(?: (?P<colour>{_one_of(ATTRIBUTES['colour'])}))?"
    rf" (?P<shape>{_one_of(ATTRIBUTES['shape'])})(?: (?P<tilt>{_one_of(tuple(_TILTED.values()))}))?"
    rf"(?: at the (?P<place>{_one_of(ATTRIBUTES['place'])}))?"
    rf"(?: on a (?P<background>{_one_of(ATTRIBUTES['background'])}) background)?"
)


def sentence(words: Mapping[str, str]) -> str:
    """Return the caption of some attributes (attribute to value, ``shape`` at least)."""
    subject = " ".join(words[name] for name in ("size", "colour", "shape") if name in words)
    phrases = [("an " if subject[0] in "aeiou" else "a ") + subject]
    if "tilt" in words:
        phrases.append(_TILTED[words["tilt"]])
    if "place" in words:
        phrases.append(f"at the {words['place']}")
    if "background" in words:
        phrases.append(f"on a {words['background']} background")
    return " ".join(phrases)


def captions(attributes: Attributes) -> tuple[str, ...]:
    """Return the full caption of each picture."""
    return tuple(sentence(attributes.words(row)) for row in range(len(attributes)))


def parse(caption: str) -> dict[str, str]:
    """Return the attributes in a caption, attribute to value; empty for a text that is no caption of this world."""
    if caption in ATTRIBUTES["shape"]:
        return {"shape": caption}
    match = _FORM.fullmatch(caption)
    if match is None:
        return {}
    tilts = {phrase: tilt for tilt, phrase in _TILTED.items()}
    found = {name: value for name, value in match.groupdict().items() if value is not None}
    return found | ({"tilt": tilts[found["tilt"]]} if "tilt" in found else {})


def vocabulary() -> tuple[str, ...]:
    """Return every word of the captions, sorted."""
    texts = [
        *(value for values in ATTRIBUTES.values() for value in values),
        *_TILTED.values(),
        "a an at the on background",
    ]
    return tuple(sorted({word for text in texts for word in text.split()}))
