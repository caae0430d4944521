"""What is printed at first: no line over 80 characters, whatever the names, with what must not be missed."""

from __future__ import annotations

import re
import shlex
import subprocess
from typing import Any

import pytest
from records import PUBLISHED, audit, result, row, score, summary

from eegrecon import Result
from eegrecon.interfaces.records import ResultRow, StageRecord
from eegrecon.pipeline.executor import PlannedStage
from eegrecon.pipeline.graph import Stage
from eegrecon.reporting.terminal import narrow, wide

LONG = "w/o a part whose name goes on and on, with/slashes-and-hyphens-and_underscores_and_more"
UNBROKEN = "x" * 200
COLUMNS = ("top-1", "median rank", "identification", "FID", "a-column-with-a-name-that-is-far-too-long-for-a-table")


def measured(label: str, *, p: float | None = None, scale: float = 1.0, **more: Any) -> ResultRow:
    values = {column: scale * (place + 0.25) for place, column in enumerate(COLUMNS)}
    names = {column: {"metric": f"m{column}", "column": column, "identity": f"{column}/n10"} for column in COLUMNS}
    tested = {} if p is None else {"p_corrected": p, "difference_interval": (-1.0, 1.0)}
    summaries = tuple(summary(value, **names[column], **tested) for column, value in values.items())
    return row(label, *(score(value, **names[column]) for column, value in values.items()), summaries=summaries, **more)


def shown(found: Result, capsys: pytest.CaptureFixture[str]) -> str:
    narrow.print_result(found)
    return capsys.readouterr().out


def line_of(text: str, start: str) -> str:
    (line,) = [line for line in text.splitlines() if line.startswith(start)]
    return line


def awkward() -> Result:
    """Return a result in which everything that a user or a plugin names is long."""
    rows = (
        measured("Full", scale=12345.678),
        measured(LONG, p=0.001, scale=12345.678),
        measured(LONG.replace("goes", "went"), p=0.9, removed=("encoder.freq",)),
        measured(UNBROKEN, p=0.9),
        row("w/o y", refused=f"impossible, because {UNBROKEN}"),
        row("w/o z", failed=True, blank={"m": f"a plugin\nfailed: {LONG}"}),
        measured("control: EEG shuffled across test trials", p=0.9, control="shuffle"),
        measured("control: from a plugin", control=UNBROKEN),
    )
    names = {"benchmark": UNBROKEN, "profile": LONG, "dataset": UNBROKEN, "subjects": tuple(range(40))}
    audits = tuple(audit(UNBROKEN[:90] + verdict, verdict, f"{LONG} 1; {UNBROKEN}") for verdict in ("FAIL", "WARN"))
    folder = f"/home/someone's folder/{UNBROKEN}"
    return result(*rows, published=(PUBLISHED,), audits=audits, notes=(UNBROKEN, LONG), folder=folder, **names)


@pytest.mark.parametrize("columns", ["60", "80", "300"])
@pytest.mark.parametrize("terminal", [True, False])
def test_no_line_is_longer_than_the_terminal_or_80(
    columns: str, terminal: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    if terminal:
        monkeypatch.setenv("FORCE_COLOR", "1")
    for print_form in (narrow.print_result, narrow.print_audits):
        print_form(awkward())
        lines = re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).splitlines()
        assert max(map(len, lines)) <= (min(80, int(columns)) if terminal else 80)


def test_texts_of_a_result_do_not_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    command = "\x1b[2J\x9b\u202e"
    label = f"w/o {command}"
    rows = (measured("Full"), measured(label, p=0.9), row(command, refused=command))
    audits = (audit(command, "FAIL", command),)
    found = result(*rows, audits=audits, notes=(command,), folder=command, benchmark=command, published=(PUBLISHED,))
    narrow.print_result(found)
    narrow.print_audits(found)
    narrow.print_plan([planned(command, command, "to run")])
    text = capsys.readouterr().out
    assert not {*command} & {*text} - {*"[2J"}
    assert max(map(len, text.splitlines())) <= 80


def test_distinct_rows_stay_distinct(capsys: pytest.CaptureFixture[str]) -> None:
    twins = [f"{UNBROKEN}{middle}{UNBROKEN}" for middle in "abc"]
    text = shown(result(measured("Full"), *(measured(label) for label in twins)), capsys)
    labels = [line.split("  ")[0] for line in text.splitlines() if line.startswith("xxx")]
    assert len(set(labels)) == len(labels) == 3


def test_a_row_has_value_half_width_and_mark_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(result(measured("Full"), measured("w/o x", p=0.001), measured("w/o y", p=0.9)), capsys)
    assert "0.250 ±0.100 " in line_of(text, "Full ")
    assert "0.250 ±0.100*" in line_of(text, "w/o x")
    assert "*" not in line_of(text, "w/o y")
    assert "0.500" in line_of(text, "chance")
    assert "n=10" in text
    assert "* differs from Full" in text


