"""Charts as values: places on a canvas, from which a template writes SVG that takes its colours from the page."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from eegrecon.reporting.cells import between, number

WIDTH = 400.0  # of a panel, in its own units; about the pixels of a phone
LEFT, RIGHT, TOP, ROW, BOTTOM = 158.0, 62.0, 8.0, 24.0, 26.0  # margins, and the height of a row
CURVES = (400.0, 190.0)  # size of a chart of curves
CURVES_LEFT, CURVES_BOTTOM = 40.0, 34.0
LARGEST = 1e15  # of a number that is drawn
_LABEL = 20  # characters


@dataclass(frozen=True)
class Score:
    """A number to draw.

    Attributes:
        value: the number.
        interval: its 95 % interval.
        about: what it belongs to, where a row has several.
    """

    value: float
    interval: tuple[float, float] | None = None
    about: str = ""


@dataclass(frozen=True)
class Entry:
    """A row of a panel before it is drawn."""

    label: str
    kind: str
    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Point:
    """A drawn number."""

    x: float
    low: float | None
    high: float | None
    title: str


@dataclass(frozen=True)
class DrawnRow:
    """A row of a panel: a label, and one or several points."""

    label: str
    kind: str
    y: float
    points: tuple[Point, ...]
    text: str


@dataclass(frozen=True)
class Panel:
    """Rows of numbers on one axis, with chance."""

    title: str
    rows: tuple[DrawnRow, ...]
    ticks: tuple[tuple[float, str], ...]
    chance: float | None
    null: tuple[float, float] | None
    height: float
    summary: str


def panel(
    title: str,
    entries: Sequence[Entry],
    chance: float | None = None,
    null: tuple[float, float] | None = None,
) -> Panel | None:
    """Return rows of numbers on one axis; None where no number can be drawn.

    Args:
        title: what is measured, and which direction is better.
        entries: the rows; one with several scores shows each of them and, as text, their mean.
        chance: the level of chance.
        null: the range of scores with permuted outputs.
    """
    entries = [drawn for entry in entries if (drawn := _drawable(entry)).scores]
    if not entries:
        return None
    chance = chance if chance is not None and _fits(chance) else None
    null = null if null is not None and _fits(*null) else None
    numbers: list[float] = [
        value for entry in entries for score in entry.scores for value in (score.value, *(score.interval or ()))
    ]
    numbers += [value for value in (chance, *(null or ())) if value is not None]
    ticks = nice_ticks(min(numbers), max(numbers))
    low, high = min([*numbers, ticks[0]]), max([*numbers, ticks[-1]])

    def x(value: float) -> float:
        return round(LEFT + (value - low) / (high - low) * (WIDTH - LEFT - RIGHT), 1)

    rows = []
    for place, entry in enumerate(entries):
        points = []
        for score in entry.scores:
            ends = score.interval or (None, None)
            shown = " ".join(filter(None, (f"{score.about}:" if score.about else "", number(score.value))))
            points.append(Point(
                x=x(score.value),
                low=None if ends[0] is None else x(ends[0]),
                high=None if ends[1] is None else x(ends[1]),
                title=f"{entry.label}, {shown} {between(score.interval)}".strip(),
            ))  # fmt: skip
        text = number(sum(score.value for score in entry.scores) / len(entry.scores))
        rows.append(DrawnRow(_cut(entry.label), entry.kind, TOP + ROW * (place + 0.5), tuple(points), text))
    return Panel(
        title=title,
        rows=tuple(rows),
        ticks=tuple((x(tick), _written(tick, ticks)) for tick in ticks),
        chance=None if chance is None else x(chance),
        null=None if null is None else (x(null[0]), x(null[1])),
        height=TOP + ROW * len(rows) + BOTTOM,
        summary=_summary(entries, chance),
    )


def _drawable(entry: Entry) -> Entry:
    """Return a row without what has no place on an axis: numbers that are not finite or beyond any scale."""
    scores = (score for score in entry.scores if _fits(score.value))
    kept = (score if score.interval and _fits(*score.interval) else replace(score, interval=None) for score in scores)
    return replace(entry, scores=tuple(kept))


def _fits(*values: float) -> bool:
    return all(math.isfinite(value) and abs(value) <= LARGEST for value in values)


def _summary(entries: Iterable[Entry], chance: float | None) -> str:
    """Return a chart's numbers in words, for those who do not see it."""
    parts = [
        f"{entry.label} " + ", ".join(
            " ".join(filter(None, (score.about, number(score.value), between(score.interval))))
            for score in entry.scores
        )
        for entry in entries
    ]  # fmt: skip
    return "; ".join([*parts, *([] if chance is None else [f"chance {number(chance)}"])])


def _cut(label: str) -> str:
    return label if len(label) <= _LABEL else f"{label[: _LABEL - 1].rstrip()}…"


