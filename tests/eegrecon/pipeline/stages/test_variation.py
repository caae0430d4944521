from __future__ import annotations

import numpy as np
import pytest

from eegrecon.pipeline.stages.variation import LEAST, hardly_varies


@pytest.mark.parametrize(("spread", "expected"), [(0.9, True), (1.1, False)])
def test_the_limit_is_a_thousandth_of_the_root_mean_square(spread: float, expected: bool) -> None:
    """Half of the trials lie a deviation above the mean of 5, half below: the root mean square is nearly 5."""
    signs = np.where(np.arange(150) % 2, 1.0, -1.0)[:, None]  # more than one chunk
    output = np.array([3.0, 7.0, -5.0]) + np.sqrt(83 / 3) * LEAST * spread * signs  # 83 / 3: mean of the squares
    assert hardly_varies(output) is expected


def test_noise_varies_and_constants_do_not() -> None:
    assert not hardly_varies(np.random.default_rng(0).standard_normal((10, 4)))
    assert not hardly_varies(np.arange(2 * 6, dtype=np.uint8).reshape(2, 1, 2, 1, 3))
    assert hardly_varies(np.full((10, 4), 7.0))
    assert hardly_varies(np.zeros((10, 4)))


def test_a_single_trial_is_not_judged() -> None:
    assert not hardly_varies(np.ones((1, 4)))
