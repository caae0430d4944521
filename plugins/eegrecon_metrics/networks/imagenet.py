"""The names of ImageNet's 1000 classes, in the order of the outputs of networks that were trained on them."""

from __future__ import annotations

from functools import cache


@cache
def imagenet() -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return WordNet ids and lemmas of the 1000 classes."""
    from timm.data import ImageNetInfo

    info = ImageNetInfo("imagenet-1k")
    return tuple(info.label_names()), tuple(info.label_descriptions())
