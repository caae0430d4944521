"""The summaries of a result against numbers computed from its per-trial scores."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jobs import MakeJob
from scipy import stats
from sklearn.metrics import f1_score

from eegrecon import Result, Score
from eegrecon.evaluation import statistics
from eegrecon.evaluation.statistics import Sample
from eegrecon.interfaces.records import Summary


def column(result: Result, row: str, name: str) -> Summary:
    (line,) = [line for line in result.rows if row in line.label]
    return next(summary for summary in line.summaries if summary.column == name)


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


def test_the_interval_of_a_set_score_is_the_jackknife_over_groups_of_pictures(
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


def test_the_spread_over_seeds_needs_more_than_one_seed(make_job: MakeJob) -> None:
    once = column(make_job().run(), "Full", "right")
    thrice = column(make_job(seeds=3).run(), "Full", "right")
    assert once.seed_spread is None
    assert thrice.seed_spread is not None


def test_the_null_distribution_is_that_of_permuted_outputs(make_job: MakeJob, tmp_path: Path) -> None:
    result = make_job(control=("shuffle",), subjects=(1,)).run()
    lines = trials(tmp_path / "run", "Full")
    truth, guess = (np.asarray([line[name] for line in lines]) for name in ("label", "predicted"))
    permuted = np.asarray([np.mean(guess[order] == truth) for order in statistics.permutations(len(truth))])
    found = column(result, "Full", "right")
    assert found.null == pytest.approx(statistics.null_range(permuted))
    assert found.p_null == pytest.approx(statistics.null_p(found.value, permuted, higher=True))
    assert found.p_null < 0.01
    shuffled = column(result, "control", "right")
    assert shuffled.p_null is not None
    assert shuffled.p_null > 0.05
    assert column(result, "Full", "same colour").null is None  # it has no chance level


def test_the_interval_of_a_median_is_not_that_of_a_share(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = np.ones(24)
    monkeypatch.setattr(toy.Right, "score", lambda *a: {"right": Score(1.0, 24, first, 12.5, "median")})
    found = column(make_job(control=("none",), audit=("none",)).run(), "Full", "right")
    assert (found.value, found.interval) == (1.0, (1.0, 1.0))


def test_with_one_seed_a_difference_of_two_trainings_is_not_tested(make_job: MakeJob) -> None:
    result = make_job(ablate=("slope",), control=("shuffle",)).run()
    retrained, shuffled = column(result, "w/o", "right"), column(result, "control", "right")
    assert (retrained.trainings, retrained.p, retrained.p_corrected) == (1, None, None)
    assert retrained.difference_interval is not None
    assert shuffled.trainings is None
    assert shuffled.p is not None  # the same weights


def test_a_row_with_no_weights_but_those_of_the_first_is_tested_with_one_seed(make_job: MakeJob) -> None:
    """Pictures of the predicted class need the encoder and no aligner."""
    result = make_job(control=("predicted-label",)).run()
    found = column(result, "control", "same colour")
    assert found.trainings is None
    assert found.p is not None


def test_with_several_seeds_the_interval_of_a_difference_counts_the_spread_between_trainings(make_job: MakeJob) -> None:
    result = make_job(set=("encoder.use=drawn",), sweep=("encoder.noise=4",), control=("none",), seeds=3).run()
    found = column(result, "noise", "right")
    assert found.trainings == 3
    by_seed = [
        np.mean([s.value for s in rows.scores if (s.seed, s.column) == (seed, "right")])
        for rows in (result.rows[1], result.rows[0])
        for seed in result.seeds
    ]
    each = np.subtract(by_seed[:3], by_seed[3:])
    assert found.difference == pytest.approx(each.mean())
    low, high = found.difference_interval or (0.0, 0.0)
    alone = stats.t.interval(0.95, 2, each.mean(), stats.sem(each))
    assert low < alone[0] < alone[1] < high  # pictures add to the interval over trainings
    assert found.p is not None
    assert (found.p < 0.05) == (not low <= 0 <= high)