def test_a_published_row_is_marked_and_the_mark_explained(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(row("Full", score(0.5)), row("w/o f", score(0.4), removed=("encoder.freq",)), published=(PUBLISHED,))
    text = shown(found, capsys)
    assert "0.250" in line_of(text, "paper †")
    assert "† published for other data, NOT comparable" in " ".join(text.split())


def test_a_difference_of_one_training_each_is_marked_and_has_no_star(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(row("Full", score(0.5)), row("w/o f", score(0.3), summaries=(summary(0.3, trainings=1),)))
    text = shown(found, capsys)
    assert "0.300 ±0.100¹" in line_of(text, "w/o f")
    assert "¹ one training each" in text
    wide.print_result(found)
    text = capsys.readouterr().out
    assert "-0.200¹" in text
    assert "- ¹ one training each" in text


def test_a_row_whose_outputs_hardly_vary_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    controlled = measured("control: shuffled", control="shuffle", constant=("logits",))
    text = shown(result(measured("Full", constant=("embedding",)), controlled), capsys)
    assert line_of(text, "Full §")
    assert line_of(text, "  EEG shuffled §")
    assert "§ its outputs hardly vary" in text


def test_a_doubtful_number_is_marked_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    marked = (summary(0.5, marks=("audit drift: FAIL",)),)
    text = shown(result(row("Full", score(0.5), summaries=marked)), capsys)
    assert "‡" in line_of(text, "Full ")
    assert "‡ doubtful: audit drift: FAIL" in text


def test_why_a_row_failed_or_was_refused_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    failed = row("w/o z", failed=True, blank={"m": "an electrode fell off"})
    text = shown(result(measured("Full"), failed, row("w/o y", refused="there is no generator")), capsys)
    assert "w/o z: an electrode fell off" in text
    assert "w/o y: there is no generator" in text


def test_what_is_left_out_is_counted_and_wide_has_every_column(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(measured("Full"), measured("w/o x"))
    text = shown(found, capsys)
    (hidden,) = re.findall(r"(\d+) more columns", text)
    assert sum(column in text for column in COLUMNS) == len(COLUMNS) - int(hidden)
    wide.print_result(found)
    text = capsys.readouterr().out
    assert [column for column in COLUMNS if column not in text] == []


def test_a_long_command_is_broken_into_lines_that_a_shell_reads_as_one(capsys: pytest.CaptureFixture[str]) -> None:
    folder = f"/home/someone's folder/{UNBROKEN}"
    text = shown(result(measured("Full"), audits=(audit("drift", "PASS", ""),), folder=folder), capsys)
    command = text[text.index("  eegrecon audit") :].replace("eegrecon", "printf '%s\\n'", 1)
    words = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout
    assert words.splitlines() == ["audit", folder, "--wide"]


def test_a_command_that_fits_stays_on_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    undecided = audit("determinism", "inconclusive", "computed once")
    text = shown(result(measured("Full"), audits=(undecided,), folder="runs/a"), capsys)
    assert shlex.split(text.splitlines()[-1]) == ["eegrecon", "audit", "runs/a", "--twice"]


def test_an_audit_has_one_line_and_wide_has_its_whole_evidence(capsys: pytest.CaptureFixture[str]) -> None:
    found = result(measured("Full"), audits=(audit("drift", "PASS", "slow " * 30 + "END"),))
    narrow.print_audits(found)
    text = capsys.readouterr().out
    assert line_of(text, "PASS").split()[1] == "drift"
    assert "END" not in text
    wide.print_audits(found)
    assert "END" in capsys.readouterr().out


def planned(kind: str, name: str, state: str) -> PlannedStage:
    return PlannedStage(Stage(kind, name, f"{kind}{name}{state}", None, None, 1, 0), state, ("Full", LONG))


def test_a_plan_is_counted_by_kind_within_80_characters(capsys: pytest.CaptureFixture[str]) -> None:
    steps = [
        planned("fit", "encoder", "to run"), planned("fit", UNBROKEN, "in store"), planned("fit", LONG, "in store"),
        planned(UNBROKEN, "b", "not needed"),
    ]  # fmt: skip
    narrow.print_plan(steps)
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    assert line_of(text, "fit").split()[:5] == ["fit", "1", "2", "0", "encoder,"]
    assert line_of(text, "all").split() == ["all", "1", "2", "1"]
    wide.print_plan(steps)
    assert "b" in capsys.readouterr().out


def test_a_benchmark_of_methods_shows_their_parameters_and_seconds(capsys: pytest.CaptureFixture[str]) -> None:
    stages = {"a": StageRecord(name="encoder", kind="fit", seconds=61.25, hit=False)}
    rows = (
        measured("Full", parameters=1_234_567, stages=("a",)),
        measured("line", parameters=89, stages=("a",), baseline=True),
        measured("another", baseline=True, constant=("logits",)),
        measured("control: EEG shuffled", control="shuffle"),
    )
    text = shown(result(*rows, stages=stages), capsys)
    assert line_of(text, "Full ").split()[-2:] == ["1,234,567", "61.2"]
    assert line_of(text, "line ").split()[-2:] == ["89", "61.2"]
    assert line_of(text, "another §").split()[-2:] == ["-", "-"]
    assert max(map(len, text.splitlines())) <= 80
    assert "parameters" not in shown(result(*rows[:2], stages=stages), capsys)  # one baseline compares no methods
