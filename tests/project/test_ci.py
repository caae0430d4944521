"""The workflow of a board, run as shell commands in a repository of its own, and our own workflow."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from jobs import LIMIT, ROOT, TOY, TOY_OPTIONS, Command
from submissions import edited, sealed

from eegrecon.cli.main import cli

CI = ROOT / "docs" / "ci"
WORKFLOWS = [ROOT / ".github" / "workflows" / "ci.yml", CI / "leaderboard.yml", CI / "action.yml"]
OPTIONS = ("--benchmark", str(TOY / "toy.toml"), "--plugin", str(TOY / "toy.py"))


def parsed(file: Path) -> Any:
    return yaml.safe_load(file.read_text())


def commands(file: Path) -> list[str]:
    """Return every shell command of a workflow or an action, and of the scripts beside it."""
    text = parsed(file)
    jobs = text["jobs"].values() if "jobs" in text else [text["runs"]]
    return [step["run"] for job in jobs for step in job["steps"] if "run" in step]


@pytest.mark.parametrize("file", WORKFLOWS, ids=lambda file: file.name)
def test_every_command_of_eegrecon_in_a_workflow_exists_with_its_options(file: Path) -> None:
    texts = [*commands(file), *(script.read_text() for script in CI.glob("*.sh"))]
    found = re.findall(r"^\s*(?:- run: )?eegrecon ((?:[a-z]+ ){1,2})([^|\n]*)", "\n".join(texts), re.MULTILINE)
    assert found
    for words, rest in found:
        command: Any = cli
        for word in words.split():
            command = command.commands.get(word, command) if hasattr(command, "commands") else command
        known = {name for option in command.params for name in option.opts}
        assert set(re.findall(r"(?<= )--[a-z-]+", f" {rest}")) <= known, f"{words}{rest}"


def test_the_job_that_reads_a_pull_request_writes_nothing_and_executes_nothing_of_it() -> None:
    workflow = parsed(CI / "leaderboard.yml")
    assert workflow["permissions"] == {}
    verify = workflow["jobs"]["verify"]
    assert verify["permissions"] == {"contents": "read"}
    checkouts = [step for step in verify["steps"] if "checkout" in step.get("uses", "")]
    assert [step["with"].get("ref") for step in checkouts] == [None]  # of the branch that it goes to
    assert checkouts[0]["with"]["persist-credentials"] is False
    comment = workflow["jobs"]["comment"]
    assert comment["permissions"] == {"pull-requests": "write"}
    assert not any("checkout" in step.get("uses", "") for step in comment["steps"])
    for job in workflow["jobs"].values():
        for step in job["steps"]:
            assert "${{" not in step.get("run", ""), "a value of others in a shell command"


def test_no_shell_command_of_the_action_has_an_input_in_its_text() -> None:
    assert not any("${{" in command for command in commands(CI / "action.yml"))


def test_our_workflow_tests_every_supported_python_and_checks_against_the_committed_baseline() -> None:
    workflow = parsed(ROOT / ".github" / "workflows" / "ci.yml")
    assert workflow["jobs"]["tests"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]
    (check,) = (text for text in commands(WORKFLOWS[0]) if "leaderboard check" in text)
    baseline = ROOT / re.findall(r"--against (\S+)", check)[0]
    record = json.loads(baseline.read_text())
    assert (record["benchmark"], record["profile"], record["folder"]) == ("brainvis", "demo", "")
    columns = {score["metric"] for score in record["rows"][0]["scores"]}
    assert set(re.findall(r"--max-drop ([a-z-]+)=", check)) <= columns


class Repository:
    """A repository of submissions, with ``eegrecon`` on the path as an installed command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "repository"
        (self.folder / "submissions").mkdir(parents=True)
        (self.folder / "submissions" / ".gitkeep").touch()
        programs = folder / "bin"
        programs.mkdir()
        program = programs / "eegrecon"
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m eegrecon "$@"\n')
        program.chmod(0o755)
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "EEGRECON_HOME": str(folder / "verifier"),
            "GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org",
            "GIT_COMMITTER_NAME": "a", "GIT_COMMITTER_EMAIL": "a@example.org",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }  # fmt: skip
        self("git", "init", "--quiet", "--initial-branch", "main")
        self.commit("start")

    def __call__(self, *words: str, code: int = 0) -> str:
        done = subprocess.run(
            words, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=LIMIT, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def commit(self, message: str) -> None:
        self("git", "add", "--all")
        self("git", "commit", "--quiet", "--message", message)

    def pull_request(self, name: str) -> None:
        self("git", "checkout", "--quiet", "-b", name, "main")

    def verified(self, candidate: str, code: int = 0) -> str:
        """Run the verification of a pull request from the branch that it goes to; return the comment."""
        self("git", "checkout", "--quiet", "main")
        comment = self.folder.parent / "comment.md"
        self(str(CI / "verify.sh"), "main", candidate, str(comment), *OPTIONS, code=code)
        assert self("git", "status", "--porcelain") == ""
        return comment.read_text()


@pytest.mark.timeout(600)
def test_the_steps_of_the_workflow_lead_from_a_run_to_the_site(tmp_path: Path, command: Command) -> None:
    command("bench", *TOY_OPTIONS, "--control", "shuffle", "--audit", "none", "--quiet", "--out", "run")
    about = ("--name", "Mine @all", "--calibration", "none", "--extra-data", "none")
    command("leaderboard", "pack", "run", *about, "--out", "mine.zip")
    board = Repository(tmp_path)

    board.pull_request("honest")
    shutil.copy(tmp_path / "mine.zip", board.folder / "submissions")
    board.commit("my method")
    comment = board.verified("honest")
    assert "### `Mine @all`: **re-scored**" in comment
    assert "does not prove that EEG made them" in comment

    board.pull_request("dishonest")
    target = board.folder / "submissions" / "dishonest"
    with zipfile.ZipFile(tmp_path / "mine.zip") as archive:
        archive.extractall(target)

    def better(value: dict[str, Any]) -> None:
        for score in value["rows"][0]["scores"]:
            score["value"] = 1.5

    edited(target / "result.json", better)
    sealed(target, name="`code` | @all")
    (board.folder / "submissions" / "link").symlink_to("/etc")
    board.commit("a better one")
    comment = board.verified("dishonest", code=3)
    assert "### `'code' ¦ @all`: **failed**" in comment
    assert "`link: " in comment
    assert "@" not in re.sub("`[^`]*`", "", comment)  # nobody is mentioned

    board.pull_request("intruder")
    (board.folder / "records").mkdir()
    (board.folder / "records" / "forged.json").write_text("{}")
    shutil.copy(tmp_path / "mine.zip", board.folder / "submissions")
    board.commit("with a record of my own")
    assert "changes nothing outside" in board.verified("intruder", code=3)

    board("git", "merge", "--quiet", "honest")
    board(str(CI / "build.sh"), "site", *OPTIONS)
    (shown,) = json.loads((board.folder / "site" / "leaderboard.json").read_text())["boards"]
    assert [(entry["name"], entry["state"]) for entry in shown["entries"]] == [("Mine @all", "re-scored")]
    (record,) = (board.folder / "records").iterdir()
    written = record.stat().st_mtime_ns
    board(str(CI / "build.sh"), "site", *OPTIONS)
    assert record.stat().st_mtime_ns == written  # it was not verified again
