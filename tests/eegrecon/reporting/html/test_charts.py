from __future__ import annotations

import pytest

from eegrecon.reporting.html.charts import LEFT, RIGHT, WIDTH, Entry, Score, curves, nice_ticks, panel, trend


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.0, 1.0, [0.0, 0.25, 0.5, 0.75, 1.0]),
        (0.45, 0.97, [0.5, 0.6, 0.7, 0.8, 0.9]),
        (1.0, 71.0, [20.0, 40.0, 60.0]),
        (-0.02, 0.03, [-0.02, -0.01, 0.0, 0.01, 0.02, 0.03]),
        (362.0, 945.0, [400.0, 600.0, 800.0]),
    ],
)
def test_ticks_are_round_and_within_the_range(low: float, high: float, ticks: list[float]) -> None:
    assert nice_ticks(low, high) == pytest.approx(ticks)


@pytest.mark.parametrize("value", [0.0, 1.0, -3.0, 1e6, 1e-9])
def test_a_range_without_width_has_ticks_too(value: float) -> None:
    ticks = nice_ticks(value, value)
    assert len(ticks) >= 2
    assert ticks == sorted(set(ticks))


def test_points_lie_where_their_numbers_are_between_the_margins() -> None:
    entries = [
        Entry("Full", "full", (Score(0.5, (0.25, 0.75)),)),
        Entry("a", "control", (Score(0.0, about="seed 0"), Score(1.0, about="seed 1"))),
    ]
    chart = panel("top-1", entries, chance=0.25, null=(0.0, 0.5))
    assert chart is not None
    left, right = LEFT, WIDTH - RIGHT
    full, both = chart.rows
    assert (full.points[0].low, full.points[0].x, full.points[0].high) == pytest.approx(
        (left + 0.25 * (right - left), left + 0.5 * (right - left), left + 0.75 * (right - left)), abs=0.1
    )
    assert [point.x for point in both.points] == pytest.approx([left, right])
    assert both.text == "0.500"  # the mean of its points
    assert chart.chance == full.points[0].low
    assert chart.null == (pytest.approx(left), pytest.approx(full.points[0].x))
    assert chart.ticks == ((left, "0.00"), *chart.ticks[1:-1], (right, "1.00"))
    assert "Full 0.500 [0.250, 0.750]; a seed 0 0.000, seed 1 1.000; chance 0.250" in chart.summary
    assert both.points[1].title == "a, seed 1: 1.000"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1e300])
def test_a_number_without_a_place_on_an_axis_is_left_out(value: float) -> None:
    entries = [Entry("a", "full", (Score(value), Score(0.5, (0.0, value)))), Entry("b", "variant", (Score(value),))]
    chart = panel("t", entries, chance=value, null=(0.0, value))
    assert chart is not None
    assert (chart.chance, chart.null) == (None, None)
    (row,) = chart.rows
    assert [(point.low, point.high) for point in row.points] == [(None, None)]
    assert panel("t", entries[1:]) is None


def test_a_long_label_is_cut() -> None:
    chart = panel("t", [Entry("a label that is far too long for a chart", "variant", (Score(1.0),))])
    assert chart is not None
    assert chart.rows[0].label == "a label that is far…"


def test_scores_against_a_field_lie_where_their_numbers_are() -> None:
    scores = [(1.0, Score(0.1, (0.0, 0.2))), (10.0, Score(0.5, (0.4, 0.6), "(n 20)")), (100.0, Score(1.0))]
    chart = trend("top-1", "repeats", scores, chance=0.1)
    assert chart is not None
    first, second, third = chart.points
    assert second.x == pytest.approx((first.x + third.x) / 2, abs=0.1)  # by the logarithm
    assert [text for _, text in chart.x_ticks] == ["1", "10", "100"]
    assert [x for x, _ in chart.x_ticks] == [point.x for point in chart.points]
    assert third.y < second.high < second.y < second.low < first.y  # type: ignore[operator]
    assert second.y - third.y == pytest.approx((first.y - third.y) * 0.5 / 0.9, abs=0.2)
    assert chart.chance == first.y
    assert (third.low, third.high) == (None, None)
    assert second.title == "repeats = 10: 0.500 [0.400, 0.600] (n 20)"
    assert chart.summary.endswith("chance 0.100")
    assert chart.path == f"M{first.x} {first.y}L{second.x} {second.y}L{third.x} {third.y}"


def test_a_field_over_a_small_range_is_drawn_as_it_is() -> None:
    chart = trend("top-1", "slope", [(0.0, Score(0.0)), (1.0, Score(1.0)), (4.0, Score(0.0))])
    assert chart is not None
    first, second, third = (point.x for point in chart.points)
    assert second - first == pytest.approx((third - first) / 4, abs=0.2)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_trend_leaves_out_what_has_no_place(value: float) -> None:
    assert trend("t", "x", [(1.0, Score(0.5)), (2.0, Score(value)), (value, Score(0.5))]) is None


def test_a_curve_goes_up_where_its_numbers_do() -> None:
    found = curves("channel Oz", [-10.0, 0.0, 30.0], [[0.0, 1.0, -1.0]], [0.0, 0.5, -0.8])
    points = [tuple(map(float, point.split())) for point in found.paths[0][1:].split("L")]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert points[1][1] < points[0][1] < points[2][1]  # down is more on a canvas
    assert found.onset == points[1][0]
    assert "largest at 30 ms, -0.8" in found.summary
    assert curves("late", [20.0, 30.0], [[0.0, 0.0]], [0.0, 0.0]).onset is None