def nice_ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round numbers that divide a range, at least two and about as many as fit."""
    if not high > low:
        low, high = low - max(abs(low) * 0.05, 0.05), high + max(abs(high) * 0.05, 0.05)
    raw = (high - low) / (most - 1)
    power = math.pow(10.0, math.floor(math.log10(raw)))
    step = min((factor * power for factor in (1, 2, 2.5, 5, 10)), key=lambda step: abs(math.log(step / raw)))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    if last - first < 1:
        first, last = math.floor(low / step), math.ceil(high / step)
    return [round(place * step, 12) for place in range(first, last + 1)]


def _written(tick: float, ticks: Sequence[float]) -> str:
    """Return a tick with as many decimals as the step needs."""
    step = ticks[1] - ticks[0]
    decimals = max(0, *(_decimals(value) for value in (step, ticks[0])))
    return f"{tick:.{decimals}f}"


def _decimals(value: float) -> int:
    text = f"{value:.6f}".rstrip("0").partition(".")[2]
    return len(text)


@dataclass(frozen=True)
class Curves:
    """Lines over time: one of each class, and their mean."""

    title: str
    paths: tuple[str, ...]
    mean: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    onset: float | None
    summary: str


def curves(title: str, times: Sequence[float], lines: Sequence[Sequence[float]], mean: Sequence[float]) -> Curves:
    """Return lines over time on common axes.

    Args:
        title: of the chart.
        times: ms from picture onset, ascending.
        lines: a value for each time.
        mean: the mean of the lines.
    """
    width, height = CURVES
    numbers = [value for line in (*lines, mean) for value in line]
    y_ticks = nice_ticks(min(numbers), max(numbers), 4)
    low, high = min([*numbers, y_ticks[0]]), max([*numbers, y_ticks[-1]])

    def x(time: float) -> float:
        return round(CURVES_LEFT + (time - times[0]) / (times[-1] - times[0]) * (width - CURVES_LEFT - 8), 1)

    def y(value: float) -> float:
        return round(TOP + (high - value) / (high - low) * (height - TOP - CURVES_BOTTOM), 1)

    def path(line: Sequence[float]) -> str:
        return "M" + "L".join(f"{x(time)} {y(value)}" for time, value in zip(times, line, strict=True))

    x_ticks = nice_ticks(times[0], times[-1], 6)
    strongest = max(range(len(mean)), key=lambda place: abs(mean[place]))
    return Curves(
        title=title,
        paths=tuple(map(path, lines)),
        mean=path(mean),
        x_ticks=tuple((x(tick), _written(tick, x_ticks)) for tick in x_ticks),
        y_ticks=tuple((y(tick), _written(tick, y_ticks)) for tick in y_ticks),
        onset=x(0.0) if times[0] < 0 < times[-1] else None,
        summary=f"{title}: the mean over all classes is largest at {times[strongest]:.0f} ms, {mean[strongest]:.3g}; "
        f"the classes lie between {min(numbers):.3g} and {max(numbers):.3g}",
    )


@dataclass(frozen=True)
class Placed:
    """A drawn number at another number."""

    x: float
    y: float
    low: float | None
    high: float | None
    title: str


@dataclass(frozen=True)
class Trend:
    """Numbers against a number that was varied, joined in its order, with chance."""

    title: str
    of: str
    points: tuple[Placed, ...]
    path: str
    x_ticks: tuple[tuple[float, str], ...]
    y_ticks: tuple[tuple[float, str], ...]
    chance: float | None
    summary: str


def trend(title: str, of: str, scores: Sequence[tuple[float, Score]], chance: float | None = None) -> Trend | None:
    """Return scores against the value of a field, which is drawn by its logarithm if it covers an order of magnitude.

    Args:
        title: what is measured, and which direction is better.
        of: name of the field.
        scores: the value of the field, ascending, and the score with it.
        chance: the level of chance.

    Returns:
        The chart; None for fewer than two numbers that can be drawn.
    """
    kept = [(value, _drawable(Entry("", "", (score,))).scores) for value, score in scores if _fits(value)]
    drawn = [(value, found[0]) for value, found in kept if found]
    if len(drawn) < 2:
        return None
    chance = chance if chance is not None and _fits(chance) else None
    values = [value for value, _ in drawn]
    numbers: list[float] = [value for _, score in drawn for value in (score.value, *(score.interval or ()))]
    numbers += [] if chance is None else [chance]
    y_ticks = nice_ticks(min(numbers), max(numbers), 4)
    low, high = min([*numbers, y_ticks[0]]), max([*numbers, y_ticks[-1]])
    logarithmic = values[0] > 0 and values[-1] / values[0] >= 10
    x_ticks = values if logarithmic else nice_ticks(values[0], values[-1], 6)
    width, height = CURVES

    def x(value: float) -> float:
        first, last, here = (math.log(one) if logarithmic else one for one in (values[0], values[-1], value))
        share = (here - first) / (last - first)
        return round(CURVES_LEFT + 6 + share * (width - CURVES_LEFT - 20), 1)

    def y(value: float) -> float:
        return round(TOP + (high - value) / (high - low) * (height - TOP - CURVES_BOTTOM), 1)

    def placed(value: float, score: Score) -> Placed:
        ends = score.interval
        title = f"{of} = {value:g}: {number(score.value)} {between(ends)} {score.about}".strip()
        return Placed(x(value), y(score.value), y(ends[0]) if ends else None, y(ends[1]) if ends else None, title)

    points = tuple(placed(value, score) for value, score in drawn)
    return Trend(
        title=title,
        of=of,
        points=points,
        path="M" + "L".join(f"{point.x} {point.y}" for point in points),
        x_ticks=tuple((x(tick), f"{tick:g}") for tick in x_ticks),
        y_ticks=tuple((y(tick), _written(tick, y_ticks)) for tick in y_ticks),
        chance=None if chance is None else y(chance),
        summary="; ".join([point.title for point in points] + ([] if chance is None else [f"chance {number(chance)}"])),
    )
