"""The numbers of the table against the per-trial scores that a run writes beside it."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import f1_score

from eegrecon import Outcome, Score, statistics
from jobs import MakeJob
from eegrecon.results import Result, Summary
from eegrecon.statistics import Sample



def column(result: Result, row: str, name: str) -> Summary:
    (line,) = [line for line in result.rows if row in line.label]
    return next(one for one in line.summaries if one.column == name)


def trials(folder: Path, row: str) -> list[dict[str, str]]:
    with (folder / "trials.csv").open() as file:
        return [line for line in csv.DictReader(file) if row in line["row"]]


def test_a_difference_is_paired_by_trial_and_resampled_by_picture(make_job: MakeJob, tmp_path: Path) -> None:
    result = make_job(control=("shuffle",)).run()
    full, shuffled = (trials(tmp_path / "run", row) for row in ("Full", "control"))
    assert [line["trial"] for line in full] == [line["trial"] for line in shuffled]
    by_hand = Sample(
        np.asarray([float(s["right.right"]) - float(f["right.right"]) for f, s in zip(full, shuffled, strict=True)]),
        np.unique([line["label"] for line in full], return_inverse=True)[1],  # the toy has one picture per class
        np.asarray([int(line["subject"]) for line in full]),
    )
    found = column(result, "control", "right")
    expected = statistics.over_pictures(by_hand)
    assert expected is not None
    assert found.difference == pytest.approx(by_hand.mean())
    assert np.allclose(
        found.difference_interval or (), (expected.low, expected.high), atol=0.15
    )  # pictures in another order
    assert found.p is not None
    assert found.p_corrected is not None
    assert found.p_corrected >= found.p
    assert column(result, "Full", "right").p is None


def test_a_score_of_a_set_has_the_jackknife_of_its_scores_without_groups_of_pictures(
    make_job: MakeJob, tmp_path: Path
) -> None:
    result = make_job(set=("metric.more.use=accuracy",), control=("shuffle",), subjects=(1,)).run()
    lines = trials(tmp_path / "run", "control")
    truth, guess = (np.asarray([line[name] for line in lines]) for name in ("label", "predicted"))
    picture = truth  # the toy has one picture per class
    without = np.asarray(
        [f1_score(truth[picture != one], guess[picture != one], average="macro") for one in np.unique(picture)]
    )
    found = column(result, "control", "macro F1")
    assert found.value == pytest.approx(f1_score(truth, guess, average="macro"))
    expected = statistics.jackknife(found.value, without)
    assert expected is not None
    assert found.interval == pytest.approx((expected.low, expected.high))


def test_the_spread_over_seeds_stands_apart(make_job: MakeJob) -> None:
    once = column(make_job().run(), "Full", "right")
    thrice = column(make_job(seeds=3).run(), "Full", "right")
    assert once.seed_spread is None
    assert thrice.seed_spread is not None


def test_the_null_is_the_score_of_labels_dealt_anew(make_job: MakeJob, tmp_path: Path) -> None:
    result = make_job(control=("shuffle",), subjects=(1,)).run()
    lines = trials(tmp_path / "run", "Full")
    truth, guess = (np.asarray([line[name] for line in lines]) for name in ("label", "predicted"))
    dealt = np.asarray([np.mean(guess[order] == truth) for order in statistics.deals(len(truth))])
    found = column(result, "Full", "right")
    assert found.null == pytest.approx(statistics.null_range(dealt))
    assert found.p_null == pytest.approx(statistics.null_p(found.value, dealt, higher=True))
    assert found.p_null < 0.01
    shuffled = column(result, "control", "right")
    assert shuffled.p_null is not None
    assert shuffled.p_null > 0.05
    assert column(result, "Full", "same colour").null is None  # it has no chance level


def test_a_metric_that_reads_pixels_has_its_pictures_dealt_and_another_is_spared_them(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toy: Any = sys.modules["eegrecon_file_toy"]
    given: list[tuple[bool, float]] = []

    def score(self: Any, outcome: Outcome, run: Any) -> dict[str, Score]:
        pixels = outcome.generated if self.judge.gamma == 2 else outcome.generated_views["logits"][:, None, None, None]
        per_trial = np.argmax(pixels.mean(axis=(1, 2, 3)), axis=1) == outcome.truth.label
        given.append((bool(outcome.generated.any()), float(per_trial.mean())))
        return {"same colour": Score(float(per_trial.mean()), len(per_trial), per_trial.astype(float), 1 / 3)}

    monkeypatch.setattr(toy.Colour, "score", score)
    nulls = []
    for gamma in (1, 2):
        given.clear()
        asked = {"set": (f"metric.colour.judge.gamma={gamma}",), "control": ("none",), "subjects": (1,)}
        nulls.append(column(make_job(**asked).run(), "Full", "same colour").null)
        assert all(pixels for pixels, _ in given[2:])  # but for the first look without them, no picture is missing
    assert nulls[0] == nulls[1]  # the judge sees the colour that the pixels have


def test_a_median_rank_of_one_is_no_share_of_trials(make_job: MakeJob, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job(control=("none",), audit=("none",))
    _ = job.catalog
    toy: Any = sys.modules["eegrecon_file_toy"]
    first = np.ones(24)
    monkeypatch.setattr(toy.Right, "score", lambda *a: {"right": Score(1.0, 24, first, 12.5, "median")})
    found = column(job.run(), "Full", "right")
    assert (found.value, found.interval) == (1.0, (1.0, 1.0))
