"""What ends a command: its exit codes and messages."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest
from explanations import Explains
from jobs import LIMIT, TOY, TOY_OPTIONS, Command

BENCH = ("bench", *TOY_OPTIONS)


@pytest.mark.parametrize(
    ("arguments", "code", "facts"),
    [
        (("bench", "brainviz"), 2, ("'brainviz'", "'brainvis'", ": brainvis")),
        (("bench", "none.toml"), 1, ("none.toml",)),
        ((*BENCH, "--ablate", "powr"), 2, ("'powr'", "--ablate", "'power'")),
        ((*BENCH, "--control", "shufle"), 2, ("'shufle'", "--control", "'shuffle'")),
        ((*BENCH, "--audit", "detreminism"), 2, ("'detreminism'", "--audit", "'determinism'")),
        (("audit", "nowhere"), 1, ("nowhere",)),
        ((*BENCH, "--subjects", "one"), 2, ("'one'", "--subjects", "all")),
        ((*BENCH, "--data", "nowhere"), 1, ("nowhere", "--data")),
        ((*BENCH, "--recompute", "alignr"), 2, ("'alignr'", "--recompute", "'aligner'")),
        ((*BENCH, "--protocol", "random"), 2, ("'random'", "dataset.toy", "within-image")),
        ((*BENCH, "--sweep", "slope"), 2, ("--sweep slope", "encoder, aligner, generator")),
        (("list", "encodrs"), 2, ("'encodrs'", "'encoders'")),
        (("show", "brainvi"), 2, ("'brainvi'", "'brainvis'")),
        (("data", "simulate", "x", "--format", "eegcvpr"), 2, ("'eegcvpr'", "--format", "'eegcvpr40'")),
    ],
)
def test_a_mistake_ends_with_a_message_and_its_exit_code(
    arguments: tuple[str, ...], code: int, facts: tuple[str, ...], command: Command, explains: Explains
) -> None:
    message = command(*arguments, code=code).stderr.strip().splitlines()[-1]
    assert [fact for fact in facts if fact not in message] == []
    typed = " ".join(word for word in arguments if str(TOY) not in word and word != "--plugin")
    explains("Usage", f"`eegrecon {typed}` (exit code {code})", message)


@pytest.mark.parametrize("option", ["--data", "--control", "--ablate"])
def test_an_empty_value_is_refused(option: str, command: Command) -> None:
    assert option in command(*BENCH, option, "", code=2).stderr


@pytest.mark.parametrize(("value", "coloured"), [("", True), ("1", False)])
def test_an_error_is_coloured_on_a_terminal_unless_no_color_is_set(value: str, coloured: bool) -> None:
    terminal, end = pty.openpty()
    environment = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, **({"NO_COLOR": value} if value else {})}
    arguments = [sys.executable, "-m", "eegrecon", "show", "nothing"]
    subprocess.run(arguments, stderr=end, env=environment, timeout=LIMIT)
    os.close(end)  # so that reading does not wait where nothing was printed
    message = os.read(terminal, 4096).decode()
    os.close(terminal)
    assert "'nothing'" in message
    assert ("\x1b[" in message) == coloured
