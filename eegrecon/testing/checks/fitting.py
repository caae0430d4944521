"""Checks of what is fitted: weights, seeds, validation trials, the store, and interruptions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from eegrecon.errors import EegreconError
from eegrecon.interfaces.components import Generator
from eegrecon.interfaces.data import Arrays, Training
from eegrecon.pipeline.storage.store import Store
from eegrecon.testing.checks.methods import FITTED, PREDICTING, Method, taken
from eegrecon.testing.suite import TOLERANCE, Case, CheckRun, Skipped, check, difference, unchanged
from eegrecon.testing.toy_data import toy_training

_CHECKPOINTS = "EEGRECON_CHECKPOINT_SECONDS"  # read by eegrecon.training


def _fitted(case: Case) -> Method:
    """Return the method of a component that is fitted."""
    if isinstance(case.component, Generator) and type(case.component).fit is Generator.fit:
        raise Skipped("it is not fitted")
    return Method(case)


@check(*FITTED)
def weights(case: Case) -> None:
    """``fit`` returns finite numpy arrays by name."""
    if not _fitted(case).weights():
        raise case.failed("fit", "returned no array", "return what the other methods need as numpy arrays, by name")


@check(*PREDICTING)
def outputs(case: Case) -> None:
    """The outputs have the shapes and dtypes of the contract and are finite, for many trials and for one."""
    method = Method(case)
    method.outputs()
    try:
        method.predict(method.weights(), taken(method.inputs(), np.arange(1)), case.run())
    except Exception as error:
        name = "" if isinstance(error, EegreconError) else f"{type(error).__name__}: "
        raise case.failed(
            method.use,
            f"fails for a single trial and not for {len(method.inputs().trial)} ({name}{error})",
            "compute each trial's output by itself: standardise with mean and deviation of the training trials",
        ) from error


@check(*FITTED)
def same_seed(case: Case) -> None:
    """With the same seed, ``fit`` returns the same weights and the method that predicts the same outputs."""
    method = Method(case)
    first, second = method.weights(), method.fit(case.run())
    name, largest = difference(first, second)
    remedy = (
        "draw all randomness from run.seed (np.random.default_rng(run.seed); torch is seeded by the core), and keep "
        "nothing from call to call in the module or on the class"
    )
    if largest > 0:
        raise case.failed("fit", f"returned another {name} with the same seed (difference {largest:.2g})", remedy)
    if case.kind in PREDICTING:
        name, largest = difference(method.outputs(), method.predict(first, method.inputs(), case.run()))
        if largest > 0:
            what = f"returned other {name} for the same trials and seed (difference {largest:.2g})"
            raise case.failed(method.use, what, remedy)


@check(*FITTED)
def inputs_unchanged(case: Case) -> None:
    """No method writes into the arrays that it receives."""
    method, data = Method(case), toy_training()
    learned, targets = method.weights(), method.targets()
    with unchanged(case, "fit", data=data, targets=targets):
        method.fit(case.run(), data, targets)
    if case.kind in PREDICTING:
        method.outputs()
        inputs = method.inputs()
        with unchanged(case, method.use, weights=learned, inputs=inputs):
            method.predict(learned, inputs, case.run())


@check(*FITTED)
def no_validation(case: Case) -> None:
    """``fit`` works without validation trials, which some data sets do not have."""
    method = _fitted(case)
    method.weights()
    try:
        method.fit(case.run(), toy_training(val=False))
    except Exception as error:
        raise case.failed(
            "fit",
            f"raised {type(error).__name__} without validation trials: {error}",
            "where len(data.val.label) is 0, keep the last epoch or hold out training trials",
        ) from error


@check(*FITTED)
def weights_survive_the_store(case: Case) -> None:
    """Weights from the store give the same outputs, also after another fit: nothing learned is kept elsewhere."""
    method = _fitted(case)
    learned = method.weights()
    store = Store(case.run().scratch)
    store.put("fit", "0" * 32, learned, {"name": "fit", "seconds": 0.0, "notes": [], "logs": [], "metadata": {}})
    stored = store.private("fit", "0" * 32) or {}
    name, largest = difference(learned, stored)
    remedy = "return everything that is learned as numpy arrays, and keep nothing on the component or in the module"
    if largest > 0:
        raise case.failed("fit", f"returned a {name} that the store does not give back", remedy)
    if case.kind in PREDICTING:
        inputs = method.inputs()
        expected = method.outputs()
        method.fit(case.run(), _other(toy_training()))
        name, largest = difference(expected, method.predict(stored, inputs, case.run()))
        if largest > TOLERANCE:
            raise case.failed(method.use, f"returns other {name} for stored weights after another fit", remedy)


def _other(data: Training) -> Training:
    """Return the data with the labels of other classes."""
    return replace(data, train=replace(data.train, label=(data.train.label + 1) % len(data.classes)))


class _Interrupted(BaseException):
    """Stands for Ctrl-C between two steps."""


@dataclass
class _InterruptedRun(CheckRun):
    """A run that is interrupted when progress is first reported."""

    def advance(self, n: int = 1) -> None:
        """Interrupt, unless nothing was done."""
        if n:
            raise _Interrupted


@check(*FITTED)
def resume(case: Case) -> None:
    """``fit``, interrupted and called again with the same scratch folder, returns the same weights."""
    method, run = _fitted(case), case.run()
    expected = method.weights()
    stopped = _InterruptedRun(run.scratch, run.seed, learned=run.learned, training=run.training)
    with _checkpoints_after_every_step():
        try:
            method.fit(stopped)
        except _Interrupted:
            pass
        else:
            raise Skipped("fit reports no progress (run.progress), so there is no moment to interrupt it")
        resumed: Arrays = method.fit(run)
    name, largest = difference(expected, resumed)
    if largest > 0:
        raise case.failed(
            "fit",
            f"interrupted and called again with the same run.scratch, returned another {name} (by {largest:.2g})",
            "keep all that the training depends on in its checkpoint, as eegrecon.training.fit does, or write none",
        )


@contextmanager
def _checkpoints_after_every_step() -> Iterator[None]:
    before = os.environ.get(_CHECKPOINTS)
    os.environ[_CHECKPOINTS] = "0"
    try:
        yield
    finally:
        del os.environ[_CHECKPOINTS]
        if before is not None:
            os.environ[_CHECKPOINTS] = before
