"""Checks of what is predicted: every trial's output depends on that trial alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.interfaces.data import Signals
from eegrecon.testing.checks.methods import PREDICTING, READING, TRIALS, Inputs, Method, taken, with_others_changed
from eegrecon.testing.suite import TOLERANCE, Case, check, difference

Outputs = Mapping[str, NDArray[Any]]


def _rows(outputs: Outputs, rows: Any) -> Outputs:
    return {name: array[rows] for name, array in outputs.items()}


def _compare(case: Case, use: str, expected: Outputs, found: Outputs, what: str, remedy: str) -> None:
    name, largest = difference(expected, found)
    if largest > TOLERANCE:
        amount = f" (by {largest:.2g} of the largest value)" if np.isfinite(largest) else ""
        raise case.failed(use, f"returns other {name} {what}{amount}", remedy)


def _predicted(case: Case) -> tuple[Method, Any, Inputs, Outputs]:
    method = Method(case)
    weights, inputs = method.weights(), method.inputs()
    return method, weights, inputs, method.predict(weights, inputs, case.run())


@check(*PREDICTING)
def outputs(case: Case) -> None:
    """The outputs have the shapes and dtypes of the contract and are finite, for many trials and for one."""
    method, weights, inputs, _ = _predicted(case)
    method.predict(weights, taken(inputs, np.arange(1)), case.run())


@check(*PREDICTING)
def permutation(case: Case) -> None:
    """Trials in another order have the same outputs, in that order."""
    method, weights, inputs, expected = _predicted(case)
    order = np.random.default_rng(0).permutation(TRIALS)
    found = method.predict(weights, taken(inputs, order), case.run())
    remedy = "compute each trial's output from that trial and the weights alone"
    if case.kind == "generator":
        remedy = "draw noise for each picture from (run.seed, conditions.trial, sample), not in the order of the trials"
    _compare(case, method.use, _rows(expected, order), found, "when the trials come in another order", remedy)


@check(*PREDICTING)
def subset(case: Case) -> None:
    """Some of the trials have the outputs that they have among all."""
    method, weights, inputs, expected = _predicted(case)
    rows = np.arange(0, TRIALS, 3)
    found = method.predict(weights, taken(inputs, rows), case.run())
    remedy = "the core calls it with some of the trials at a time: compute each trial's output by itself"
    _compare(case, method.use, _rows(expected, rows), found, "for a third of the trials than among all", remedy)


@check(*PREDICTING)
def no_test_statistics(case: Case) -> None:
    """A trial's outputs do not change with the other trials of the call, whose statistics must not be used."""
    method, weights, inputs, expected = _predicted(case)
    kept = TRIALS // 2
    found = method.predict(weights, with_others_changed(inputs, kept), case.run())
    remedy = "standardise with mean and deviation of the training trials, kept in the weights (torch: network.eval())"
    rows = slice(kept)
    _compare(case, method.use, _rows(expected, rows), _rows(found, rows), "when the other trials change", remedy)


@check(*READING)
def trial_identity(case: Case) -> None:
    """The outputs do not depend on the numbers of the trials, which are opaque at test time."""
    method, weights, inputs, expected = _predicted(case)
    other = Signals(inputs.eeg, inputs.subject, inputs.trial[::-1] + 10**6)  # type: ignore[union-attr]
    found = method.predict(weights, other, case.run())
    remedy = "do not read signals.trial: it is a random number in a benchmark, so that it cannot reveal the block"
    _compare(case, method.use, expected, found, "when only the numbers of the trials change", remedy)
