from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from eegrecon.pipeline.context import Product
from eegrecon.pipeline.stages import draw

TEN_TWENTY = ("Fp1", "fp2", "F3", "F4.", "C3", "C4", "P3", "P4", "O1", "O2", "F7", "F8", "T7", "T8", "P7", "P8")


def drawn(names: tuple[str, ...], power: Any = None, **described: Any) -> Product:
    arrays = {} if power is None else {"power": np.asarray(power, np.float32)}
    metadata = {"channels": list(names), **described}
    context: Any = SimpleNamespace(input=lambda role: SimpleNamespace(metadata=metadata), arrays=lambda role: arrays)
    return draw.draw(context)


def test_a_map_is_red_where_power_is_high_and_blue_where_it_is_low_and_clear_around_the_head() -> None:
    power = np.zeros((1, 3, len(TEN_TWENTY)))
    frontal = [name.strip(".").lower().startswith("f") for name in TEN_TWENTY]
    power[0, 2, frontal], power[0, 2, -2:] = 5.0, -5.0
    product = drawn(TEN_TWENTY, power)
    maps = product.arrays["maps"].astype(int)
    assert maps.shape == (1, 3, draw.SIZE, draw.SIZE, 4)
    assert product.metadata == {"montage": draw.montage_with(TEN_TWENTY), "scales": [5.0]}
    front, back = maps[0, 2, 45, draw.SIZE // 2], maps[0, 2, -70, 40]
    assert front[0] > front[2] + 50
    assert back[2] > back[0] + 50
    assert (maps[..., 0, 0, 3] == 0).all()


def test_maps_of_a_band_share_a_scale_that_is_symmetric() -> None:
    assert draw.scale(np.array([[-3.0, 2.0]])) == 3.0
    assert draw.scale(np.zeros((3, 4))) == 0.1


@pytest.mark.parametrize(
    ("names", "power", "described", "reason"),
    [
        (("a", "b"), np.zeros((1, 3, 2)), {}, "at least 8"),
        (tuple("abcdefgh"), np.zeros((1, 3, 8)), {}, "no montage"),
        (TEN_TWENTY, None, {}, "too short"),
        (TEN_TWENTY, None, {"absent": "fewer than two training trials"}, "fewer than two training trials"),
    ],
)
def test_without_a_map_there_is_the_reason(names: Any, power: Any, described: Any, reason: str) -> None:
    product = drawn(names, power, **described)
    assert not product.arrays
    assert reason in product.metadata["absent"]
