"""Riemannian geometry of xDAWN covariances, by pyriemann."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon import Arrays, Count, Encoder, Features, Finding, Run, Signals, Training
from eegrecon_baselines.linear.discriminant import class_scores, standardised
from eegrecon_baselines.linear.spatial import Array, in_chunks
from eegrecon_baselines.linear.views import UNAVAILABLE, has_pyriemann, tangent_space


@dataclass(frozen=True)
class Riemann(Encoder):
    """Covariance of xDAWN-filtered trials with the evoked response of each class, on the tangent space, read linearly.

    As in pyriemann: the covariance (OAS) of each filtered trial stacked on the filtered mean responses, the tangent
    space at the mean, and logistic regression. It sees the evoked response and power at once.

    Sources: Barachant, "MEG decoding using Riemannian geometry and unsupervised classification", 2014; Barachant et
    al., IEEE Trans. Biomed. Eng. 59, 2012; xDAWN: Rivet et al., IEEE Trans. Biomed. Eng. 56, 2009.

    Attributes:
        filters: xDAWN filters of each class; the covariance has twice as many rows for each.
    """

    filters: Count = 2

    def check(self) -> Sequence[Finding]:
        """Return whether pyriemann is installed."""
        found = has_pyriemann()
        return (Finding(found, f"riemann {'available' if found else UNAVAILABLE}"),)

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return filters, mean responses, reference point and logistic regression.

        Raises:
            MissingFiles: pyriemann is not installed.
        """
        from sklearn.linear_model import LogisticRegression

        tangent, covariances, label = tangent_space(), self._covariances(), data.train.label
        covariances.fit(np.asarray(data.train.eeg[np.arange(len(label))], np.float64), label)
        stacked = {"filters": covariances.Xd_.filters_, "responses": covariances.P_}
        view = tangent.fit_transform(self._of(stacked, data.train))
        deviation = view.std(axis=0)
        scale = {"mean": view.mean(axis=0), "deviation": np.where(deviation > 0, deviation, 1.0)}
        line = LogisticRegression(max_iter=1000).fit(standardised(scale, view), label)
        slope, intercept = line.coef_, line.intercept_
        if len(line.classes_) == 2:  # scikit-learn has one line for two classes
            slope, intercept = (np.concatenate([-one, one]) / 2 for one in (slope, intercept))
        learned = {"slope": slope, "intercept": intercept, "classes": line.classes_}
        stacked |= {"reference": tangent.reference_, "every": np.array(len(data.classes))}
        return {**stacked, **scale, **learned}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return the standardised tangent vectors (n, numbers) and the class scores (n, classes)."""
        tangent = tangent_space()
        tangent.reference_ = weights["reference"]
        standard = standardised(weights, tangent.transform(self._of(weights, signals)))
        return Features(standard, class_scores(weights, standard, int(weights["every"])))

    def _covariances(self) -> Any:
        from pyriemann.estimation import XdawnCovariances

        return XdawnCovariances(self.filters, estimator="oas", xdawn_estimator="oas")

    def _of(self, stacked: Arrays, signals: Signals) -> Array:
        """Return the covariance of each filtered trial stacked on the mean responses, (n, rows, rows)."""
        from pyriemann.spatialfilters import Xdawn

        covariances, xdawn = self._covariances(), Xdawn()
        covariances.Xd_, covariances.P_, xdawn.filters_ = xdawn, stacked["responses"], stacked["filters"]
        rows = len(stacked["filters"]) + len(stacked["responses"])
        return in_chunks(signals.eeg, covariances.transform).reshape(-1, rows, rows)
