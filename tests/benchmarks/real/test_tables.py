"""The script and its tables on made-up trials: a recording that drifts and knows nothing of its classes."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from jobs import ROOT
from published import DEFAULT_SPLIT, RESAMPLED
from rest import DESIGNS, RESTING, write_rest
from tables import accuracies, audits, designs, notes, protocols

from eegrecon import Result
from eegrecon.interfaces.records import Summary

PROBLEM = "Blink"
SCRIPT = ROOT / "benchmarks" / "real" / "measure.py"
N, CHANNELS, SAMPLES, EACH = 800, 4, 32, 50  # trials of a recording


@pytest.fixture(scope="module")
def script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("real_script", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def drifting(write: Any) -> Path:
    """Folder of a problem whose potential drifts: four recordings of a class, four of the other, and again for test."""
    rng = np.random.default_rng(7)
    label = np.arange(N) // (4 * EACH) % 2
    walk = rng.standard_normal((N, CHANNELS)).cumsum(axis=0)
    eeg = rng.standard_normal((N, CHANNELS, SAMPLES)) + walk[:, :, None]
    folder: Path = write(eeg, label, np.arange(N) >= N // 2, PROBLEM)
    still = rng.standard_normal((100, 14, 128))
    write(still, np.arange(100) % 2, np.arange(100) >= 50, RESTING)
    return folder.parent


def test_mixing_the_trials_of_a_recording_is_seen_with_and_without_its_brain(
    script: ModuleType, drifting: Path, store: Path, tmp_path: Path
) -> None:
    published = script.linear_reader(tmp_path / "runs", drifting, PROBLEM, "published")
    mixed = [script.linear_reader(tmp_path / "runs", drifting, PROBLEM, "mixed", draw) for draw in (0, 1)]
    assert top(published).value < 0.65
    assert all(top(result).value > 0.7 for result in mixed)
    assert verdict(published, "drift") == "PASS"
    assert all(verdict(result, "drift") == "FAIL" for result in mixed)
    assert all(top(result).marks for result in mixed)
    nulls = {
        protocol: {PROBLEM: script.without_brain(tmp_path / "runs", drifting, PROBLEM, protocol)}
        for protocol in ("published", "mixed")
    }
    lines = {"published": {PROBLEM: published}, "distinct": {PROBLEM: published}, "mixed": {PROBLEM: mixed[0]}}
    table = protocols(lines, {PROBLEM: mixed}, nulls)
    rows = [line.strip("| ").split(" | ") for line in table.splitlines() if line.startswith("| ")]
    cells = {row[0]: row[1] for row in rows[1:]}
    assert cells["linear reader, archive's split"] == cells["linear reader, the same without copies"]
    values = [top(result).value for result in mixed]
    assert cells["linear reader, mixed split"] == f"{np.mean(values):.3f} ({values[0]:.3f}, {values[1]:.3f})"
    assert cells["audit `drift`, archive's split"] == "PASS"
    assert cells["audit `drift`, mixed split"] == "FAIL"
    assert cells["EEG without a brain, archive's split"].startswith("noise ")
    assert "; rest " in cells["EEG without a brain, archive's split"]
    assert "leaks" not in cells["EEG without a brain, archive's split"]
    assert "leaks" in cells["EEG without a brain, mixed split"]
    assert cells[f"published: {RESAMPLED.label}, resampled"] == "1.000"
    assert RESAMPLED.source in table


def top(result: Result) -> Summary:
    return next(summary for summary in result.rows[0].summaries if summary.column == "top-1")


def verdict(result: Result, name: str) -> str:
    return next(audit.verdict for audit in result.audits if audit.name == name)


def test_the_tables_show_every_row_beside_what_others_report(
    script: ModuleType, drifting: Path, store: Path, tmp_path: Path
) -> None:
    result = script.linear_reader(tmp_path / "runs", drifting, PROBLEM, "published")
    table = accuracies({PROBLEM: result})
    lines = table.splitlines()
    assert f"| test trials | {N // 2} |" in lines
    assert "| chance: one of the classes | 0.500 |" in lines
    assert any(line.startswith(f"| {result.rows[0].label} | {top(result).value:.3f}") for line in lines)
    assert any(line.startswith("| *BrainVis, EEG shuffled across test trials* |") for line in lines)
    for number, one in enumerate(DEFAULT_SPLIT, 1):
        shown = f"{one.accuracy[PROBLEM]:.3f}" if PROBLEM in one.accuracy else ""
        assert f"| published: {one.label} ({number}) | {shown} |" in lines
        assert f"{number}. {one.source}" in lines
    assert all(note in notes({PROBLEM: result}) for note in result.notes)
    evidence = next(audit.evidence for audit in result.audits if audit.name == "drift")
    assert evidence in audits({PROBLEM: result})


def test_a_finished_part_is_not_computed_again(
    script: ModuleType, drifting: Path, store: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = script.linear_reader(tmp_path / "runs", drifting, PROBLEM, "published")
    monkeypatch.setattr(script, "bench", lambda *_, **__: pytest.fail("computed again"))
    assert script.linear_reader(tmp_path / "runs", drifting, PROBLEM, "published") == first


def test_every_published_accuracy_has_a_source_and_is_a_share() -> None:
    for one in (*DEFAULT_SPLIT, RESAMPLED):
        assert one.source
        assert all(0 < value <= 1 for value in one.accuracy.values())


def test_the_benchmark_file_has_a_profile_for_every_problem_and_a_row_for_every_baseline() -> None:
    from archive import PROBLEMS

    from eegrecon.benchmark.definition import load_definition
    from eegrecon.registry.discovery import find

    catalog = find()
    definition = load_definition(catalog, str(SCRIPT.with_name("real.toml")))
    assert set(definition.profiles) == set(PROBLEMS)
    encoders = {value for row in definition.baselines for path, value in row.settings if path == "encoder"}
    plugins = {name: catalog.components[f"encoder.{name}"][0].plugin for name in catalog.names("encoder")}
    own = {name for name, plugin in plugins.items() if plugin == "eegrecon_baselines"}
    assert own - encoders == {"braindecode"}  # which not every environment has


def test_the_seconds_of_rest_are_one_recording_in_their_order(write: Any, tmp_path: Path) -> None:
    import mne
    from archive import read_ts

    eeg = np.random.default_rng(5).standard_normal((20, 14, SAMPLES))
    folder = write(eeg, np.arange(20) % 2, np.arange(20) >= 12, RESTING)
    write_rest(tmp_path, tmp_path / "rest_raw.fif")
    data = mne.io.read_raw(tmp_path / "rest_raw.fif", verbose="error").get_data() * 1e6
    assert data.shape == (14, 20 * SAMPLES)
    first, last = (read_ts(folder / f"{RESTING}_{share}.ts").eeg for share in ("TRAIN", "TEST"))
    np.testing.assert_allclose(data[:, :SAMPLES], first[0], rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(data[:, -SAMPLES:], last[-1], rtol=1e-4, atol=1e-4)


def test_a_line_of_each_kind_of_eeg_without_a_brain_is_read() -> None:
    printed = "ok       files is a data set of the format mne-epochs"
    where = "EEG without a brain, subject 1"
    by = "read by straight lines: the class of"
    noise = f"ok       {where}: noise with the spectrum, {by} 0.081 of 24 test trials named, by permuted trials 0.083"
    rest = f"LEAK     the design leaks: {where}: a recording of rest cut in the order of presentation, {by} 0.900 of 24"
    lines = (
        printed,
        f"{noise} (p = 0.5, 5 draws): no leak",
        f"{rest} test trials named, by permuted 0.1 (p = 0.001, 5)",
    )
    cells = designs(dict.fromkeys(DESIGNS, "\n".join(lines))).splitlines()[2]
    assert cells == f"| {next(iter(DESIGNS))} | noise 0.081 (p = 0.5); rest 0.900, leaks (p = 0.001) |"
