from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from explanations import Explains
from jobs import TOY, TOY_OPTIONS, Command

import eegrecon
from eegrecon import UsageError

BENCH = ("bench", *TOY_OPTIONS)
AUDIT = ("audit", "run", *TOY_OPTIONS[1:])


def test_a_failed_audit_has_an_exit_code_of_its_own(command: Command) -> None:
    printed = command(*BENCH, "--out", "run", "--wide", code=3)
    assert "‡ audit picture-overlap: FAIL" in printed.stdout  # the toy has three pictures
    assert "picture-overlap" in command(*AUDIT, code=3).stdout
    verdicts = {audit["name"]: audit["verdict"] for audit in json.loads(command(*AUDIT, "--json", code=3).stdout)}
    assert verdicts["picture-overlap"] == "FAIL"


def test_passed_audits_end_with_exit_code_zero(command: Command) -> None:
    command(*BENCH, "--audit", "trial-overlap", "--out", "run")
    assert "PASS" in command(*AUDIT).stdout


def test_a_run_without_audits_is_audited_by_all_or_by_those_asked_for(command: Command) -> None:
    command(*BENCH, "--audit", "none", "--out", "run")
    assert "trial-overlap" in command(*AUDIT, "--audit", "trial-overlap").stdout
    printed = command(*AUDIT, code=3).stdout
    assert [name for name in ("trial-overlap", "picture-overlap", "drift", "copies") if name not in printed] == []


def test_no_audit_is_refused_instead_of_an_empty_table(command: Command, explains: Explains) -> None:
    command(*BENCH, "--audit", "none", "--out", "run")
    message = command(*AUDIT, "--audit", "none", code=2).stderr.strip()
    assert "--audit" in message
    explains("Usage", "`eegrecon audit RUN --audit none` (exit code 2)", message)


def test_a_plugin_that_only_the_result_names_is_not_executed(
    command: Command, tmp_path: Path, explains: Explains
) -> None:
    """The file lies in the folder of the run, as that of someone else's would."""
    command(*BENCH, "--audit", "trial-overlap", "--out", "run")
    plugin = tmp_path / "run" / "helper.py"
    plugin.write_text("from pathlib import Path\nPath('executed').touch()")
    file = tmp_path / "run" / "result.json"
    record = json.loads(file.read_text())
    record["request"]["plugins"] = [*record["request"]["plugins"], "run/helper.py"]
    file.write_text(json.dumps(record))
    for arguments in (("audit", "run"), AUDIT):
        message = command(*arguments, code=2).stderr.strip()
        assert "--plugin run/helper.py" in message
    with pytest.raises(UsageError, match="helper.py"):
        eegrecon.audit(tmp_path / "run", plugins=[TOY / "toy.py"], quiet=True)
    assert not (tmp_path / "executed").exists()
    command(*AUDIT, "--plugin", "run/helper.py")
    assert (tmp_path / "executed").exists()
    explains("Usage", "`eegrecon audit RUN` of a run that used a plugin file (exit code 2)", message)


def test_an_audit_is_one_line_of_80_characters_and_wide_has_its_evidence(command: Command) -> None:
    evidence = json.loads(command(*BENCH, "--out", "run", "--json", code=3).stdout)["audits"]
    printed = command(*AUDIT, code=3).stdout
    assert max(map(len, printed.splitlines())) <= 80
    assert all(sum(audit["name"] in line.split() for line in printed.splitlines()) == 1 for audit in evidence)
    in_full = "".join(command(*AUDIT, "--wide", code=3).stdout.split())
    assert "".join(evidence[0]["evidence"].split())[:40] in in_full


def test_the_command_that_bench_proposes_runs(command: Command) -> None:
    printed = command(*BENCH, "--audit", "determinism", "--out", "run").stdout
    proposed = printed[printed.index("  eegrecon audit") :].replace("\\\n", "")
    assert "PASS" in command(*shlex.split(proposed)[1:]).stdout
