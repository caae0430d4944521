"""Checks of what components return.

Every returned value is checked once, before it is stored, so that a wrong shape cannot become a wrong number; the error
names module, class and method.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import ComponentError
from eegrecon.interfaces.components import Component, Metric
from eegrecon.interfaces.data import Arrays, Features, Score

_CHUNK = 1 << 24  # bytes checked at a time
_AVERAGES: Mapping[str, Callable[[NDArray[Any]], Any]] = {"mean": np.mean, "median": np.median}
_ROUNDING = 1e-6  # of the largest value: an average may have been computed in single precision
Size = int | None  # of one axis; None: any


def qualified_name(component: Component, method: str) -> str:
    """Return the full name of a component's method: module, class, method."""
    return f"{type(component).__module__}.{type(component).__qualname__}.{method}"


def weights(component: Component, method: str, returned: Any) -> Arrays:
    """Return learned or prepared arrays after checking that they are finite numpy arrays by name.

    Raises:
        ComponentError: they are something else.
    """
    if not isinstance(returned, Mapping):
        raise _wrong(component, method, f"a {type(returned).__name__}", "a mapping of numpy arrays by name")
    for name, array in returned.items():
        if not isinstance(name, str) or not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            wanted = "numpy arrays of numbers by name, no tensors and no text"
            raise _wrong(component, method, f"{_described(array)} as {name!r}", wanted)
        if method == "fit":
            _finite(component, method, name, array)
    return returned


def floats(component: Component, method: str, what: str, array: Any, shape: Sequence[Size]) -> NDArray[Any]:
    """Return an array after checking that its numbers are floating-point and finite.

    Args:
        component: the component that returned it.
        method: the method that returned it.
        what: its role in the error, for instance ``"logits"``.
        array: the returned value.
        shape: the size of each axis, None for any.

    Raises:
        ComponentError: another type, dtype or shape, or a value that is not finite.
    """
    fits = (
        isinstance(array, np.ndarray)
        and array.dtype.kind == "f"
        and array.ndim == len(shape)
        and all(wanted in (None, size) for wanted, size in zip(shape, array.shape, strict=True))
    )
    if not fits:
        form = ", ".join("any" if size is None else str(size) for size in shape)
        raise _wrong(component, method, f"{_described(array)} as {what}", f"a numpy array of floats ({form})")
    _finite(component, method, what, array)
    return np.asarray(array)


def targets(
    component: Component, method: str, array: Any, n: int, like: NDArray[Any] | None = None
) -> NDArray[np.float16]:
    """Return targets (n, tokens, width) in half precision, in which they are stored, after checking them.

    Args:
        component: the conditioner.
        method: the method that returned them.
        array: the returned value; it is not copied if it is in half precision.
        n: their expected number.
        like: targets with the expected tokens and width.

    Raises:
        ComponentError: another type, dtype or shape, or a value that is not finite or beyond half precision.
    """
    form = (None, None) if like is None else like.shape[1:]
    checked = floats(component, method, "targets", array, (n, *form))
    with np.errstate(over="ignore"):
        half = checked.astype(np.float16, copy=False)
    _finite(component, method, "targets in half precision (up to 65504)", half)
    return half


