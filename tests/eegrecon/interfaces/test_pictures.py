from __future__ import annotations

import numpy as np
import pytest

from eegrecon.interfaces.pictures import fitted_to


def test_a_picture_is_cropped_at_its_centre() -> None:
    picture = np.zeros((4, 12, 3), np.uint8)
    picture[:, 4:8] = 255
    assert np.array_equal(fitted_to(picture, (8, 8)), np.full((8, 8, 3), 255, np.uint8))


@pytest.mark.parametrize(("shape", "size"), [((1, 50), (100, 10)), ((50, 1), (10, 100)), ((1, 1), (8, 8))])
def test_a_picture_of_any_aspect_fits_any_size(shape: tuple[int, int], size: tuple[int, int]) -> None:
    fitted = fitted_to(np.full((*shape, 3), 7, np.uint8), size)
    assert fitted.shape == (*size, 3)
    assert np.all(fitted == 7)
