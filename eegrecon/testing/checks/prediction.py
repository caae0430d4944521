"""Checks of what is predicted: every trial's output depends on that trial alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import EegreconError
from eegrecon.interfaces import output_checks
from eegrecon.interfaces.components import Encoder
from eegrecon.interfaces.data import Signals
from eegrecon.testing.checks.fresh import imported_anew
from eegrecon.testing.checks.methods import PREDICTING, READING, Inputs, Method, taken, with_others_changed
from eegrecon.testing.plain_run import seeded
from eegrecon.testing.suite import TOLERANCE, Case, Skipped, check, difference
from eegrecon.testing.toy_data import ToyPictures, toy_recordings

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
    return method, method.weights(), method.inputs(), method.outputs()


@check(*PREDICTING)
def permutation(case: Case) -> None:
    """Trials in another order have the same outputs, in that order."""
    method, weights, inputs, expected = _predicted(case)
    order = np.random.default_rng(0).permutation(len(inputs.trial))
    found = method.predict(weights, taken(inputs, order), case.run())
    remedy = "compute each trial's output from that trial and the weights alone"
    if case.kind == "generator":
        remedy = "draw noise for each picture from (run.seed, conditions.trial, sample), not in the order of the trials"
    _compare(case, method.use, _rows(expected, order), found, "when the trials come in another order", remedy)


@check(*PREDICTING)
def subset(case: Case) -> None:
    """Some of the trials have the outputs that they have among all."""
    method, weights, inputs, expected = _predicted(case)
    rows = np.arange(0, len(inputs.trial), 3)
    found = method.predict(weights, taken(inputs, rows), case.run())
    remedy = "the core calls it with some of the trials at a time: compute each trial's output by itself"
    _compare(case, method.use, _rows(expected, rows), found, "for a third of the trials than among all", remedy)


@check(*PREDICTING)
def no_test_statistics(case: Case) -> None:
    """A trial's outputs do not change with the other trials of its call or of earlier ones: no statistics of them."""
    method, weights, inputs, expected = _predicted(case)
    kept = len(inputs.trial) // 2
    others, rows, numbers = with_others_changed(inputs, kept), slice(kept), np.arange(len(inputs.trial))
    found = method.predict(weights, others, case.run())
    remedy = "standardise with mean and deviation of the training trials, kept in the weights (torch: network.eval())"
    _compare(case, method.use, _rows(expected, rows), _rows(found, rows), "when the other trials change", remedy)
    with imported_anew(case) as other:
        if other is None:
            return
        again = Method(other)
        again.predict(weights, taken(others, numbers[kept:]), case.run())
        found = again.predict(weights, taken(inputs, numbers[:kept]), case.run())
    remedy = (
        "keep nothing from call to call in the module, on the class or in a cache; learn it in fit, for the weights"
    )
    _compare(
        case, method.use, _rows(expected, rows), found, "in a new process that predicted other trials first", remedy
    )


@check(*READING)
def trial_identity(case: Case) -> None:
    """The outputs do not depend on the numbers of the trials, which are opaque at test time."""
    method, weights, inputs, expected = _predicted(case)
    other = Signals(inputs.eeg, inputs.subject, inputs.trial[::-1] + 10**6)  # type: ignore[union-attr]
    found = method.predict(weights, other, case.run())
    remedy = "do not read signals.trial: it is a random number in a benchmark, so that it cannot reveal the block"
    _compare(case, method.use, expected, found, "when only the numbers of the trials change", remedy)


@check("encoder")
def pictures_embedded(case: Case) -> None:
    """An encoder that embeds pictures gives each by itself the width of its embedding, in a space with a name."""
    encoder = case.component
    if type(encoder).embed is Encoder.embed:
        raise Skipped("it embeds no pictures")
    method, pictures = Method(case), toy_recordings().pictures
    weights, width = method.weights(), method.outputs()["embedding"].shape[1]

    def embedded(rows: list[int]) -> NDArray[Any]:
        some = ToyPictures(np.stack([pictures[row] for row in rows]))
        with seeded(encoder, case.run()):
            return output_checks.floats(
                encoder, "embed", "pictures", encoder.embed(weights, some, case.run()), (len(rows), width)
            )

    try:
        together = embedded([0, 1, 2, 3])
    except EegreconError as error:
        raise case.failed("embed", str(error), "return what encode does for EEG: an array (pictures, width)") from error
    remedy = "compute each picture's value from that picture and the weights alone"
    alone = np.concatenate([embedded([row]) for row in range(4)])
    _compare(case, "embed", {"pictures": together}, {"pictures": alone}, "for one at a time than for several", remedy)
    if not encoder.space:
        raise case.failed("space", "is empty", "name the space of the pictures, which is part of a metric's identity")
