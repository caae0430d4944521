from __future__ import annotations

import json
from pathlib import Path

from explanations import Explains
from jobs import TOY_OPTIONS, Command, CommandLine

from eegrecon import load

BENCH = ("bench", *TOY_OPTIONS, "--audit", "none")


def test_bench_prints_full_ablation_published_rows_and_controls(eegrecon: CommandLine, tmp_path: Path) -> None:
    done = eegrecon(*BENCH, "--ablate", "power", "--out", "run", "--wide")
    for text in (
        "Full", "w/o power branch", "control: EEG shuffled across test trials", "control: only the predicted class",
        "Toy, published †", "chance", "NOT comparable", "n=48",
    ):  # fmt: skip
        assert text in done.stdout
    assert "[1/" in done.stderr
    eegrecon(*BENCH, "--ablate", "power", "--out", "again")
    assert all(stage.hit for stage in load(tmp_path / "again").stages.values())
    assert (tmp_path / "run" / "table.csv").read_text() == (tmp_path / "again" / "table.csv").read_text()


def test_json_is_the_result_and_nothing_else(command: Command) -> None:
    printed = command(*BENCH, "--json", "--quiet", "--out", "run")
    assert json.loads(printed.stdout)["benchmark"] == "toy"
    assert printed.stderr == ""


def test_quiet_prints_the_table_and_no_progress(command: Command) -> None:
    printed = command(*BENCH, "--quiet", "--out", "run")
    assert "Full" in printed.stdout
    assert printed.stderr == ""


def test_a_dry_run_lists_stages_and_computes_none(command: Command, tmp_path: Path) -> None:
    assert "to run" in command(*BENCH, "--ablate", "all", "--dry-run").stdout
    assert not (tmp_path / "store").exists()
    assert not (tmp_path / "runs").exists()


def test_a_dry_run_counts_stages_by_kind_and_wide_lists_each(command: Command) -> None:
    asked = (*BENCH, "--ablate", "all", "--dry-run")
    planned = json.loads(command(*asked, "--json").stdout)["stages"]
    lines = command(*asked).stdout.splitlines()
    assert max(map(len, lines)) <= 80
    counted = lines[: lines.index("")]  # before what it will cost
    for kind in {stage["kind"] for stage in planned}:
        (line,) = [line.split() for line in counted if line.split()[0] == kind]
        assert line[1:4] == [str(sum(stage["kind"] == kind for stage in planned)), "0", "0"]
    in_full = command(*asked, "--wide").stdout
    assert [stage["key"] for stage in planned if stage["key"][:8] not in in_full] == []


def test_a_result_fits_in_80_columns_and_wide_has_its_notes(command: Command) -> None:
    printed = command(*BENCH, "--ablate", "power", "--out", "run").stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert "Holm" not in printed
    assert "Holm" in command(*BENCH, "--ablate", "power", "--out", "run", "--wide").stdout


def test_a_dry_run_as_json_is_readable_by_programs(command: Command) -> None:
    planned = json.loads(command(*BENCH, "--dry-run", "--json").stdout)["stages"]
    assert {stage["state"] for stage in planned} == {"to run"}
    assert {"stage", "kind", "key", "subject", "rows"} <= set(planned[0])


def test_a_dry_run_says_what_it_will_cost_once_such_stages_were_computed(command: Command) -> None:
    asked = (*BENCH, "--subjects", "1", "--control", "none")
    first = json.loads(command(*asked, "--dry-run", "--json").stdout)["cost"]
    assert first["unknown"] == first["stages"] > 0
    assert "unknown" in command(*asked, "--dry-run").stdout
    command(*asked, "--quiet", "--out", "run")
    assert json.loads(command(*asked, "--dry-run", "--json").stdout)["cost"]["stages"] == 0
    planned = json.loads(command(*asked, "--seeds", "2", "--dry-run", "--json").stdout)
    took = {stage.name: stage.seconds for stage in load("run").stages.values()}
    expected = {stage["stage"]: stage["seconds"] for stage in planned["stages"] if stage["records"] == 1}
    assert planned["cost"]["unknown"] == 0
    assert {"encoder", "aligner", "generated", "score.colour"} <= set(expected)
    assert expected == {name: took[name] for name in expected}
    text = command(*asked, "--seeds", "2", "--dry-run").stdout
    assert "on 1, 2, 8 and 64 workers" in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


FRAGILE = """
import sys
from dataclasses import dataclass
from eegrecon import hookimpl

@dataclass(frozen=True)
class Fragile(sys.modules["eegrecon_file_toy"].MeanEncoder):
    def encode(self, weights, signals, run):
        if self.slope == 0.5:
            raise RuntimeError("an electrode fell off")
        return super().encode(weights, signals, run)

@hookimpl
def eegrecon_components():
    return {"encoder.fragile": Fragile}
"""


def test_a_row_that_fails_is_reported_in_the_table_and_by_the_exit_code(
    command: Command, tmp_path: Path, explains: Explains
) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE)
    fragile = ("--plugin", "fragile.py", "--set", "encoder=fragile")
    printed = command(*BENCH, *fragile, "--ablate", "slope", "--out", "run", code=1)
    assert "an electrode fell off" in " ".join(printed.stdout.split())
    message = printed.stderr.strip().splitlines()[-1]
    assert "w/o slope" in message
    explains("Components", "one row of the table fails", message)


def test_a_failed_audit_is_reported_by_the_exit_code(command: Command) -> None:
    toy = ("bench", *TOY_OPTIONS, "--audit", "picture-overlap", "--quiet", "--control", "none")  # it has three pictures
    assert "picture-overlap: FAIL" in command(*toy, code=3).stdout
    assert json.loads(command(*toy, "--json", code=3).stdout)["audits"][0]["verdict"] == "FAIL"
