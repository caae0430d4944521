"""A run with every metric on files, packed by its author and re-scored by somebody with the same files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jobs import Command

RESCORED = {
    "accuracy.top-1", "accuracy.macro F1", "identification.identification", "inception-score.IS", "fid.FID", "kid.KID",
    "ssim.SSIM", "pixel-correlation.pixel correlation", "two-way.two-way", "clip-similarity.CLIP similarity",
    "structure.class error",
}  # fmt: skip


def test_every_score_of_pictures_and_predictions_is_computed_again(
    files_run: Path, simulated: Path, store: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EEGRECON_HOME", str(files_run / "store"))  # of the author
    about = ("--name", "mine", "--calibration", "none", "--extra-data", "none", "--out", "mine.zip")
    command("leaderboard", "pack", str(files_run / "run"), *about)
    monkeypatch.setenv("EEGRECON_HOME", str(store))
    without = json.loads(command("leaderboard", "verify", "mine.zip", "--json").stdout)
    assert without["state"] == "consistent"  # its verifier has not named the files
    found = json.loads(command("leaderboard", "verify", "mine.zip", "--data", str(simulated), "--json").stdout)
    assert found["state"] == "re-scored"
    states = {check["name"]: check["state"] for check in found["checks"]}
    assert {name for name in RESCORED if states[f"score: {name} of Full"] == "ok"} == RESCORED
    assert states["score: token-retrieval.median rank of Full"] == "not checked"
    label = next(row["label"] for row in found["rows"] if "frequency" in row["label"])
    assert states[f"score: fid.FID of {label}"] == "ok"
