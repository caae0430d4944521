"""Counting statements over runs, and resuming a benchmark."""

from __future__ import annotations

from pathlib import Path

import pytest
from finished import Finished, append, read
from jobs import ROOT
from records import result, row, summary
from running import run_missing
from statements import TIME
from tally import accuracies, counts, inserted, missed, table
from worlds import WORLDS


def finished(seed: int, p: float, *, p_without_time: float = 0.5, digest: str = "d") -> Finished:
    """Return a run of known-time whose rows are above chance, or not, by these p values."""
    full, without = (
        row(label, removed=removed, summaries=(
            summary(value, metric="accuracy", column="top-1", identity="accuracy", p_null=p_null),
        ))
        for label, removed, value, p_null in (("Full", (), 0.6, p), ("w/o time branch", (TIME,), 0.1, p_without_time))
    )  # fmt: skip
    return Finished("known-time", seed, 1.0, result(full, without).model_copy(update={"digest": digest}))


def test_a_true_statement_is_to_be_made_in_nine_of_ten_runs_and_a_false_one_in_one_of_twenty() -> None:
    runs = [
        finished(seed, p=0.5 if seed < 2 else 0.005, p_without_time=0.005 if seed < 2 else 0.5) for seed in range(20)
    ]
    found = {(count.statement.text, count.statement.true): count for count in counts(runs)}
    right, wrong = found["Full is above chance", True], found["w/o time branch is above chance", False]
    assert (right.made, right.runs, right.as_aimed) == (18, 20, True)
    assert (wrong.made, wrong.runs, wrong.as_aimed) == (2, 20, False)
    assert missed(runs) == [wrong]
    assert [count.made for count in missed(runs[1:])] == [1]  # of 19, which is more than one of twenty
    assert missed([*runs[1:], finished(20, 0.005)]) == []


def test_an_interval_is_exact() -> None:
    every, none = list(counts([finished(seed, 0.005) for seed in range(20)]))[:2]
    assert every.interval == pytest.approx((0.025 ** (1 / 20), 1.0))
    assert none.interval == pytest.approx((0.0, 1 - 0.025 ** (1 / 20)))


def test_a_statement_that_no_result_could_make_is_not_counted() -> None:
    texts = [count.statement.text for count in counts([finished(1, 0.005)])]
    assert "Full is above chance" in texts
    assert "w/o frequency branch is above chance" not in texts


def test_the_tables_show_counts_shares_and_accuracies() -> None:
    runs = [finished(1, 0.005), finished(2, 0.005)]
    line = next(line for line in table(runs).splitlines() if line.startswith("Full is above chance"))
    assert line.split()[4:] == ["true", "2/2", "1.00", ".16-1.00", ">=", ".90", "met"]
    assert "w/o time branch" in accuracies(runs)
    assert ".600 (.600 to .600)" in accuracies(runs)


def test_tables_replace_those_of_the_page() -> None:
    page = (ROOT / "docs" / "validity.md").read_text()
    once = inserted(page, "a table")
    assert "```\na table\n```" in once
    assert inserted(once, "a table") == once
    assert (once.partition("<!--")[0], once.rpartition("-->")[2]) == (
        page.partition("<!--")[0],
        page.rpartition("-->")[2],
    )


def test_only_runs_without_a_line_are_run(tmp_path: Path) -> None:
    file, asked = tmp_path / "new" / "runs.jsonl", []

    def run(world: str, seed: int) -> Finished:
        asked.append(seed)
        return finished(seed, 0.005)

    run_missing(file, ["known-time"], 2, run)
    run_missing(file, ["known-time"], 3, run)
    first = WORLDS["known-time"].first
    assert asked == [first, first + 1, first + 2]
    assert read(file) == [finished(seed, 0.005) for seed in asked]


def test_a_line_that_was_cut_off_is_run_again(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    append(file, finished(1, 0.005))
    append(file, finished(2, 0.005))
    file.write_bytes(file.read_bytes()[:-20])
    assert [one.seed for one in read(file)] == [1]
    append(file, finished(2, 0.005))
    assert [one.seed for one in read(file)] == [1, 2]


def test_runs_of_different_benchmark_files_are_not_counted_together(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl"
    append(file, finished(1, 0.005))
    append(file, finished(2, 0.005, digest="other"))
    with pytest.raises(SystemExit, match=r"runs\.jsonl.*known-time"):
        read(file)


def test_a_file_of_something_else_stays_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "runs.jsonl.xz"
    file.write_bytes(b"\xfd7zXZ\nand so on")
    with pytest.raises(SystemExit, match="no runs"):
        read(file)
    assert file.read_bytes() == b"\xfd7zXZ\nand so on"
