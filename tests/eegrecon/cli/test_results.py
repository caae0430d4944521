from __future__ import annotations

import json

from jobs import TOY_OPTIONS, Command

BENCH = ("bench", *TOY_OPTIONS)


def test_a_failed_audit_has_an_exit_code_of_its_own(command: Command) -> None:
    assert "‡ audit picture-overlap: FAIL" in command(*BENCH, "--out", "run").stdout  # the toy has three pictures
    assert "picture-overlap" in command("audit", "run", code=3).stdout
    verdicts = {
        audit["name"]: audit["verdict"] for audit in json.loads(command("audit", "run", "--json", code=3).stdout)
    }
    assert verdicts["picture-overlap"] == "FAIL"


def test_passed_audits_end_with_exit_code_zero(command: Command) -> None:
    command(*BENCH, "--audit", "trial-overlap", "--out", "run")
    assert "PASS" in command("audit", "run").stdout
