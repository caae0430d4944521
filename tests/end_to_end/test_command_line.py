"""The command line as it is used, in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

TOY = Path(__file__).parent / "toy"
BENCH = ("bench", str(TOY / "toy.toml"), "--plugin", str(TOY / "toy.py"))


@pytest.fixture
def eegrecon(tmp_path: Path) -> object:
    def call(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "EEGRECON_HOME": str(tmp_path / "store"), "COLUMNS": "200"}
        done = subprocess.run(
            [sys.executable, "-m", "eegrecon", *arguments],
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env=environment,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        return done

    return call


def test_bench_prints_full_ablation_published_rows_and_controls(eegrecon, tmp_path: Path) -> None:  # noqa: ANN001
    done = eegrecon(*BENCH, "--ablate", "power", "--out", "run")
    for text in (
        "Full", "w/o power branch", "control: EEG shuffled across test trials", "control: only the predicted class",
        "Toy, published †", "chance", "NOT comparable", "n=48", "result: run",
    ):  # fmt: skip
        assert text in done.stdout
    assert "[1/" in done.stderr
    again = eegrecon(*BENCH, "--ablate", "power", "--out", "run2")
    assert "0 made" in again.stdout or " made in 0.0 s" in again.stdout
    assert (tmp_path / "run" / "table.csv").read_text() == (tmp_path / "run2" / "table.csv").read_text()


def test_json_is_the_result_and_nothing_else(eegrecon) -> None:  # noqa: ANN001
    done = eegrecon(*BENCH, "--json", "--quiet", "--out", "run")
    assert json.loads(done.stdout)["benchmark"] == "toy"
    assert done.stderr == ""


def test_a_dry_run_lists_stages_and_runs_none(eegrecon, tmp_path: Path) -> None:  # noqa: ANN001
    done = eegrecon(*BENCH, "--ablate", "all", "--dry-run")
    assert "to run" in done.stdout
    assert not (tmp_path / "store").exists()
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("bench", "brainviz"), 2, "no benchmark called 'brainviz'; did you mean 'brainvis'? There are: brainvis"),
        (("bench", "none.toml"), 1, "no benchmark file none.toml"),
        ((*BENCH, "--ablate", "powr"), 2, "no part called 'powr' (--ablate); did you mean 'power'"),
        ((*BENCH, "--control", "shufle"), 2, "did you mean 'shuffle'"),
        ((*BENCH, "--audit", "detreminism"), 2, "no audit called 'detreminism' (--audit); did you mean 'determinism'"),
        (("audit", "nowhere"), 1, "no result at nowhere"),
        ((*BENCH, "--subjects", "one"), 2, "'one' is not 'all' nor whole numbers"),
        ((*BENCH, "--data", "nowhere"), 1, "no folder nowhere"),
        ((*BENCH, "--recompute", "alignr"), 2, "no stage called 'alignr' (--recompute); did you mean 'aligner'"),
        ((*BENCH, "--protocol", "random"), 2, "no protocol of dataset.toy called 'random'"),
        ((*BENCH, "--sweep", "slope"), 2, "expected a field of encoder, aligner, generator and its values"),
        (("list", "encodrs"), 2, "did you mean 'encoders'"),
        (("show", "brainvi"), 2, "did you mean 'brainvis'"),
        (("data", "simulate", "x", "--format", "eegcvpr"), 2, "did you mean 'eegcvpr40'"),
    ],
)
def test_a_mistake_is_answered_with_a_message_and_its_exit_code(
    eegrecon,  # noqa: ANN001
    arguments: tuple[str, ...],
    code: int,
    message: str,
    explains: Explains,
) -> None:
    said = eegrecon(*arguments, code=code).stderr
    assert message in said
    typed = " ".join(word for word in arguments if str(TOY) not in word and word != "--plugin")
    explains("Usage", f"`eegrecon {typed}` (exit code {code})", said.strip().splitlines()[-1])


def test_an_audit_that_fails_has_an_exit_code_of_its_own(eegrecon, tmp_path: Path) -> None:  # noqa: ANN001
    assert "‡ audit picture-overlap: FAIL" in eegrecon(*BENCH, "--out", "run").stdout  # three pictures in all
    done = eegrecon("audit", "run", code=3)
    assert "Audits of the first row" in done.stdout
    assert "picture-overlap" in done.stdout
    eegrecon(*BENCH, "--audit", "trial-overlap", "--out", "sound")
    assert "PASS" in eegrecon("audit", "sound").stdout


FRAGILE = """
import sys
toy = sys.modules["eegrecon_file_toy"]
working = toy.MeanEncoder.encode
def encode(self, weights, signals, run):
    if self.slope == 0.5:
        raise RuntimeError("an electrode fell off")
    return working(self, weights, signals, run)
