"""Finished runs as their folders record them: scores with the trials that they are averages of."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from eegrecon.evaluation.aggregation import CellScore, Column, by_column, difference
from eegrecon.interfaces.records import ResultRow, ScoreRecord
from eegrecon.reporting.result import TRIALS, Result, load
from eegrecon.reporting.trials import CellTrials, Place, cells_of, read

_ROUNDING = 1e-9  # of sums in another order
_FITS = ("fit", "align-fit", "generate-fit")  # kinds of stages whose products are weights


@dataclass(frozen=True, eq=False)
class RecordedRun:
    """A finished run.

    Attributes:
        name: what to call it.
        result: its result.
        trials: its test trials by cell; empty where there is no ``trials.csv``.
    """

    name: str
    result: Result
    trials: dict[Place, CellTrials]

    def scores(self, row: ResultRow) -> dict[Column, list[CellScore]]:
        """Return the scores of a row by column, with what tests between runs are computed from."""
        trained = frozenset(key for key in row.stages if key in self.result.stages and self._fits(key))
        return by_column(
            cell_score(score, self.trials.get((row.label, score.subject, score.seed)), trained) for score in row.scores
        )

    def _fits(self, key: str) -> bool:
        return self.result.stages[key].kind in _FITS


def recorded(path: str | Path) -> RecordedRun:
    """Return a finished run.

    Args:
        path: its folder, or its ``result.json`` with or without a ``trials.csv`` beside it.

    Raises:
        MissingFiles: there is no result.
        DataError: a file is not what it must be.
    """
    path = Path(path)
    result = load(path)
    file = (path if path.is_dir() else path.parent) / TRIALS
    trials = read(file, cells_of) if file.is_file() else {}
    return RecordedRun(str(path), result, trials if _belong(trials, result) else {})


def _belong(trials: dict[Place, CellTrials], result: Result) -> bool:
    """Whether trials are those of a result: a file beside it may be that of another run."""
    for row in result.rows:
        for score in row.scores:
            found = trials.get((row.label, score.subject, score.seed))
            values = found.scores.get(f"{score.metric}.{score.column}") if found else None
            if values is not None and average_of(score.value, values, score.of) is None:
                return False
    return True


def cell_score(score: ScoreRecord, trials: CellTrials | None, trained: frozenset[str] = frozenset()) -> CellScore:
    """Return a recorded score for intervals and tests; without its trials, it has a value alone."""
    values = None if trials is None else trials.scores.get(f"{score.metric}.{score.column}")
    empty = np.empty(0, np.int64)
    return CellScore(
        metric=score.metric,
        column=score.column,
        identity=score.identity,
        subject=score.subject,
        seed=score.seed,
        value=score.value,
        higher=score.better == "higher",
        test="" if trials is None else hashlib.blake2b(trials.trial.tobytes(), digest_size=16).hexdigest(),
        picture=empty if trials is None else trials.picture,
        of=score.of or (average_of(score.value, values) if values is not None else None) or "mean",
        per_trial=values,
        without=np.asarray(score.without) if score.without else None,
        trained=trained,
    )


def paired_difference(cells: Sequence[CellScore], base: Sequence[CellScore]) -> dict[str, Any]:
    """Return the difference of two runs' scores on the same trials, as a summary has it; empty if they are others.

    Pictures are numbered as in the other run, so that both are resampled alike.
    """
    if [(one.test, one.subject, one.seed) for one in cells] != [(one.test, one.subject, one.seed) for one in base]:
        return {}
    return difference([replace(one, picture=other.picture) for one, other in zip(cells, base, strict=True)], base)


def average_of(
    value: float, values: Sequence[float] | np.ndarray, of: Literal["mean", "median"] | None = None
) -> Literal["mean", "median"] | None:
    """Return which average of its per-trial values a score is; None if it is none.

    Args:
        value: the score.
        values: its per-trial values.
        of: which one it is said to be; a result that does not say so may mean either where both are equal.
    """
    if of != "median" and math.isclose(float(np.mean(values)), value, rel_tol=_ROUNDING, abs_tol=1e-12):
        return "mean"
    if of != "mean" and math.isclose(float(np.median(values)), value, rel_tol=_ROUNDING, abs_tol=1e-12):
        return "median"
    return None
