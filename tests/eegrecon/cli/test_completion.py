from __future__ import annotations

import os
import subprocess
import sys

import pytest
from click.shell_completion import BashComplete
from jobs import LIMIT

from eegrecon.cli.main import cli


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("bench bra", "brainvis"),
        ("bench brainvis --profile demo-", "demo-metrics"),
        ("bench brainvis --table ", "4"),
        ("bench brainvis --ablate time+fre", "time+freq"),
        ("bench brainvis --control shuffle,pred", "shuffle,predicted-label"),
        ("bench brainvis --audit dri", "drift"),
        ("show b", "brainvis"),
        ("li", "list"),
    ],
)
def test_names_are_completed(words: str, expected: str) -> None:
    *arguments, incomplete = words.split(" ")
    completions = BashComplete(cli, {}, "eegrecon", "_EEGRECON_COMPLETE").get_completions(arguments, incomplete)
    assert expected in [completion.value for completion in completions]


def test_the_shell_is_answered_by_the_entry_point() -> None:
    words = {"_EEGRECON_COMPLETE": "bash_complete", "COMP_WORDS": "eegrecon bench bra", "COMP_CWORD": "2"}
    code = "import sys; sys.argv = ['eegrecon']; from eegrecon.cli.main import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env={**os.environ, **words}, timeout=LIMIT
    )
    assert "brainvis" in [line.partition(",")[2] for line in done.stdout.splitlines()], done.stderr