def pixels(component: Component, method: str, array: Any, shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Return pictures after checking that they are uint8 of this shape.

    Raises:
        ComponentError: another type, dtype or shape.
    """
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != np.uint8:
        raise _wrong(component, method, _described(array), f"uint8 {shape}")
    return array


def features(component: Component, returned: Any, n: int, classes: int) -> Features:
    """Return an encoder's output for n trials after checking it.

    Raises:
        ComponentError: another type, or an array of another shape.
    """
    if not isinstance(returned, Features):
        raise _wrong(component, "encode", f"a {type(returned).__name__}", "Features(embedding, logits)")
    floats(component, "encode", "embedding", returned.embedding, (n, None))
    if returned.logits is not None:
        floats(component, "encode", "logits", returned.logits, (n, classes))
    return returned


def views(component: Component, returned: Any, n: int) -> Mapping[str, NDArray[Any]]:
    """Return a judge's views of n pictures after checking them.

    Raises:
        ComponentError: not a mapping of arrays with a row per picture.
    """
    if not isinstance(returned, Mapping) or not returned:
        raise _wrong(component, "look", _described(returned), "arrays (n, …) by layer")
    for layer, view in returned.items():
        free: list[Size] = [None] * (np.ndim(view) - 1)
        floats(component, "look", layer, view, (n, *free))
    return returned


def scores(component: Metric, returned: Any, trials: int, samples: int = 1) -> Mapping[str, Score]:
    """Return a metric's scores after checking them.

    Args:
        component: the metric.
        returned: what its ``score`` returned.
        trials: number of test trials.
        samples: number of pictures generated for each trial.

    Raises:
        ComponentError: a column that it does not declare, a value that is not finite, not one value per trial, a value
            that is not the mean or median of those, or a number of trials that cannot be.
    """
    if not isinstance(returned, Mapping):
        raise _wrong(component, "score", f"a {type(returned).__name__}", "a Score by column")
    declared = [column.name for column in component.columns]
    for name, score in returned.items():
        if name not in declared:
            raise _wrong(component, "score", f"a column {name!r}", f"its declared columns ({', '.join(declared)})")
        if not isinstance(score, Score) or not np.isfinite(score.value):
            raise _wrong(component, "score", f"{score!r} for {name}", "a Score with a finite value")
        _check_count(component, name, score, trials, samples)
        if score.per_trial is not None:
            floats(component, "score", f"{name} per trial", score.per_trial, (trials,))
            _check_average(component, name, score, score.per_trial)
    return returned


def unchanged(component: Component, method: str, received: NDArray[Any], original: NDArray[Any]) -> None:
    """Check that a component which is called several times did not write into an array that all calls receive.

    Raises:
        ComponentError: it did.
    """
    if not np.array_equal(received, original):
        raise ComponentError(
            f"{qualified_name(component, method)} wrote into the labels of the outcome, which it receives again for "
            "the permutations; copy an array before changing it"
        )


def identity(component: Metric, returned: Any) -> str:
    """Return a metric's identity after checking it.

    Raises:
        ComponentError: it is no text.
    """
    if not isinstance(returned, str):
        raise _wrong(component, "identity", f"{returned!r}", "a text")
    return returned


def _check_count(component: Metric, name: str, score: Score, trials: int, samples: int) -> None:
    """Check the n of a score: of a per-trial score all trials or pictures, of a set score at most all pictures."""
    n, pictures = score.n, trials * samples
    whole = isinstance(n, int | np.integer) and not isinstance(n, bool)
    if score.per_trial is None and not (whole and 1 <= n <= pictures):
        raise _wrong(component, "score", f"n = {n!r} for {name}", f"a whole number from 1 to {pictures}")
    if score.per_trial is not None and not (whole and n in (trials, pictures)):
        every = f"{trials}, the number of trials" + (f", or {pictures}, of pictures" if samples > 1 else "")
        raise _wrong(component, "score", f"n = {n!r} for {name}", every)


def _check_average(component: Metric, name: str, score: Score, per_trial: NDArray[Any]) -> None:
    if score.of not in _AVERAGES:
        raise _wrong(component, "score", f"of = {score.of!r} for {name}", " or ".join(map(repr, _AVERAGES)))
    expected = float(_AVERAGES[score.of](per_trial.astype(np.float64)))
    if abs(score.value - expected) > _ROUNDING * float(np.abs(per_trial).max()):
        got = f"{score.value!r} for {name}, whose values per trial have the {score.of} {expected!r}"
        raise _wrong(component, "score", got, 'their mean as the score, or their median with of = "median"')


def _finite(component: Component, method: str, what: str, array: NDArray[Any]) -> None:
    """Raise an error for values that are not finite; rows are read in chunks, because the array may be large."""
    rows = np.atleast_1d(array)
    step = max(1, _CHUNK // max(1, rows[:1].nbytes))
    pieces = range(0, len(rows) if array.dtype.kind == "f" else 0, step)
    if bad := sum(int((~np.isfinite(rows[start : start + step])).sum()) for start in pieces):
        start = next(start for start in pieces if not np.isfinite(rows[start : start + step]).all())
        row, *rest = np.argwhere(~np.isfinite(rows[start : start + step]))[0]
        first = (start + int(row), *map(int, rest)) if array.ndim else ()
        raise ComponentError(
            f"{qualified_name(component, method)} returned {what} with {bad} of {array.size} values that are "
            f"not finite, the first at {first}; look for a division by zero or a diverged training (lower its rate)"
        )


def _described(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return "nothing" if value is None else f"a {type(value).__module__}.{type(value).__qualname__}"


def _wrong(component: Component, method: str, got: str, wanted: str) -> ComponentError:
    return ComponentError(f"{qualified_name(component, method)} returned {got}; the contract asks for {wanted}")
