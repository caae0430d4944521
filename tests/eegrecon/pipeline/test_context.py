"""What components receive is their own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from jobs import MakeJob

from eegrecon import Conditions, Features, Fitted, Signals, Targets, Training


def ruined(*received: Any) -> None:
    """Take every array that a component received as a tensor, and overwrite it."""
    for value in received:
        if isinstance(value, np.ndarray):
            torch.from_numpy(value).zero_()  # warns where the array is write-protected
        elif isinstance(value, dict):
            ruined(*value.values())
        elif isinstance(value, Signals):
            others = [array for name, array in vars(value).items() if name != "eeg"]
            ruined(value.eeg[:5], value.eeg[2], value.eeg[np.arange(3)], np.asarray(value.eeg), *others)
        elif isinstance(value, Training):
            ruined(value.train, value.val, value.pictures[0])
        elif isinstance(value, Fitted | Features | Targets | Conditions):
            ruined(*vars(value).values())


def test_what_a_component_writes_into_its_inputs_changes_no_score_and_torch_takes_them_quietly(
    make_job: MakeJob, toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scores(**options: Any) -> list[float]:
        return [score.value for row in make_job(**options).run().rows for score in row.scores]

    control = ("shuffle", "oracle", "nearest-picture")
    undisturbed = scores(control=control)
    for name, method in (
        ("MeanEncoder", "fit"), ("MeanEncoder", "encode"), ("Branch", "fit"), ("Straight", "align"),
        ("Fill", "generate"), ("Eye", "look"),
    ):  # fmt: skip
        component = getattr(toy, name)
        original = getattr(component, method)

        def ruining(self: Any, *received: Any, original: Any = original) -> Any:
            returned = original(self, *received)
            ruined(*received)
            return returned

        monkeypatch.setattr(component, method, ruining)
    monkeypatch.setenv("EEGRECON_HOME", str(tmp_path / "another store"))
    assert scores(control=control) == undisturbed
