"""What a component may return and a data set may load, checked where it crosses the contract.

A wrong shape that is let through here becomes a wrong number there; so whatever is returned is checked once, before it
is kept, and the message names plugin, component and method.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eegrecon.errors import ComponentError
from eegrecon.interfaces.components import Component, Metric
from eegrecon.interfaces.data import Arrays, Features, Score

METHODS = {  # by kind of stage
    "prepare": "prepare", "fit": "fit", "align-fit": "fit", "generate-fit": "fit", "encode": "encode",
    "align": "align", "targets": "coarse or fine", "generate": "generate", "look": "look", "score": "score",
}  # fmt: skip
_GLANCE = 1 << 24  # bytes looked at together
Size = int | None  # of one axis; None: any


def qualified_name(component: Component, method: str) -> str:
    """Name a component's method as its author knows it: module, class, method."""
    return f"{type(component).__module__}.{type(component).__qualname__}.{method}"


def weights(component: Component, method: str, made: Any) -> Arrays:
    """Check what was learned or prepared: finite numpy arrays by name.

    Raises:
        ComponentError: it is something else.
    """
    if not isinstance(made, Mapping):
        raise _wrong(component, method, f"a {type(made).__name__}", "a mapping of numpy arrays by name")
    for name, array in made.items():
        if not isinstance(name, str) or not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
            wanted = "numpy arrays of numbers by name, no tensors and no text"
            raise _wrong(component, method, f"{_said(array)} as {name!r}", wanted)
        if method == "fit":
            _finite(component, method, name, array)
    return made


def floats(component: Component, method: str, what: str, array: Any, shape: Sequence[Size]) -> NDArray[Any]:
    """Check an array of finite floating-point numbers.

    Args:
        component: who returned it.
        method: from which method.
        what: its role, for instance ``"logits"``.
        array: what was returned.
        shape: the size of each axis, None where it is free.

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
        raise _wrong(component, method, f"{_said(array)} as {what}", f"a numpy array of floats ({form})")
    _finite(component, method, what, array)
    return np.asarray(array)


def targets(
    component: Component, method: str, array: Any, n: int, like: NDArray[Any] | None = None
) -> NDArray[np.float16]:
    """Check targets (n, tokens, width) and return them in half precision, in which they are kept.

    Args:
        component: the conditioner.
        method: which of its methods returned them.
        array: what was returned; one that is in half precision already is not copied.
        n: how many there must be.
        like: targets whose tokens and width these must have.

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
    """Check pictures: uint8 of exactly this shape.

    Raises:
        ComponentError: another type, dtype or shape.
    """
    if not isinstance(array, np.ndarray) or array.shape != shape or array.dtype != np.uint8:
        raise _wrong(component, method, _said(array), f"uint8 {shape}")
    return array


def features(component: Component, made: Any, n: int, classes: int) -> Features:
    """Check what an encoder returned for n trials.

    Raises:
        ComponentError: another type, or an array of another shape.
    """
    if not isinstance(made, Features):
        raise _wrong(component, "encode", f"a {type(made).__name__}", "Features(embedding, logits)")
    floats(component, "encode", "embedding", made.embedding, (n, None))
    if made.logits is not None:
        floats(component, "encode", "logits", made.logits, (n, classes))
    return made


def views(component: Component, made: Any, n: int) -> Mapping[str, NDArray[Any]]:
    """Check what a judge saw in n pictures.

    Raises:
        ComponentError: not a mapping of arrays with a row per picture.
    """
    if not isinstance(made, Mapping) or not made:
        raise _wrong(component, "look", _said(made), "arrays (n, …) by layer")
    for layer, view in made.items():
        free: list[Size] = [None] * (np.ndim(view) - 1)
        floats(component, "look", layer, view, (n, *free))
    return made


def scores(component: Metric, made: Any, trials: int) -> Mapping[str, Score]:
    """Check what a metric returned.

    Raises:
        ComponentError: a column that it does not declare, a value that is not finite, or not one value per trial.
    """
    if not isinstance(made, Mapping):
        raise _wrong(component, "score", f"a {type(made).__name__}", "a Score by column")
    declared = [column.name for column in component.columns]
    for name, score in made.items():
        if name not in declared:
            raise _wrong(component, "score", f"a column {name!r}", f"its declared columns ({', '.join(declared)})")
        if not isinstance(score, Score) or not np.isfinite(score.value):
            raise _wrong(component, "score", f"{score!r} for {name}", "a Score with a finite value")
        if score.per_trial is not None:
            floats(component, "score", f"{name} per trial", score.per_trial, (trials,))
    return made


def wrote_to_input(component: Component, method: str) -> ComponentError:
    """Say that a component tried to change what it was given."""
    return ComponentError(
        f"{qualified_name(component, method)} wrote into its inputs, which are shared with other "
        "stages and write-protected; copy an array before changing it"
    )


def _finite(component: Component, method: str, what: str, array: NDArray[Any]) -> None:
    """Refuse what is not finite, looking at some rows at a time, since the array may be larger than the memory."""
    rows = np.atleast_1d(array)
    step = max(1, _GLANCE // max(1, rows[:1].nbytes))
    pieces = range(0, len(rows) if array.dtype.kind == "f" else 0, step)
    if bad := sum(int((~np.isfinite(rows[start : start + step])).sum()) for start in pieces):
        start = next(start for start in pieces if not np.isfinite(rows[start : start + step]).all())
        row, *rest = np.argwhere(~np.isfinite(rows[start : start + step]))[0]
        first = (start + int(row), *map(int, rest)) if array.ndim else ()
        raise ComponentError(
            f"{qualified_name(component, method)} returned {what} with {bad} of {array.size} values that are "
            f"not finite, the first at {first}; look for a division by zero or a diverged training (lower its rate)"
        )


def _said(value: Any) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return "nothing" if value is None else f"a {type(value).__module__}.{type(value).__qualname__}"


def _wrong(component: Component, method: str, got: str, wanted: str) -> ComponentError:
    return ComponentError(f"{qualified_name(component, method)} returned {got}; the contract asks for {wanted}")
