"""What ends a command: its exit codes and messages."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from explanations import Explains
from jobs import LIMIT, TOY, TOY_OPTIONS, Command, CommandLine

BENCH = ("bench", *TOY_OPTIONS)


@pytest.mark.parametrize(
    ("arguments", "code", "facts"),
    [
        (("bench", "brainviz"), 2, ("'brainviz'", "'brainvis'", "atm, brainvis, dreamdiffusion, ")),
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


@pytest.mark.parametrize(
    "arguments",
    [
        ("--help",),
        ("data", "--help"),
        ("list",),
        (*BENCH, "--dry-run"),
        (*BENCH, "--dry-run", "--seeds", "30", "--json"),
    ],
)
def test_a_reader_of_the_output_that_leaves_is_no_failure(arguments: tuple[str, ...], eegrecon: CommandLine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "eegrecon", *arguments]
    done = subprocess.run(
        command, stdout=writing, stderr=subprocess.PIPE, cwd=eegrecon.folder, env=eegrecon.environment, timeout=LIMIT
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_run_goes_on_where_nobody_reads_its_progress(eegrecon: CommandLine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "eegrecon", *BENCH, "--audit", "none", "--out", "run"]
    done = subprocess.run(
        command, stdout=writing, stderr=writing, cwd=eegrecon.folder, env=eegrecon.environment, timeout=LIMIT
    )
    os.close(writing)
    assert done.returncode == 0
    assert (eegrecon.folder / "run" / "result.json").is_file()


def test_a_table_is_printed_where_the_locale_lacks_its_characters(eegrecon: CommandLine) -> None:
    environment = {**eegrecon.environment, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "eegrecon", *BENCH, "--audit", "none", "--quiet"]
    done = subprocess.run(command, capture_output=True, cwd=eegrecon.folder, env=environment, timeout=LIMIT)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"EEG shuffled" in done.stdout.decode("ascii").encode()


ESCAPE = "\x1b]0;title\x07\x1b[2J[/red]\x9b31m\u202e"  # title of a window, clear screen, colour


def test_no_text_of_a_file_commands_the_terminal(command: Command, tmp_path: Path) -> None:
    text, options = json.dumps(ESCAPE), BENCH[2:]
    toy = (TOY / "toy.toml").read_text(encoding="utf-8")
    for part in ("Three colours", "made for the tests", "Toy, published"):
        toy = toy.replace(part, part + text[1:-1])
    written = tmp_path / "evil.toml"
    written.write_text(
        toy.replace("[metric.right]", f"[metric.right]\n[metric.{text}]\nuse = 'right'"), encoding="utf-8"
    )
    result = tmp_path / "run" / "result.json"
    printed = [
        command("bench", str(written), *options, "--audit", "none", "--out", str(result.parent)),
        command("bench", str(written), *options, "--dry-run"),
        command("bench", str(written), *options, "--dry-run", "--json"),
        command("show", str(written), *options),
        command("bench", "brain" + ESCAPE, code=2),
        command("bench", "brainvis", "--precision", ESCAPE, code=2),
        command("data", "check", str(tmp_path / ESCAPE), code=1),
    ]
    record = json.loads(result.read_text(encoding="utf-8"))
    result.write_text(json.dumps({**record, ESCAPE: 1}), encoding="utf-8")
    printed.append(command("audit", str(result.parent), code=1))
    for each in printed:
        assert not set(each.stdout + each.stderr) & set("\x1b\x07\x9b\u202e")
    assert sum("2J" in each.stdout + each.stderr for each in printed) >= 6  # a plan names neither title nor notes