toy.MeanEncoder.encode = encode
"""


def test_a_row_that_fails_is_said_in_the_table_and_by_the_exit_code(
    eegrecon,  # noqa: ANN001
    tmp_path: Path,
    explains: Explains,
) -> None:
    (tmp_path / "fragile.py").write_text(FRAGILE)
    done = eegrecon(*BENCH, "--plugin", "fragile.py", "--ablate", "slope", "--out", "run", code=1)
    assert "an electrode fell off" in done.stdout
    assert "these rows failed, and say why in the table: w/o slope" in done.stderr
    explains("Components", "one row of the table fails", done.stderr.strip().splitlines()[-1])


def test_list_and_show_tell_what_there_is(eegrecon) -> None:  # noqa: ANN001
    assert "brainvis" in eegrecon("list", "benchmarks").stdout
    assert "test-touches" in eegrecon("list", "audits").stdout
    assert "The best of many equal configurations" in eegrecon("show", "test-touches").stdout
    parts = eegrecon("list", "parts", "brainvis").stdout
    assert "encoder.freq" in parts
    shown = eegrecon("show", "brainvis").stdout
    for text in (
        "arXiv:2312.14871", "encoder: EEG to an embedding and class", "aligner.coarse                  coarse target",
        "demo-metrics: sets", "published w/o freq [", "eegrecon bench brainvis --ablate all", "top-1 0.4766",
        "part: frequency branch",
    ):  # fmt: skip
        assert text in shown, text


def test_a_benchmark_file_and_a_one_file_plugin_are_listed_and_shown(eegrecon) -> None:  # noqa: ANN001
    assert "encoder.slope" in eegrecon("list", "parts", BENCH[1], *BENCH[2:]).stdout
    assert "mean" in eegrecon("list", "encoders", *BENCH[2:]).stdout
    assert "part: slope" in eegrecon("show", "encoder.mean", *BENCH[2:]).stdout


def test_a_plan_as_json_is_for_programs(eegrecon) -> None:  # noqa: ANN001
    planned = json.loads(eegrecon(*BENCH, "--dry-run", "--json").stdout)["stages"]
    assert {stage["state"] for stage in planned} == {"to run"}
    assert {"stage", "kind", "key", "subject", "rows"} <= set(planned[0])


def test_quiet_prints_the_table_and_nothing_else(eegrecon) -> None:  # noqa: ANN001
    done = eegrecon(*BENCH, "--quiet", "--out", "run")
    assert "Full" in done.stdout
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("eegrecon bench bra", "brainvis"),
        ("eegrecon bench brainvis --profile demo-", "demo-metrics"),
        ("eegrecon bench brainvis --ablate time+fre", "time+freq"),
        ("eegrecon bench brainvis --control shuffle,pred", "shuffle,predicted-label"),
        ("eegrecon show b", "brainvis"),
        ("eegrecon li", "list"),
    ],
)
def test_the_shell_completes_names(words: str, expected: str) -> None:
    given = {"_EEGRECON_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    code = "import sys; sys.argv = ['eegrecon']; from eegrecon.cli import main; main()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **given})
    assert expected in [line.partition(",")[2] for line in done.stdout.splitlines()], done.stderr


@pytest.mark.parametrize(("value", "coloured"), [("", True), ("1", False)])
def test_an_error_is_coloured_on_a_terminal_unless_no_color_is_set(value: str, coloured: bool) -> None:
    import pty

    terminal, end = pty.openpty()
    environment = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **({"NO_COLOR": value} if value else {})}
    subprocess.run([sys.executable, "-m", "eegrecon", "show", "nothing"], stderr=end, env=environment)
    said = os.read(terminal, 4096).decode()
    os.close(terminal)
    os.close(end)
    assert "no component or benchmark called 'nothing'" in said
    assert ("\x1b[" in said) == coloured


def test_the_store_is_listed_and_pruned(eegrecon) -> None:  # noqa: ANN001
    eegrecon(*BENCH, "--control", "none", "--out", "run", "--quiet")
    assert "fit" in eegrecon("cache", "list").stdout
    assert "removed" in eegrecon("cache", "prune", "--yes").stdout
    assert "fit" not in eegrecon("cache", "list").stdout
