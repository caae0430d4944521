from __future__ import annotations

import subprocess
import sys

from jobs import LIMIT, TOY_OPTIONS, Command


def test_list_and_show_describe_what_is_installed(command: Command) -> None:
    assert "brainvis" in command("list", "benchmarks").stdout
    assert "test-touches" in command("list", "audits").stdout
    assert "audit test-touches" in command("show", "test-touches").stdout
    assert "encoder.freq" in command("list", "parts", "brainvis").stdout
    shown = command("show", "brainvis").stdout
    for text in (
        "arXiv:2312.14871", "encoder: ", "aligner.coarse                  coarse target", "demo-metrics: sets",
        "published w/o freq [", "eegrecon bench brainvis --ablate all", "top-1 0.4766", "part: frequency branch",
    ):  # fmt: skip
        assert text in shown, text


def test_a_benchmark_file_and_a_plugin_file_are_listed_and_shown(command: Command) -> None:
    file, *plugin = TOY_OPTIONS
    assert "encoder.slope" in command("list", "parts", file, *plugin).stdout
    assert "mean" in command("list", "encoders", *plugin).stdout
    assert "part: slope" in command("show", "encoder.mean", *plugin).stdout


def test_doctor_without_torch_says_so_and_goes_on() -> None:
    code = """
import sys
sys.modules["torch"] = None  # as if it were not installed
sys.argv = ["eegrecon", "doctor"]
from eegrecon.cli.main import main
main()
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT)
    assert done.returncode == 3, done.stderr
    assert any(line.startswith("PROBLEM") and "torch" in line for line in done.stdout.splitlines())
    assert "store" in done.stdout
    assert done.stderr == ""
