"""A real recording through the command line, as own data and as EEG that knows nothing of an experiment's pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from jobs import Command
from real_recording import RECORDING, needs_recording, own_data

from eegrecon import load

pytestmark = needs_recording
BENCHMARK = """
name = "own"
version = "1"
threads = 1

[dataset]
use = "mne-epochs"
protocol = "late-trials"
window = [-0.1, 0.5]

[encoder]
use = "linear-reader"

[metric.accuracy]

[[baseline]]
label = "riemann"
set = { "encoder" = "riemann" }

[[baseline]]
label = "chance"
set = { "encoder" = "chance" }

[profile.lines]
"""


def test_own_data_are_checked_benchmarked_and_audited(command: Command, tmp_path: Path) -> None:
    own_data(tmp_path / "data")
    checked = command("data", "check", "data").stdout
    assert "32 channels at 128 Hz" in checked
    assert "154 trials, 154 of events in stimuli.csv" in checked
    Path("own.toml").write_text(BENCHMARK)
    audits = "trial-overlap,block-design,drift"
    options = ("--data", "data", "--control", "shuffle", "--audit", audits, "--out", "run", "--quiet")
    command("bench", "own.toml", *options)
    result = load(Path("run"))
    top = {row.label: one for row in result.rows for one in row.summaries if one.column == "top-1"}
    assert result.rows[0].scores[0].n == 31
    for label in (result.rows[0].label, "riemann"):
        assert top[label].p_null is not None
        assert top[label].p_null < 0.025  # a visual and a motor response differ
        assert top[label].value > 0.7
    assert top["chance"].value == pytest.approx(16 / 31)  # the more frequent class
    shuffled = next(row.label for row in result.rows if row.control == "shuffle")
    assert 0.2 < top[shuffled].value < 0.8
    verdicts = {audit.name: audit.verdict for audit in result.audits}
    assert verdicts["trial-overlap"] == "PASS"
    assert verdicts["block-design"] == "PASS"  # both events occur from beginning to end
    drift = next(audit for audit in result.audits if audit.name == "drift")
    assert "the EEG drifts" in drift.evidence  # as every long recording does
    assert drift.verdict == "PASS"


@pytest.mark.parametrize(("design", "leaks"), [("block", True), ("random", False)])
def test_a_real_brain_that_saw_nothing_leaks_through_a_block_design_alone(
    command: Command, design: str, leaks: bool
) -> None:
    size = ("recording.subjects=1", "recording.pictures_per_class=10", f"recording.design={design}")
    command("data", "simulate", "files", "--format", "mne-epochs", *(word for one in size for word in ("--set", one)))
    printed = command("data", "check", "files", "--null", "--rest", str(RECORDING), code=3 if leaks else 0).stdout
    found = next(line for line in printed.splitlines() if "a recording of rest" in line)
    assert found.startswith("LEAK") == leaks, found
