"""What each control puts in the place of an input, and that it reaches the rows of a table."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from eegrecon import ComponentError, Features, Montage, Signals, Training, Trials
from jobs import MakeJob
from eegrecon.cli import bench
from eegrecon.controls import CONTROLS, USUAL, Noise, Repeated, nearest, refusal, relabelled, shuffled_within, spectrum
from eegrecon.results import Result, ResultRow



def eeg_of(n: int = 40, channels: int = 3, samples: int = 101) -> np.ndarray:
    rng = np.random.default_rng(3)
    slow = np.cumsum(rng.standard_normal((n, channels, samples)), axis=2)
    return slow * np.array([1, 2, 5])[:, None] + np.array([0, 4, -3])[:, None]


@pytest.mark.parametrize("samples", [100, 101])
def test_noise_has_the_mean_and_spectrum_of_each_channel(samples: int) -> None:
    eeg = eeg_of(samples=samples)
    _, mean, amplitude = spectrum(eeg, piece=7)
    assert mean == pytest.approx(eeg.mean(axis=(0, 2)))
    noise = Noise(mean, amplitude, samples, np.arange(4000), 1)[np.arange(4000)]
    assert noise.shape == (4000, 3, samples)
    own = np.square(np.abs(np.fft.rfft(eeg - mean[:, None], axis=2))).mean(axis=0)
    made = np.square(np.abs(np.fft.rfft(noise - mean[:, None], axis=2))).mean(axis=0)
    assert made == pytest.approx(own, rel=0.15)  # 4000 draws of a squared normal: 4.5 standard errors of .03
    assert noise.var() == pytest.approx(np.square(eeg - mean[:, None]).mean() + mean.var(), rel=0.05)


def test_noise_belongs_to_the_trial() -> None:
    _, mean, amplitude = spectrum(eeg_of())
    trials = np.array([5, 9, 7])
    noise = Noise(mean, amplitude, 101, trials, 1)
    turned = Noise(mean, amplitude, 101, trials[::-1], 1)
    assert np.array_equal(noise[np.arange(3)], turned[np.array([2, 1, 0])])
    assert np.array_equal(noise[1], noise[np.array([1])][0])
    assert not np.allclose(noise[0], noise[1])
    assert not np.allclose(noise[0], Noise(mean, amplitude, 101, trials, 2)[0])


def test_repeated_rows_are_alike_and_may_be_written() -> None:
    rows = Repeated(eeg_of()[0], 6)
    assert rows.shape == (6, 3, 101)
    some = rows[np.array([1, 4])]
    some[0] = 0
    assert np.array_equal(rows[4], eeg_of()[0].astype(np.float32))


def test_a_shuffle_within_groups_leaves_no_trial_its_picture() -> None:
    picture = np.repeat(np.arange(12), 3)  # three trials of each
    group = picture // 4
    given = shuffled_within(group, picture, np.random.default_rng(0))
    assert sorted(given) == list(range(36))
    assert np.array_equal(group[given], group)
    assert (picture[given] != picture).all()


def test_a_group_of_one_picture_keeps_its_trials() -> None:
    given = shuffled_within(np.array([0, 1, 1]), np.array([5, 6, 7]), np.random.default_rng(0))
    assert given.tolist() == [0, 2, 1]


def trials_of(subject: list[int], trial: list[int]) -> Trials:
    n = np.asarray(trial)
    return Trials(n[:, None, None] * 1.0, np.asarray(subject), n, n % 3, n, n // 2, n)


def test_relabelling_keeps_what_belongs_together_and_stays_within_subject_and_share() -> None:
    pool = Training(
        trials_of([1] * 20 + [2] * 20, list(range(40))), trials_of([1] * 6 + [2] * 6, list(range(50, 62))), (), None,
        ("a", "b", "c"), Montage(("x",), 1.0, 0.0, "z"),
    )  # fmt: skip
    dealt = relabelled(pool, 4)
    for before, after in ((pool.train, dealt.train), (pool.val, dealt.val)):
        assert np.array_equal(after.eeg, before.eeg)
        assert np.array_equal(after.label, after.image % 3)  # a picture keeps its class
        assert np.array_equal(after.image, after.order)
        for subject in (1, 2):
            mine = before.subject == subject
            assert sorted(after.image[mine]) == sorted(before.image[mine])
            assert (after.image[mine] != before.image[mine]).any()
    own = Training(trials_of([2] * 20, list(range(20, 40))[::-1]), pool.val, (), None, pool.classes, pool.montage)
    alone = relabelled(own, 4).train
    assert dict(zip(alone.trial, alone.image, strict=True)) == dict(
        zip(dealt.train.trial[20:], dealt.train.image[20:], strict=True)
    )  # the same trial is dealt the same in the pool and alone, in whatever order it comes


def test_the_nearest_targets_come_in_order_and_begin_anew() -> None:
    targets = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])[:, None]
    tokens = np.array([[2.0, 0.1], [0.1, 9.0]])[:, None]
    assert nearest(tokens, targets, 2).tolist() == [[0, 2], [1, 2]]
    assert nearest(tokens, targets, 4)[0].tolist() == [0, 2, 1, 0]


def test_what_a_generator_cannot_be_given_is_refused_with_the_reason() -> None:
    reads = frozenset({"signals"})
    assert "reads the EEG itself" in refusal(CONTROLS["oracle"], reads)
    assert refusal(CONTROLS["shuffle"], reads) == ""
    assert "no tokens" in refusal(CONTROLS["nearest-picture"], frozenset({"label"}))
    assert "no generator" in refusal(CONTROLS["random-picture"], None)


def test_the_command_line_has_the_usual_controls_by_default() -> None:
    option = next(parameter for parameter in bench.params if parameter.name == "control")
    assert option.default == ",".join(USUAL)


# --- in a run ------------------------------------------------------------------------------------------------------


def rows(result: Result) -> dict[str, ResultRow]:
    return {row.control or row.label: row for row in result.rows}


def value(row: ResultRow, column: str) -> float:
    return next(one.value for one in row.summaries if one.column == column)


def test_every_control_is_a_row(make_job: MakeJob) -> None:
    result = make_job(control=("all",), subjects=(1,)).run()
    found = rows(result)
    assert set(found) == {"Full", *CONTROLS}
    assert not any(row.failed for row in result.rows)
    for name, control in CONTROLS.items():
        if name == "shuffle-within-class":
            assert "no class has two test pictures" in found[name].blank["right"]  # the toy's classes have one each
        elif control.changes in ("signals", "training"):
            assert not found[name].blank, name
        else:
            assert "nothing is decoded" in found[name].blank["right"] or "no EEG" in found[name].blank["right"]
    assert "captions" in found["oracle"].blank["colour"]  # the toy's test pictures have none


def test_conditions_are_those_of_the_class_that_is_passed_on(make_job: MakeJob) -> None:
    found = rows(make_job(control=("all",)).run())
    assert value(found["true-label"], "same colour") == 1.0
    assert value(found["predicted-label"], "same colour") == value(found["Full"], "right")
    assert value(found["constant-prompt"], "same colour") == pytest.approx(1 / 3)


def test_signals_that_carry_nothing_are_at_chance_and_those_of_the_class_are_not(make_job: MakeJob) -> None:
    found = rows(make_job(control=("all",), set=("dataset.tape.subjects=8",), subjects=()).run())
    full, chance = value(found["Full"], "right"), 1 / 3
    for name in ("shuffle", "noise", "mean", "zeros"):
        assert abs(value(found[name], "right") - chance) < 0.12, name  # 192 trials: 3.5 standard errors
    assert full > 0.8


def test_shuffled_labels_train_everything_again(make_job: MakeJob, calls: list[str]) -> None:
    job = make_job(control=("none",), subjects=(1,))
    job.run()
    fits = [call for call in calls if call.startswith("fit")]
    calls.clear()
    make_job(control=("label-shuffle",), subjects=(1,)).run()
    assert [call for call in calls if call.startswith("fit")] == fits


def test_shuffled_labels_reach_fit(make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    toy: Any = sys.modules["eegrecon_file_toy"]
    seen: list[np.ndarray] = []
    working = toy.MeanEncoder.fit

    def watching(self: object, data: Training, run: object) -> Any:
        seen.append(np.stack([data.train.label, data.train.image % 3]))
        return working(self, data, run)

    monkeypatch.setattr(toy.MeanEncoder, "fit", watching)
    make_job(control=("label-shuffle",), subjects=(1,)).run()
    true, dealt = seen
    assert sorted(true[0]) == sorted(dealt[0])
    assert not np.array_equal(true[0], dealt[0])
    assert np.array_equal(dealt[0], dealt[1])


def test_pictures_are_those_of_training(make_job: MakeJob) -> None:
    job = make_job(control=("random-picture",), set=("samples=2", "metric.colour=none"), subjects=(1,))
    job.run()
    (row,) = [row for row in job.graph.cells if row.variant.control]
    pictures = job.store.get("control", str(row.generated))
    assert pictures is not None
    shown = pictures.arrays["pictures"]  # (24, 2, 6, 8, 3): one colour of brightness 200
    assert shown.shape == (24, 2, 6, 8, 3)
    assert set(np.unique(shown)) == {0, 200}
    assert not np.array_equal(shown[:, 0], shown[:, 1])


def test_a_method_without_generator_has_the_other_controls_and_reasons(make_job: MakeJob) -> None:
    result = make_job(control=("all",), set=("generator=none", "aligner=none", "metric.colour=none")).run()
    found = rows(result)
    assert value(found["shuffle"], "right") < value(found["Full"], "right")
    assert "no generator" in found["oracle"].refused


def test_an_encoder_without_classes_leaves_the_predicted_class_out(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toy: Any = sys.modules["eegrecon_file_toy"]
    working = toy.MeanEncoder.encode
    monkeypatch.setattr(toy.MeanEncoder, "encode", lambda *a: Features(working(*a).embedding, None))
    monkeypatch.setattr(toy.Right, "score", lambda *a: {})
    result = make_job(set=("generator.label=false",), control=("predicted-label", "true-label")).run()
    found = rows(result)
    assert "gives no class scores" in found["predicted-label"].blank["colour"]
    assert not found["predicted-label"].failed
    assert value(found["true-label"], "same colour") == 1.0


# --- rows that fail ------------------------------------------------------------------------------------------------


def test_a_row_that_fails_says_why_and_leaves_the_others(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toy: Any = sys.modules["eegrecon_file_toy"]
    working = toy.Fill.generate

    def failing(self: Any, weights: Any, conditions: Any, *rest: Any) -> Any:
        if conditions.tokens is None:
            raise RuntimeError("no paint left")
        return working(self, weights, conditions, *rest)

    monkeypatch.setattr(toy.Fill, "generate", failing)
    result = make_job(ablate=("tokens",), control=("shuffle",)).run()
    without = next(row for row in result.rows if row.removed)
    assert without.failed
    assert "no paint left" in without.blank["colour"]
    assert [score.metric for score in without.scores] == ["right"] * 2  # what did not need the pictures is there
    assert not any(row.failed for row in result.rows if row is not without)


def test_a_row_that_fails_for_one_subject_has_no_mean_over_the_others(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toy: Any = sys.modules["eegrecon_file_toy"]
    working = toy.MeanEncoder.encode

    def failing(self: Any, weights: Any, signals: Signals, run: Any) -> Features:
        if self.slope == 0.5 and signals.subject[0] == 2:
            raise RuntimeError("a loose electrode")
        return working(self, weights, signals, run)

    monkeypatch.setattr(toy.MeanEncoder, "encode", failing)
    result = make_job(ablate=("slope",), control=("none",)).run()
    without = next(row for row in result.rows if row.removed)
    assert without.scores == ()
    assert "a loose electrode" in without.blank["right"]


def test_a_failure_of_the_first_row_ends_the_run(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    toy: Any = sys.modules["eegrecon_file_toy"]
    monkeypatch.setattr(toy.MeanEncoder, "encode", lambda *a: 1 / 0)
    with pytest.raises(ComponentError, match="ZeroDivisionError"):
        make_job().run()
