from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from jobs import MakeJob

from eegrecon import Outcome, Score


def test_pictures_are_permuted_for_a_metric_that_reads_pixels_and_otherwise_left_as_they_are(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    received: list[bool] = []  # whether each call of the metric had pictures

    def score(self: Any, outcome: Outcome, run: Any) -> dict[str, Score]:
        assert outcome.generated is not None
        assert outcome.generated_views is not None
        pixels = outcome.generated if self.judge.gamma == 2 else outcome.generated_views["logits"][:, None, None, None]
        per_trial = np.argmax(pixels.mean(axis=(1, 2, 3)), axis=1) == outcome.truth.label
        received.append(bool(outcome.generated.any()))
        return {"same colour": Score(float(per_trial.mean()), len(per_trial), per_trial.astype(float), 1 / 3)}

    monkeypatch.setattr(toy.Colour, "score", score)
    nulls = []
    for gamma in (1, 2):
        received.clear()
        asked = {"set": (f"metric.colour.judge.gamma={gamma}",), "control": ("none",), "subjects": (1,)}
        summaries = make_job(**asked).run().rows[0].summaries
        nulls.append(next(summary.null for summary in summaries if summary.column == "same colour"))
        assert all(received[2:])  # the second call tries without pictures whether they are read
    assert nulls[0] == nulls[1] is not None  # the judge sees the colour that the pixels have
