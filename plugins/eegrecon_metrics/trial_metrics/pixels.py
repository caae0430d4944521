"""Pixel-wise similarity of a generated and the true picture: structural similarity and Pearson correlation.

Both reward a similar background and ignore what a picture shows. Compare them with the row of the shuffled control.

Their identities name the implementation, which is ours, and its version: the call of the field's evaluations passes
``multichannel=True`` for grey pictures to scikit-image, whose versions read it in different ways, and the same pictures
then have an SSIM of .18 or of .29.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from eegrecon import Column, Count, InvalidConfiguration, Metric, Outcome, Pixels, Run, Score

GREY = (0.2125, 0.7154, 0.0721)  # luminance of linear RGB, ITU-R BT.709, as in scikit-image
SIGMA, RADIUS = 1.5, 5  # of the Gaussian window; truncated at 3.5 sigma
STABILISERS = (0.01**2, 0.03**2)  # Wang et al., 2004, for values between 0 and 1


def structural_similarity(picture: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return SSIM of two grey pictures with a Gaussian window (Wang et al., IEEE TIP 13(4), 2004), border excluded.

    Args:
        picture: (h, w) between 0 and 1, both sides above 10.
        other: the same shape.
    """
    from scipy.ndimage import gaussian_filter

    def smooth(values: NDArray[np.float64]) -> NDArray[np.float64]:
        smoothed: NDArray[np.float64] = gaussian_filter(values, SIGMA, truncate=3.5)
        return smoothed

    mean, mean_other = smooth(picture), smooth(other)
    variance, variance_other = smooth(picture * picture) - mean**2, smooth(other * other) - mean_other**2
    covariance = smooth(picture * other) - mean * mean_other
    similarity = (2 * mean * mean_other + STABILISERS[0]) * (2 * covariance + STABILISERS[1])
    similarity /= (mean**2 + mean_other**2 + STABILISERS[0]) * (variance + variance_other + STABILISERS[1])
    return float(similarity[RADIUS:-RADIUS, RADIUS:-RADIUS].mean())


def correlation(picture: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Return the Pearson correlation of all values of two pictures; 0 where one of them is constant."""
    a, b = picture - picture.mean(), other - other.mean()
    scale = np.sqrt((a * a).sum() * (b * b).sum())
    return float((a * b).sum() / scale) if scale > 0 else 0.0


def resized(picture: Pixels, side: int) -> NDArray[np.float64]:
    """Resize uint8 (h, w, 3) to float64 (side, side, 3) between 0 and 1."""
    if picture.shape[:2] != (side, side):
        from PIL import Image

        picture = np.asarray(Image.fromarray(np.asarray(picture)).resize((side, side), Image.Resampling.BILINEAR))
    return np.asarray(picture, np.float64) / 255


@dataclass(frozen=True)
class PixelMetric(Metric):
    """Base of the metrics that compare each generated picture with its trial's true one by their pixels.

    Attributes:
        side: pixels per side that both pictures are resized to (bilinear, antialiased) for the comparison.
    """

    needs = frozenset({"generated"})
    judge: None = None
    side: Count = 425  # of the field's tables

    def __post_init__(self) -> None:
        if self.side <= 2 * RADIUS:
            raise InvalidConfiguration(
                f"side {self.side} of a pixel metric leaves no pixel inside the border; set it above {2 * RADIUS}"
            )

    @property
    def implementation(self) -> str:
        """Whose code it is, in which version, and how pictures of another size are resized."""
        return f"eegrecon-{self.revision}-bilinear"

    @classmethod
    def small(cls) -> PixelMetric:
        """Return one that compares small pictures."""
        return cls(side=16)

    @abstractmethod
    def similarity(self, generated: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
        """Compare two pictures (side, side, 3) between 0 and 1."""

    def score(self, outcome: Outcome, run: Run) -> Mapping[str, Score]:
        """Compute the mean over samples for each trial, and the mean over trials."""
        if outcome.generated is None or not len(outcome.generated):
            run.note(f"no {self.columns[0].name}: there are no pictures")
            return {}
        values = np.array(list(self._values(outcome.generated, outcome.reference)))
        return {self.columns[0].name: Score(float(values.mean()), len(values), values)}

    def _values(self, generated: Pixels, reference: Pixels) -> Iterator[float]:
        for samples, picture in zip(generated, reference, strict=True):
            true = resized(picture, self.side)
            yield float(np.mean([self.similarity(resized(sample, self.side), true) for sample in samples]))


@dataclass(frozen=True)
class StructuralSimilarity(PixelMetric):
    """SSIM of grey pictures, Gaussian window of sigma 1.5, data range 1."""

    columns: ClassVar[tuple[Column, ...]] = (Column("SSIM", "higher"),)

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return pairs of one grey each, a and b: (2ab + c) / (a² + b² + c); and a chessboard beside its negative.

        The window weighs white and black fields alike, so the chessboard has in it the mean 1/2, and the deviation d of
        a field from it: (k - 2d²) / (k + 2d²).
        """
        from eegrecon.testing import hand_outcome

        grey, board = np.ones((16, 16, 3)), np.indices((16, 16)).sum(axis=0)[:, :, None] % 2 * np.ones(3)
        c, k, d = 0.01**2, 0.03**2, 0.3
        pairs = [
            (0.2 * grey, 0.2 * grey, 1.0),
            (0.0 * grey, grey, c / (1 + c)),
            (0.2 * grey, 0.4 * grey, (2 * 0.2 * 0.4 + c) / (0.2**2 + 0.4**2 + c)),
            (0.2 + 0.6 * board, 0.8 - 0.6 * board, (k - 2 * d**2) / (k + 2 * d**2)),
        ]
        pixels = [[(255 * picture).round().astype(np.uint8)[None] for picture in pair[:2]] for pair in pairs]
        return [
            (hand_outcome([0], reference=true, generated=drawn[None]), {"SSIM": value})
            for (true, drawn), (_, _, value) in zip(pixels, pairs, strict=True)
        ]

    def identity(self, outcome: Outcome) -> str:
        """Implementation, size, window, range and number of trials."""
        return f"ssim/{self.implementation}/grey-{self.side}-gauss1.5-range1/n{len(outcome.reference)}"

    def similarity(self, generated: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
        """SSIM of the two pictures in grey."""
        return structural_similarity(generated @ GREY, reference @ GREY)


@dataclass(frozen=True)
class PixelCorrelation(PixelMetric):
    """Pearson correlation of all colour values; a picture of a single colour counts 0."""

    columns: ClassVar[tuple[Column, ...]] = (Column("pixel correlation", "higher"),)

    @classmethod
    def cases(cls) -> Sequence[tuple[Outcome, Mapping[str, float]]]:
        """Return a picture of two halves beside itself, its negative, one grey, and halves that cross it."""
        from eegrecon.testing import hand_outcome

        halves = np.zeros((16, 16, 3), np.uint8)
        halves[:8] = 200
        drawn = [(halves, 1.0), (200 - halves, -1.0), (0 * halves, 0.0), (halves.swapaxes(0, 1), 0.0)]
        return [
            (hand_outcome([0], reference=halves[None], generated=picture[None, None]), {"pixel correlation": value})
            for picture, value in drawn
        ]

    def identity(self, outcome: Outcome) -> str:
        """Implementation, size and number of trials."""
        return f"pixel-correlation/{self.implementation}/rgb-{self.side}/n{len(outcome.reference)}"

    def similarity(self, generated: NDArray[np.float64], reference: NDArray[np.float64]) -> float:
        """Correlation of the two pictures."""
        return correlation(generated, reference)
