"""The linear reader of the class as an encoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from eegrecon import Arrays, Encoder, Features, Finding, Run, Signals, Training
from eegrecon.preprocessing import noise_covariance
from eegrecon_baselines.linear.held_out import split
from eegrecon_baselines.linear.reading import ACCURACY, fit_view, part_of, read
from eegrecon_baselines.linear.spatial import Array
from eegrecon_baselines.linear.views import UNAVAILABLE, VIEWS, has_pyriemann

READERS = tuple(VIEWS)


@dataclass(frozen=True)
class LinearReader(Encoder):
    """What a straight line reads of the class: linear discriminant analysis with shrinkage on a view of the EEG.

    There are four readers: ``band-power``, ``evoked`` (the evoked response, spatially whitened), ``covariance`` (of the
    channels, on the tangent space, by pyriemann) and ``evoked+power``. ``best`` fits all of them and takes the one with
    the best accuracy on the validation trials; the shrinkage of each is chosen there too. Test trials choose nothing.

    The embedding is the standardised view. Weights: by reader ``view.*`` and ``line.*``; ``accuracy`` on the trials
    that chose, -1 for a reader that was not fitted; ``chosen``, the place of the chosen one in the order above;
    ``classes``, their number.

    Sources: Blankertz et al., NeuroImage 56, 2011; Barachant et al., IEEE Trans. Biomed. Eng. 59, 2012.

    Attributes:
        reader: one of the four, or ``best``.
    """

    reader: Literal["best", "band-power", "evoked", "covariance", "evoked+power"] = "best"

    def reads(self) -> Mapping[str, str]:
        """Whether pyriemann is installed, on which the choice among the readers depends."""
        return {"pyriemann": "installed" if has_pyriemann() else "absent"} if self.reader == "best" else {}

    def check(self) -> Sequence[Finding]:
        """Return whether the reader of covariance, where it is asked for, is available."""
        if self.reader not in ("best", "covariance"):
            return ()
        found = has_pyriemann()
        return (Finding(found or self.reader == "best", f"covariance {'available' if found else UNAVAILABLE}"),)

    def fit(self, data: Training, run: Run) -> Arrays:
        """Return the weights of the readers.

        Raises:
            MissingFiles: the reader of covariance is asked for, and pyriemann is not installed.
        """
        train, held = split(data, by_class=True)
        weights: dict[str, Array] = {"classes": np.array(len(data.classes))}
        noise = noise_covariance(train.eeg, train.label)
        accuracy = np.full(len(READERS), -1.0)
        for name in self._wanted(run):
            one = fit_view(VIEWS[name], train, held, noise, data.montage.sfreq)
            accuracy[READERS.index(name)] = one.pop(ACCURACY)
            run.log(f"linear reader {name}", validation=accuracy[READERS.index(name)])
            weights |= {f"{name}.{key}": array for key, array in one.items()}
        return {**weights, "accuracy": accuracy, "chosen": np.array(accuracy.argmax())}

    def encode(self, weights: Arrays, signals: Signals, run: Run) -> Features:
        """Return the standardised view (n, numbers) of the chosen reader and its class scores (n, classes)."""
        return self.read(weights, self.chosen(weights), signals)

    def chosen(self, weights: Arrays) -> str:
        """Return the name of the chosen reader."""
        return READERS[int(weights["chosen"])]

    def fitted(self, weights: Arrays) -> tuple[str, ...]:
        """Return the names of the fitted readers."""
        return tuple(name for name, accuracy in zip(READERS, weights["accuracy"], strict=True) if accuracy >= 0)

    def read(self, weights: Arrays, name: str, signals: Signals) -> Features:
        """Return the features of one of the fitted readers."""
        return read(VIEWS[name], {**part_of(weights, f"{name}."), "classes": weights["classes"]}, signals)

    def _wanted(self, run: Run) -> list[str]:
        """Return the names of the readers to fit; a missing pyriemann is noted where there is a choice."""
        wanted = [name for name in READERS if self.reader in (name, "best")]
        if self.reader == "best" and not has_pyriemann():
            wanted.remove("covariance")
            run.note(f"linear reader: the best of three, covariance is {UNAVAILABLE}")
        return wanted
