"""One way to fit and to use encoders, aligners and generators, so that a check is written once for all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from eegrecon.interfaces import output_checks
from eegrecon.interfaces.components import Fitted
from eegrecon.interfaces.data import Arrays, Conditions, Ints, Pixels, Signals, Targets, Training
from eegrecon.testing.plain_run import PlainRun, seeded
from eegrecon.testing.suite import Case
from eegrecon.testing.toy_components import CLASSES, ToyEncoder
from eegrecon.testing.toy_data import (
    TRAIN,
    VAL,
    ToyRows,
    toy_conditions,
    toy_recordings,
    toy_targets,
    toy_training,
    toy_trials,
)

Inputs: TypeAlias = Signals | Conditions
FITTED = ("learner", "encoder", "aligner", "generator")  # kinds
PREDICTING = ("encoder", "aligner", "generator")
READING = ("encoder", "aligner")  # predicting from signals
USE = {"encoder": "encode", "aligner": "align", "generator": "generate"}  # the method that predicts
SAMPLES = 2  # pictures generated for each trial
TRIALS = 48  # that are predicted: more than a condition on their number is likely to name
PICTURED = 6  # trials of a generator, whose pictures take longer


@dataclass(frozen=True)
class Method:
    """A component with what stands beside it: a toy encoder, and the targets of its space."""

    case: Case

    @property
    def component(self) -> Any:
        """The component."""
        return self.case.component

    @property
    def use(self) -> str:
        """Name of the method that predicts."""
        return USE.get(self.case.kind, "")

    def encoder(self) -> Fitted[Any]:
        """Return the toy encoder with its weights."""
        return Fitted(ToyEncoder(), ToyEncoder().fit(toy_training(), self.case.run()))

    def targets(self) -> Targets:
        """Return the targets in the space of a generator, else toy targets."""
        if self.case.kind != "generator":
            return toy_targets()
        run = self.case.run()

        def compute() -> Targets:
            with seeded(self.component, run):
                return toy_targets(self.component.conditioner(), run)

        found = self.case.once("targets", compute)
        return Targets(np.array(found.coarse), None if found.fine is None else np.array(found.fine))

    def fit(self, run: PlainRun, data: Training | None = None, targets: Targets | None = None) -> Arrays:
        """Return the weights, checked; torch is seeded as by the core."""
        data = toy_training() if data is None else data
        targets = targets or (self.targets() if self.case.kind in ("aligner", "generator") else None)
        with seeded(self.component, run):
            if self.case.kind == "aligner":
                returned = self.component.fit(self.encoder(), data, targets, run)
            elif self.case.kind == "generator":
                returned = self.component.fit(self.encoder(), None, data, targets, run)
            else:
                returned = self.component.fit(data, run)
        return output_checks.weights(self.component, "fit", returned)

    def weights(self) -> Arrays:
        """Return the weights of seed 0, fitted once for all checks; the arrays are the caller's own.

        Raises:
            Skipped: they cannot be fitted, as an earlier check reports.
        """
        fitted = self.case.once("weights", lambda: self.fit(self.case.run()))
        return {name: np.array(array) for name, array in fitted.items()}

    def outputs(self) -> Mapping[str, NDArray[Any]]:
        """Return the outputs for `inputs` with `weights`, predicted once for all checks; the arrays are the caller's.

        Raises:
            Skipped: they cannot be predicted, as an earlier check reports.
        """
        predicted = self.case.once("outputs", lambda: self.predict(self.weights(), self.inputs(), self.case.run()))
        return {name: np.array(array) for name, array in predicted.items()}

    def inputs(self) -> Inputs:
        """Return test trials as the method that predicts receives them."""
        if self.case.kind != "generator":
            return toy_trials(TRIALS, seed=1, first=TRAIN + VAL).signals()
        rows = np.arange(PICTURED)
        label = toy_recordings().test.label
        needs = self.component.needs
        conditions = toy_conditions(np.asarray(self.targets().coarse)[label] if "tokens" in needs else None)
        unused: dict[str, Any] = {name: None for name in ("tokens", "label", "signals") if name not in needs}
        return taken(replace(conditions, **unused), rows)

    def predict(self, weights: Arrays, inputs: Inputs, run: PlainRun) -> Mapping[str, NDArray[Any]]:
        """Return the outputs for some trials by name, checked."""
        n = len(inputs.trial)
        with seeded(self.component, run):
            if self.case.kind == "encoder":
                features = output_checks.features(
                    self.component, self.component.encode(weights, inputs, run), n, len(CLASSES)
                )
                logits = {} if features.logits is None else {"logits": features.logits}
                return {"embedding": features.embedding, **logits}
            if self.case.kind == "aligner":
                tokens = self.component.align(weights, self.encoder(), inputs, run)
                shape = (n, *toy_targets().coarse.shape[1:])
                return {"tokens": output_checks.floats(self.component, "align", "tokens", tokens, shape)}
            pictures: Pixels = self.component.generate(weights, inputs, CLASSES, SAMPLES, run)
        shape = (n, SAMPLES, *self.component.size, 3)
        return {"pictures": output_checks.pixels(self.component, "generate", pictures, shape)}


def taken(inputs: Inputs, rows: Ints) -> Inputs:
    """Return some trials of signals or conditions."""
    if isinstance(inputs, Signals):
        return _signals(inputs, rows, inputs.eeg[rows])
    return Conditions(
        tokens=None if inputs.tokens is None else inputs.tokens[rows],
        label=None if inputs.label is None else inputs.label[rows],
        trial=inputs.trial[rows],
        signals=inputs.signals and _signals(inputs.signals, rows, inputs.signals.eeg[rows]),
    )


def with_others_changed(inputs: Inputs, kept: int) -> Inputs:
    """Return the same trials, where all but the first ``kept`` have other EEG, labels and tokens, on another scale."""
    rows = np.arange(len(inputs.trial))
    if isinstance(inputs, Signals):
        return _signals(inputs, rows, _others_changed(inputs.eeg[rows], kept))
    return Conditions(
        tokens=None if inputs.tokens is None else _others_changed(inputs.tokens, kept),
        label=None if inputs.label is None else np.where(rows < kept, inputs.label, 0),
        trial=inputs.trial,
        signals=inputs.signals and _signals(inputs.signals, rows, _others_changed(inputs.signals.eeg[rows], kept)),
    )


def _signals(signals: Signals, rows: Ints, eeg: NDArray[Any]) -> Signals:
    return Signals(ToyRows(eeg), signals.subject[rows], signals.trial[rows])


def _others_changed(values: NDArray[Any], kept: int) -> NDArray[Any]:
    changed = np.array(values)
    changed[kept:] = 3 * changed[kept:][::-1] + 5
    return changed
