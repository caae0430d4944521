"""From the scores of single subjects and seeds to the numbers of the table: means, intervals, paired differences."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from eegrecon import statistics
from eegrecon.results import Summary
from eegrecon.scoring import DEALT, WITHOUT
from eegrecon.stages import Row
from eegrecon.statistics import Array, Interval, Sample
from eegrecon.store import Artefact
from eegrecon.workshop import Workshop

Column = tuple[str, str]  # metric, column


@dataclass(frozen=True, eq=False)
class _Piece:
    """One column of one row for one subject and seed."""

    row: Row
    artefact: Artefact
    test: Artefact
    metric: str
    column: str

    @property
    def value(self) -> float:
        return float(self.artefact.meta["said"]["scores"][self.column]["value"])

    @property
    def per_trial(self) -> Array | None:
        return self.artefact.arrays.get(self.column)

    @property
    def without(self) -> Array | None:
        return self.artefact.arrays.get(f"{WITHOUT}{self.column}")

    @property
    def dealt(self) -> Array | None:
        return self.artefact.arrays.get(f"{DEALT}{self.column}")

    @property
    def higher(self) -> bool:
        """Whether a higher score is better."""
        assert self.row.variant.benchmark is not None
        columns = dict(self.row.variant.benchmark.metrics)[self.metric].columns
        return next(column.better for column in columns if column.name == self.column) == "higher"


def summarise(variants: Sequence[Sequence[Row]], shop: Workshop) -> list[tuple[Summary, ...]]:
    """Summarise each row of the table; differences are from the first one, p values corrected over all.

    Args:
        variants: for each row of the table, its stages by subject and seed.
        shop: where the scores are.
    """
    pieces = [_pieces(rows, shop) for rows in variants]
    summaries = [
        [_summary(column, own, pieces[0].get(column) if number else None) for column, own in row.items()]
        for number, row in enumerate(pieces)
    ]
    corrected = iter(statistics.holm([summary.p for row in summaries for summary in row]))
    return [tuple(one.model_copy(update={"p_corrected": next(corrected)}) for one in row) for row in summaries]


def intervals(row: Row, shop: Workshop) -> dict[Column, tuple[float, float] | None]:
    """Interval of each score of one subject and seed."""
    return {column: _ends(_interval(own)) for column, own in _pieces([row], shop).items()}


def _pieces(rows: Iterable[Row], shop: Workshop) -> dict[Column, list[_Piece]]:
    found: dict[Column, list[_Piece]] = {}
    for row in rows:
        for metric, key in row.scores.items():
            artefact = shop.artefact(key)
            for column in artefact.meta["said"]["scores"]:
                found.setdefault((metric, column), []).append(
                    _Piece(row, artefact, shop.artefact(row.test), metric, column)
                )
    return found


def _summary(column: Column, own: list[_Piece], base: list[_Piece] | None) -> Summary:
    interval = _interval(own)
    by_subject, by_seed = [_mean_by(own, name) for name in ("subject", "seed")]
    others = statistics.over_subjects(by_subject)
    summary = Summary(
        metric=column[0],
        column=column[1],
        identity=_identity(own),
        value=float(np.mean(by_subject)),
        interval=_ends(interval),
        method=interval.method if interval else "none: too few pictures",
        other_subjects=_ends(others),
        seed_spread=float(np.std(by_seed, ddof=1)) if len(by_seed) > 1 else None,
        **_null(own),
    )
    return summary if base is None else summary.model_copy(update=_difference(own, base))


def _null(pieces: list[_Piece]) -> dict[str, Any]:
    """Where the score lies among those of what was made dealt anew, deal by deal the mean over subjects and seeds."""
    dealt = _together([piece.dealt for piece in pieces])
    if dealt is None or not np.isfinite(dealt).all():
        return {}
    value = float(np.mean([piece.value for piece in pieces]))
    return {"null": statistics.null_range(dealt), "p_null": statistics.null_p(value, dealt, higher=pieces[0].higher)}


def _identity(pieces: Iterable[_Piece]) -> str:
    return " ".join(dict.fromkeys(piece.artefact.meta["said"]["identity"] for piece in pieces))


def _mean_by(pieces: list[_Piece], name: str) -> Array:
    """Mean score of each subject, or of each seed."""
    whose = np.asarray([getattr(piece.row, name) for piece in pieces])
    values = np.asarray([piece.value for piece in pieces])
    return np.asarray([values[whose == one].mean() for one in np.unique(whose)])


def _interval(pieces: list[_Piece]) -> Interval | None:
    trials = _sample(pieces)
    if trials is not None:
        share = trials.of == "mean" and bool(np.isin(trials.value, (0, 1)).all())
        return statistics.over_pictures(trials, share=share)
    without = _together([piece.without for piece in pieces])
    return None if without is None else statistics.jackknife(float(np.mean([p.value for p in pieces])), without)


def _sample(pieces: list[_Piece]) -> Sample | None:
    """All trials of all subjects and seeds; None where the score is not a mean or median over trials."""
    given = [piece.per_trial for piece in pieces if piece.per_trial is not None]
    if len(given) < len(pieces):
        return None
    picture = np.concatenate([piece.test.arrays["picture"] for piece in pieces])
    run = np.concatenate([np.full(len(value), number) for number, value in enumerate(given)])
    return Sample(np.concatenate(given), picture, run, pieces[0].artefact.meta["said"]["of"][pieces[0].column])


def _together(parts: list[Array | None]) -> Array | None:
    """Mean over subjects and seeds of scores under the same changes (deals, groups left out), if all have as many."""
    given = [part for part in parts if part is not None]
    if not given or len(given) < len(parts) or len({len(part) for part in given}) > 1:
        return None
    return np.asarray(np.mean(given, axis=0))


def _difference(own: list[_Piece], base: list[_Piece]) -> dict[str, object]:
    """Difference from the first row, its interval and test; nothing unless both were scored on the same trials."""
    if _identity(own) != _identity(base) or [p.row.test for p in own] != [p.row.test for p in base]:
        return {}
    pairs = list(zip(own, base, strict=True))
    difference = float(np.mean([mine.value - theirs.value for mine, theirs in pairs]))
    one, other = _sample(own), _sample(base)
    if one is not None and other is not None:
        interval, p = statistics.difference_over_pictures(one, other)
    else:
        without = _together([_minus(mine.without, theirs.without) for mine, theirs in pairs])
        interval = None if without is None else statistics.jackknife(difference, without)
        p = None if without is None else statistics.jackknife_p(difference, without)
    return {"difference": difference, "difference_interval": _ends(interval), "p": p}


def _minus(one: Array | None, other: Array | None) -> Array | None:
    return None if one is None or other is None or one.shape != other.shape else one - other


def _ends(interval: Interval | None) -> tuple[float, float] | None:
    return None if interval is None else (interval.low, interval.high)
