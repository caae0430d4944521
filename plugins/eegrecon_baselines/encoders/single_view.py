"""Encoders that read one view of the EEG with a straight line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from eegrecon import Arrays, Encoder, Features, Run, Signals, Training
from eegrecon_baselines.linear.reading import ACCURACY, fit_reader, read
from eegrecon_baselines.linear.views import VIEWS


@dataclass(frozen=True)
class SingleView(Encoder):
    """Linear discriminant analysis on one view of the EEG, its shrinkage chosen on the validation trials."""

    view: ClassVar[str]  # a name in VIEWS

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the spatial filter, mean and deviation of the view, and the discriminant."""
        weights = fit_reader(VIEWS[self.view], data)
        run.log(f"{self.view}, linear discriminant", validation=float(weights[ACCURACY]))
        return weights

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return the standardised view (n, numbers) and the class scores (n, classes)."""
        return read(VIEWS[self.view], weights, signals)


@dataclass(frozen=True)
class BandPower(SingleView):
    """Logarithm of power in bands of 5 Hz below 80 Hz, spatially whitened, read by linear discriminant analysis.

    It sees rhythms of any phase and is blind to the evoked response's time course.

    Sources: power as a feature, Pfurtscheller and Lopes da Silva, Clin. Neurophysiol. 110, 1999; whitening and
    shrinkage, Blankertz et al., NeuroImage 56, 2011.
    """

    view = "band-power"


@dataclass(frozen=True)
class EvokedLda(SingleView):
    """The evoked response: mean voltage in pieces of 20 ms, spatially whitened, read by shrinkage LDA.

    It sees what is locked to the picture's onset and is blind to rhythms of random phase.

    Source: Blankertz et al., "Single-trial analysis and classification of ERP components", NeuroImage 56, 2011.
    """

    view = "evoked"
