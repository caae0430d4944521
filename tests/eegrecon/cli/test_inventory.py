from __future__ import annotations

from jobs import TOY_OPTIONS, Command


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
