"""What a dry run costs, as text and as JSON."""

from __future__ import annotations

import json

import pytest

from eegrecon.pipeline.costs.estimates import Cost, Estimate, cost_of
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.pipeline.graph import Stage
from eegrecon.reporting.terminal import narrow, wide
from eegrecon.reporting.terminal.plans import CostLine, between, cost_lines, cost_sentences, human, plan_as_json


def step(kind: str, name: str, key: str, *inputs: str, like: str = "", state: str = "to run") -> PlannedStage:
    stage = Stage(kind, name, key, None, None, 1, 0, inputs={name: name for name in inputs}, like=like or key)
    return PlannedStage(stage, state, ("Full",))


STEPS = [
    step("test", "test", "t", state="in store"),
    step("fit", "encoder", "e1", "t", like="e"), step("fit", "encoder", "e2", "t", like="e"),
    step("fit", "encoder", "e3", "t", like="wide"),
    step("generate", "generated", "g", "e1"),
    step("score", "score.fid", "f", "g"), step("score", "score.accuracy", "a", "e1"),
    step("look", "generated_views", "v", "g"),
]  # fmt: skip


def cost(steps: list[PlannedStage] = STEPS, **known: Estimate) -> Cost:
    return cost_of([found.stage for found in steps if found.state == "to run"], known)


PARTLY = cost(
    e=Estimate(60.0, 3, False), wide=Estimate(90.0, 2, True), g=Estimate(7200.0, 1, False), f=Estimate(0.5, 1, False)
)
ALL = cost(**{like: Estimate(60.0, 1, False) for like in ("e", "wide", "g", "f", "a", "v")})


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0.00 s"), (0.004, "< 0.01 s"), (0.25, "0.25 s"), (3.14, "3.1 s"), (59.6, "60 s"), (119.4, "119 s"),
        (120.0, "2.0 min"), (150.0, "2.5 min"), (1800.0, "30 min"), (7199.0, "120 min"), (7200.0, "2.0 h"),
        (360_000.0, "100 h"),
    ],
)  # fmt: skip
def test_seconds_have_the_unit_of_a_person(seconds: float, expected: str) -> None:
    assert human(seconds) == expected


def test_each_name_has_its_costs_and_what_costs_most_is_first() -> None:
    assert cost_lines(STEPS, PARTLY, by_name=True) == (
        CostLine("generated", 1, 0, 7200.0, 7200.0, 1, 7200.0),
        CostLine("encoder", 3, 0, 60.0, 90.0, 5, 210.0),  # each record once, although two stages are like it
        CostLine("score.fid", 1, 0, 0.5, 0.5, 1, 0.5),
        CostLine("score.accuracy", 1, 1, None, None, 0, 0),
        CostLine("generated_views", 1, 1, None, None, 0, 0),
    )
    together = {line.name: line for line in cost_lines(STEPS, PARTLY, by_name=False)}
    assert together["score"] == CostLine("score", 2, 1, 0.5, 0.5, 1, 0.5)


@pytest.mark.parametrize(
    ("fastest", "slowest", "expected"),
    [(60.0, 60.1, "60 s"), (3.0, 60.0, "3.0 to 60 s"), (90.0, 180.0, "90 s to 3.0 min"), (None, None, "unknown")],
)
def test_stages_of_one_name_take_from_the_least_to_the_most(
    fastest: float | None, slowest: float | None, expected: str
) -> None:
    assert between(CostLine("a", 2, 0, fastest, slowest, 1, 0.0)) == expected


def test_the_whole_is_said_in_plain_words() -> None:
    text = " ".join(cost_sentences(STEPS, ALL))  # encoders 3, generated 1, scores 2, views 1: seven minutes
    assert "one after the other: 7.0 min" in text
    assert "3.0 min (encoder → generated → score.fid)" in text
    assert "on 1, 2, 8 and 64 workers: 7.0 min, 4.0 min, 3.0 min and 3.0 min" in text
    assert "at least" not in text
    assert "unknown" not in text
    assert "another device" not in text


def test_what_is_unknown_is_counted_and_every_time_is_at_least_what_is_said() -> None:
    sentences = cost_sentences(STEPS, PARTLY)
    times = [sentence for sentence in sentences if "2.1 h" in sentence or "2.0 h" in sentence]
    assert len(times) == 3
    assert all("at least" in sentence for sentence in times)
    assert any("2 of 7 stages are unknown" in sentence for sentence in sentences)
    assert any("of 1 stages" in sentence and "another device" in sentence for sentence in sentences)


def test_where_nothing_is_known_no_time_is_said() -> None:
    (sentence,) = cost_sentences(STEPS, cost())
    assert "unknown" in sentence
    assert "7" in sentence
    assert "0.00 s" not in sentence


def test_a_plan_and_its_costs_fit_in_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [*STEPS, step("fit", "x" * 200, "x", like="e"), step("y" * 200, "y" * 200 + "\x1b", "y", like="wide")]
    known = {"e": Estimate(0.001, 10**6, False), "wide": Estimate(3.6e8, 10**6, False)}
    narrow.print_plan(steps, cost(steps, **known))
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert "\x1b" not in text
    wide.print_plan(steps, cost(steps, **known))
    assert "\x1b" not in capsys.readouterr().out


def test_a_line_of_a_plan_says_number_unknown_time_records_and_sum(capsys: pytest.CaptureFixture[str]) -> None:
    for print_form, heading in ((narrow.print_plan, "stage  "), (wide.print_plan, "┃ stage")):
        print_form(STEPS, PARTLY)
        text = capsys.readouterr().out
        lines = {
            line.replace("│", " ").split()[0]: line.replace("│", " ").split() for line in text.splitlines() if line
        }
        assert lines["encoder"] == ["encoder", "3", "-", "60", "to", "90", "s", "5", "3.5", "min"]
        assert lines["generated_views"] == ["generated_views", "1", "1", "unknown", "0", "-"]
        assert any(line.startswith(heading) for line in text.splitlines())
        assert "2 of 7 stages are unknown" in text


def test_a_plan_with_nothing_to_run_costs_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [step("test", "test", "t", state="in store")]
    for print_form in (narrow.print_plan, wide.print_plan):
        print_form(steps, cost(steps))
        assert "cost" not in capsys.readouterr().out


def test_json_has_the_costs_of_each_stage_and_of_all() -> None:
    found = json.loads(plan_as_json(STEPS, PARTLY))
    expected = {stage["key"]: (stage["seconds"], stage["records"], stage["elsewhere"]) for stage in found["stages"]}
    assert expected == {
        "t": (None, 0, False), "e1": (60.0, 3, False), "e2": (60.0, 3, False), "e3": (90.0, 2, True),
        "g": (7200.0, 1, False), "f": (0.5, 1, False), "a": (None, 0, False), "v": (None, 0, False),
    }  # fmt: skip
    whole = found["cost"]
    assert {name: whole[name] for name in ("stages", "unknown", "seconds")} == {
        "stages": 7, "unknown": 2, "seconds": 7410.5,
    }  # fmt: skip
    assert whole["critical_path"] == {"seconds": 7260.5, "stages": ["e1", "g", "f"]}
    assert whole["workers"] == {"1": 7410.5, "2": 7260.5, "8": 7260.5, "64": 7260.5}
    assert [line["name"] for line in whole["names"]] == [
        "generated", "encoder", "score.fid", "score.accuracy", "generated_views",
    ]  # fmt: skip
