"""A zero-shot data set from its files to the table: written, checked, converted once, read by a contrastive encoder."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from jobs import LIMIT, Command, CommandLine

from eegrecon import UNSEEN_CLASSES, load

pytestmark = pytest.mark.timeout(2 * LIMIT)

METHOD = (
    "--set", "encoder=nice", "--set", "encoder.epochs=1", "--set", "aligner=ridge", "--set", "generator=retrieval",
    "--set", "metric.identification.truth=judge", "--set", "dataset.validation=0.1",
    "--audit", "linear-baseline,explained,block-design,trial-overlap,sample-size",
    "--control", "shuffle,predicted-label", "--subjects", "1", "--out", "run",
)  # fmt: skip


def test_things_eeg2_runs_from_its_files_to_the_table(things_files: str, command: Command, tmp_path: Path) -> None:
    own = CommandLine(tmp_path)
    asked = command("data", "check", things_files, code=3).stdout
    assert asked.count("--trust-pickle") == 4
    checked = command("data", "check", things_files, "--trust-pickle").stdout
    for fact in ("144 pictures with 4 repeats of 63 channels", "24 pictures with 20 repeats", "0 to 0.996 s"):
        assert fact in checked
    refused = command("bench", "brainvis", "--data", things_files, *METHOD, code=1).stderr
    assert "preprocessed_eeg_training.npy is a pickle" in refused
    assert "--trust-pickle" in refused
    command("bench", "brainvis", "--data", things_files, "--trust-pickle", *METHOD)
    result = load(tmp_path / "run")
    full, *_, predicted = result.rows
    columns = {score.column for score in full.scores}
    assert {"retrieval top-1", "retrieval top-5", "median rank"} <= columns
    assert "top-1" not in columns
    assert all(np.isfinite(score.value) for row in result.rows for score in row.scores)
    assert any("none of 24 test classes occurs in training" in note for note in result.notes)
    assert any("models are selected on 7 training concepts" in note for note in result.notes)
    assert predicted.control == "predicted-label"
    assert UNSEEN_CLASSES in {*predicted.blank.values()}
    audits = {record.name: record for record in result.audits}
    assert audits["linear-baseline"].evidence == audits["explained"].evidence == UNSEEN_CLASSES
    assert not any(record.verdict == "FAIL" for record in result.audits)
    on_worker = ("bench", "brainvis", "--data", things_files, *METHOD[:-1], "by-worker", "--workers", "1", "--json")
    elsewhere = json.loads(own(*on_worker).stdout)  # converted data need no permission there either
    assert all(stage["hit"] for stage in elsewhere["stages"].values())
    without_permission = command("bench", "brainvis", "--data", things_files, *METHOD, "--json").stdout
    assert all(stage["hit"] for stage in json.loads(without_permission)["stages"].values())


def test_a_worker_reads_pickles_with_the_permission_of_the_run(things_files: str, eegrecon: CommandLine) -> None:
    method = ("--set", "encoder=evoked-lda", "--set", "aligner=ridge", "--set", "generator=none")
    quick = ("--audit", "none", "--control", "none", "--subjects", "1", "--workers", "1", "--out", "run")
    eegrecon("bench", "brainvis", "--data", things_files, *method, *quick, "--trust-pickle")
    assert not any(row.failed or row.refused for row in load(eegrecon.folder / "run").rows)


def test_ubps_form_of_the_same_recording_has_the_same_pictures(command: Command, tmp_path: Path) -> None:
    one = ("--set", "recording.subjects=1", "--set", "recording.pictures_per_class=10")
    command("data", "simulate", "files", "--format", "things-eeg2-ubp", *one)
    checked = command("data", "check", "files", "--trust-pickle").stdout
    assert "EEG of the form pt" in checked
    assert (
        "sub-01/train.pt: 144 pictures with 4 repeats of 63 channels and 250 samples, 0 to 0.996 s, float16" in checked
    )
    assert "MISSING" not in checked
    assert len(list(Path(tmp_path, "files", "test_images").glob("*/*.jpg"))) == 24
