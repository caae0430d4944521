"""The way of a submission through the commands, from a run to the site, and the check in CI."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from explanations import Explains
from jobs import TOY, TOY_OPTIONS, Command
from submissions import edited, sealed, zipped

BENCH = ("bench", *TOY_OPTIONS, "--control", "shuffle", "--audit", "none", "--quiet")
ABOUT = ("--name", "My method", "--calibration", "none", "--extra-data", "none")
VERIFIER = ("--benchmark", str(TOY / "toy.toml"), "--plugin", str(TOY / "toy.py"))


@pytest.fixture
def packed(command: Command) -> str:
    """A run packed as ``my-method.zip`` in the current folder."""
    command(*BENCH, "--out", "run")
    printed = command("leaderboard", "pack", "run", *ABOUT).stdout
    for fact in (
        "wrote my-method.zip",
        "calibration: none",
        "samples per trial: 1",
        "leaderboard verify my-method.zip",
    ):
        assert fact in printed
    return "my-method.zip"


def test_a_run_is_packed_verified_and_shown(packed: str, command: Command, tmp_path: Path) -> None:
    printed = command("leaderboard", "verify", packed, *VERIFIER, "--record", "records").stdout
    assert "re-scored. Re-scoring proves" in printed
    assert "does not prove that EEG made them" in " ".join(printed.split())
    assert max(map(len, printed.splitlines())) <= 80
    (record,) = (tmp_path / "records").iterdir()
    assert json.loads(record.read_text())["state"] == "re-scored"
    (tmp_path / "submissions").mkdir()
    (tmp_path / packed).rename(tmp_path / "submissions" / packed)
    printed = command("leaderboard", "build", "submissions", "--out", "site", "--verified", "records").stdout
    assert "toy, small: 1 submission\n" in printed
    page = (tmp_path / "site" / "index.html").read_text()
    assert "My method" in page
    assert 'href="submissions/my-method.html"' in page
    assert (tmp_path / "site" / "submissions" / "my-method.html").is_file()
    (board,) = json.loads((tmp_path / "site" / "leaderboard.json").read_text())["boards"]
    assert board["entries"][0]["state"] == "re-scored"


def test_what_can_be_checked_without_the_benchmark_is_printed_as_that(packed: str, command: Command) -> None:
    printed = command("leaderboard", "verify", packed, "--no-rescore").stdout
    assert "consistent. The submission agrees with itself; its scores were not computed again." in " ".join(
        printed.split()
    )


def test_a_failed_verification_has_exit_code_three_and_names_what_failed(
    packed: str, command: Command, tmp_path: Path, explains: Explains
) -> None:
    folder = tmp_path / "altered"
    with zipfile.ZipFile(packed) as archive:
        archive.extractall(folder)
    edited(folder / "result.json", lambda value: value["rows"][0]["scores"][0].update(value=0.2))
    message = command("leaderboard", "verify", "altered", code=3).stdout
    assert "FAILED: files" in message
    assert "altered: result.json has" in " ".join(message.split())
    sealed(folder)
    printed = command("leaderboard", "verify", "altered", "--json", code=3).stdout
    assert [check["name"] for check in json.loads(printed)["checks"] if check["state"] == "FAILED"] == ["claims"]
    printed = command("leaderboard", "verify", "altered", "--markdown", code=3).stdout
    assert "### `My method`: **failed**" in printed
    assert re.search(r"\| `claims` \| FAILED \| `right of .*` \|", printed)
    command("leaderboard", "build", "altered", "--out", "site", code=3)
    bomb = zipped(folder, tmp_path / "bad.zip", ("../evil.py", b"x"))
    message = command("leaderboard", "verify", str(bomb), code=3).stdout
    assert "path escape" in message
    explains("Leaderboards", "`eegrecon leaderboard verify bad.zip` (exit code 3)", " ".join(message.split()))


def test_what_is_not_there_is_named(command: Command, explains: Explains) -> None:
    for name, arguments in {
        "verify": ("nowhere.zip",),
        "build": ("nowhere", "--out", "site"),
        "pack": ("nowhere", *ABOUT),
        "check": ("nowhere", "--against", "elsewhere"),
    }.items():
        message = command("leaderboard", name, *arguments, code=1).stderr.strip()
        assert "nowhere" in message
        explains("Leaderboards", f"`eegrecon leaderboard {' '.join((name, *arguments[:1]))}` (exit code 1)", message)


def test_a_run_that_is_as_its_baseline_passes(command: Command, tmp_path: Path) -> None:
    command(*BENCH, "--out", "run")
    printed = command("leaderboard", "check", "run", "--against", "run/result.json", "--max-drop", "right=0.1").stdout
    assert "No evidence of a regression in 2 columns" in printed
    assert "One training" in printed


def test_a_regression_has_exit_code_three_a_summary_and_junit(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, explains: Explains
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    (tmp_path / "summary.md").write_text("of an earlier step\n")
    command(*BENCH, "--out", "good")
    command(*BENCH, "--set", "encoder.slope=-1", "--out", "bad")
    against = ("leaderboard", "check", "bad", "--against", "good")
    printed = command(*against, "--junit", "junit.xml", code=3).stdout
    assert re.search(r"^right ↑ .*REGRESSION$", printed, re.MULTILINE)
    summary = (tmp_path / "summary.md").read_text()
    assert summary.startswith("of an earlier step\n")
    assert "check: failed" in summary
    assert "| right ↑ |" in summary
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    failures = [case.get("name") for case in suite.iter("testcase") if case.find("failure") is not None]
    assert suite.get("failures") == str(len(failures))
    assert "right" in failures
    command(*against, "--max-drop", "right=1", "--max-drop", "colour=1")
    message = command(*against, "--max-drop", "rihgt=1", code=2).stderr.strip().splitlines()[-1]
    assert "did you mean 'right'" in message
    explains("Leaderboards", "`eegrecon leaderboard check RUN --max-drop rihgt=1` (exit code 2)", message)
    message = command(*against, "--max-drop", "right", code=2).stderr.strip().splitlines()[-1]
    assert "METRIC=DROP" in message
    message = command("leaderboard", "check", "bad", "--against", "other", code=1).stderr
    assert "other" in message


def test_compare_prints_paired_differences_and_says_what_differs(command: Command, tmp_path: Path) -> None:
    command(*BENCH, "--out", "good")
    command(*BENCH, "--set", "encoder.slope=-1", "--out", "bad")
    command(*BENCH, "--subjects", "1", "--out", "one")
    printed = command("compare", "good", "bad").stdout
    assert "differs from A in: encoder.slope 1.0 -> -1.0" in printed
    assert re.search(r"^    B 0\.\d+ \[.*\] +B - A -\d\.\d+¹", printed, re.MULTILINE)
    assert max(map(len, printed.splitlines())) <= 80
    printed = command("compare", "good", "one").stdout
    assert "no difference of one from good: subjects 1, not 1, 2" in printed
    assert "B - A" not in printed
    assert json.loads(command("compare", "good", "bad", "--json").stdout)["runs"] == ["good", "bad"]
    assert "two runs" in command("compare", "good", code=2).stderr
