from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from skimage.color import rgb2gray
from skimage.metrics import structural_similarity as scikit_image_ssim

from eegrecon import InvalidConfiguration, Outcome
from eegrecon_metrics.trial_metrics.pixels import (
    PixelCorrelation,
    StructuralSimilarity,
    correlation,
    resized,
    structural_similarity,
)


def pictures(seed: int, *shape: int) -> Any:
    return np.random.default_rng(seed).integers(256, size=(*shape, 3), dtype=np.uint8)


@pytest.mark.parametrize(("height", "width"), [(11, 11), (32, 32), (40, 57)])
@pytest.mark.parametrize("share", [0.0, 0.7, 1.0])
def test_structural_similarity_equals_scikit_images(height: int, width: int, share: float) -> None:
    one = rgb2gray(pictures(0, height, width))
    other = share * one + (1 - share) * rgb2gray(pictures(1, height, width))
    expected = scikit_image_ssim(
        one, other, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0
    )
    assert structural_similarity(one, other) == pytest.approx(expected, abs=1e-12)


def test_it_is_not_what_reading_columns_as_channels_gives() -> None:
    """What ``multichannel=True`` means for grey pictures in some versions of scikit-image, and not in others."""
    y, x = np.mgrid[:64, :64] / 64
    one, other = (np.sin(9 * x) * np.cos(7 * y) + 1) / 2, (np.sin(8 * x + y) + 1) / 2
    options = {"gaussian_weights": True, "sigma": 1.5, "use_sample_covariance": False, "data_range": 1.0}
    right = scikit_image_ssim(one, other, channel_axis=None, **options)
    wrong = scikit_image_ssim(one, other, channel_axis=-1, **options)
    assert structural_similarity(one, other) == pytest.approx(right, abs=1e-12)
    assert abs(right - wrong) > 0.02


def test_its_grey_equals_scikit_images(outcome_of: Callable[..., Outcome], run: Any) -> None:
    generated, reference = pictures(2, 3, 1, 16, 16), pictures(3, 3, 16, 16)
    outcome = outcome_of([0, 0, 0], ("a",), generated=generated, reference=reference)
    score = StructuralSimilarity(side=16).score(outcome, run)["SSIM"]
    expected = [
        scikit_image_ssim(
            rgb2gray(a[0]), rgb2gray(b), gaussian_weights=True, use_sample_covariance=False, data_range=1.0
        )
        for a, b in zip(generated, reference, strict=True)
    ]
    assert score.per_trial == pytest.approx(expected, abs=1e-9)
    assert (score.value, score.n) == (pytest.approx(np.mean(expected)), 3)
    assert StructuralSimilarity(side=16).identity(outcome) == "ssim/eegrecon-1-bilinear/grey-16-gauss1.5-range1/n3"


def test_correlation_is_pearsons_and_0_for_a_constant_picture() -> None:
    one, other = pictures(4, 5, 6) / 255, pictures(5, 5, 6) / 255
    assert correlation(one, other) == pytest.approx(np.corrcoef(one.ravel(), other.ravel())[0, 1])
    assert correlation(one, one * 0.3 + 0.2) == pytest.approx(1.0)
    assert correlation(one, np.full_like(one, 0.5)) == 0.0


def test_samples_are_averaged_within_the_trial_and_sizes_equalised(
    outcome_of: Callable[..., Outcome], run: Any
) -> None:
    generated, reference = pictures(6, 2, 2, 30, 20), pictures(7, 2, 24, 24)
    outcome = outcome_of([0, 0], ("a",), generated=generated, reference=reference)
    metric = PixelCorrelation(side=12)
    score = metric.score(outcome, run)["pixel correlation"]
    expected = [
        np.mean([np.corrcoef(resized(s, 12).ravel(), resized(b, 12).ravel())[0, 1] for s in a])
        for a, b in zip(generated, reference, strict=True)
    ]
    assert score.per_trial == pytest.approx(expected)
    assert metric.identity(outcome) == "pixel-correlation/eegrecon-1-bilinear/rgb-12/n2"


def test_resizing_keeps_pictures_of_that_size_and_averages_larger_ones() -> None:
    small = pictures(8, 12, 12)
    assert (resized(small, 12) * 255 == small).all()
    assert resized(np.full((40, 30, 3), 51, np.uint8), 12) == pytest.approx(np.full((12, 12, 3), 0.2))


def test_a_side_without_pixels_inside_the_border_is_refused() -> None:
    with pytest.raises(InvalidConfiguration, match="side 10"):
        StructuralSimilarity(side=10)
