"""How alike a generated and a true picture are point by point: structural similarity and correlation of pixels.

Both reward a picture for its background; neither notices what is shown. Read them beside the shuffled row.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, InvalidConfiguration, Metric, Outcome, Pixels, Run, Score

GREY = (0.2125, 0.7154, 0.0721)  # luminance of linear RGB, ITU-R BT.709, as scikit-image has it
SIGMA, RADIUS = 1.5, 5  # of the Gaussian window; cut at 3.5 sigma
STABLE = (0.01**2, 0.03**2)  # Wang et al., 2004, for values between 0 and 1


def structural_similarity(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """SSIM of two grey pictures under a Gaussian window (Wang et al., IEEE TIP 13(4), 2004), without the border.

    Args:
        one: (h, w) between 0 and 1, both sides above 10.
        other: the same shape.
    """
    from scipy.ndimage import gaussian_filter

    def smooth(picture: NDArray[np.float64]) -> NDArray[np.float64]:
        made: NDArray[np.float64] = gaussian_filter(picture, SIGMA, truncate=3.5)
        return made

    mean, mean_other = smooth(one), smooth(other)
    variance, variance_other = smooth(one * one) - mean**2, smooth(other * other) - mean_other**2
    covariance = smooth(one * other) - mean * mean_other
    likeness = (2 * mean * mean_other + STABLE[0]) * (2 * covariance + STABLE[1])
    likeness /= (mean**2 + mean_other**2 + STABLE[0]) * (variance + variance_other + STABLE[1])
    return float(likeness[RADIUS:-RADIUS, RADIUS:-RADIUS].mean())


def correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Pearson correlation of all values of two pictures; 0 where one of them is of a single value."""
    a, b = one - one.mean(), other - other.mean()
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0


@dataclass(frozen=True)
class PixelMetric(Metric):
    """Fields of the metrics that compare pictures by their pixels, each generated picture with its trial's true one.

    Attributes:
        side: pixels per side that both pictures are brought to (bilinear, antialiased) before they are compared.
    """

    needs = frozenset({"generated"})
    judge: None = None  # nobody has to look
    side: int = 425  # of the field's tables

    def __post_init__(self) -> None:
        if self.side <= 2 * RADIUS:
            raise InvalidConfiguration(f"side {self.side} of a pixel metric leaves nothing inside the border; above 10")

    @abstractmethod
    def likeness(self, made: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
        """Compare two pictures (side, side, 3) between 0 and 1."""

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the mean over samples for each trial, and the mean over trials."""
        if outcome.generated is None or not len(outcome.generated):
            run.note(f"no {self.columns[0].name}: there are no pictures")
            return {}
        values = np.array(list(self._values(outcome.generated, outcome.reference)))
        return {self.columns[0].name: Score(float(values.mean()), len(values), values)}

    def _values(self, generated: Pixels, reference: Pixels) -> Iterator[float]:
        for made, true in zip(generated, reference, strict=True):
            seen = brought(true, self.side)
            yield float(np.mean([self.likeness(brought(sample, self.side), seen) for sample in made]))


def brought(picture: Pixels, side: int) -> NDArray[np.float64]:
    """Resize uint8 (h, w, 3) to float64 (side, side, 3) between 0 and 1."""
    if picture.shape[:2] != (side, side):
        from PIL import Image

        picture = np.asarray(Image.fromarray(np.asarray(picture)).resize((side, side), Image.Resampling.BILINEAR))
    return np.asarray(picture, np.float64) / 255


@dataclass(frozen=True)
class StructuralSimilarity(PixelMetric):
    """SSIM of grey pictures, Gaussian window of sigma 1.5, data range 1."""

    columns: ClassVar[tuple[Column, ...]] = (Column("SSIM", "higher"),)

    def identity(self, outcome: Outcome) -> str:
        """Size, window and number of trials."""
        return f"ssim/grey-{self.side}-gauss1.5/n{len(outcome.reference)}"

    def likeness(self, made: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
        """SSIM of the two pictures in grey."""
        return structural_similarity(made @ GREY, seen @ GREY)


@dataclass(frozen=True)
class PixelCorrelation(PixelMetric):
    """Pearson correlation of all colour values; a picture of one colour correlates with nothing and counts 0."""

    columns: ClassVar[tuple[Column, ...]] = (Column("pixel correlation", "higher"),)

    def identity(self, outcome: Outcome) -> str:
        """Size and number of trials."""
        return f"pixel-correlation/rgb-{self.side}/n{len(outcome.reference)}"

    def likeness(self, made: NDArray[np.float64], seen: NDArray[np.float64]) -> float:
        """Correlation of the two pictures."""
        return correlation(made, seen)
