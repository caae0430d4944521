"""What each control substitutes, seen in the rows of a result."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jobs import MakeJob

from eegrecon import Features, Recordings, Result, Training
from eegrecon.benchmark.controls import CONTROLS
from eegrecon.interfaces.records import ResultRow


def rows(result: Result) -> dict[str, ResultRow]:
    return {row.control or row.label: row for row in result.rows}


def value(row: ResultRow, column: str) -> float:
    return next(summary.value for summary in row.summaries if summary.column == column)


def test_every_control_has_a_row_with_scores_or_reasons(make_job: MakeJob) -> None:
    result = make_job(control=("all",), subjects=(1,)).run()
    found = rows(result)
    assert set(found) == {"Full", *CONTROLS}
    assert not any(row.failed for row in result.rows)
    for name, control in CONTROLS.items():
        if name == "shuffle-within-class":
            assert "class" in found[name].blank["right"]  # each class of the toy has a single picture
        elif control.changes in ("signals", "training"):
            assert not found[name].blank, name
        else:
            assert found[name].blank["right"], name  # nothing is decoded
    assert "captions" in found["oracle"].blank["colour"]  # the toy's test pictures have none


def test_the_generator_receives_the_class_that_the_control_names(make_job: MakeJob) -> None:
    found = rows(make_job(control=("all",)).run())
    assert value(found["true-label"], "same colour") == 1.0
    assert value(found["predicted-label"], "same colour") == value(found["Full"], "right")
    assert value(found["constant-prompt"], "same colour") == pytest.approx(1 / 3)


def test_the_predicted_class_alone_keeps_the_colour_of_the_whole_method(make_job: MakeJob) -> None:
    found = rows(make_job().run())
    assert value(found["Full"], "right") > 0.9
    assert value(found["shuffle"], "right") < 0.6
    assert "right" in found["predicted-label"].blank
    assert value(found["predicted-label"], "same colour") == value(found["Full"], "same colour")


def test_signals_without_information_score_at_chance(make_job: MakeJob) -> None:
    without = ("shuffle", "noise", "mean", "zeros")
    asked = {"control": without, "audit": ("none",), "subjects": ()}
    found = rows(make_job(set=("dataset.tape.subjects=8",), **asked).run())
    full, chance = value(found["Full"], "right"), 1 / 3
    for name in without:
        assert abs(value(found[name], "right") - chance) < 0.12, name  # 192 trials: 3.5 standard errors
    assert full > 0.8


def test_shuffled_labels_train_every_learner_again(make_job: MakeJob, calls: list[str]) -> None:
    make_job(control=("none",), subjects=(1,)).run()
    fits = [call for call in calls if call.startswith("fit")]
    calls.clear()
    make_job(control=("label-shuffle",), subjects=(1,)).run()
    assert [call for call in calls if call.startswith("fit")] == fits


def test_shuffled_labels_reach_fit(make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[np.ndarray] = []
    fit = toy.MeanEncoder.fit

    def watching(self: object, data: Training, run: object) -> Any:
        seen.append(np.stack([data.train.label, data.train.image % 3]))
        return fit(self, data, run)

    monkeypatch.setattr(toy.MeanEncoder, "fit", watching)
    make_job(control=("label-shuffle",), subjects=(1,)).run()
    true, permuted = seen
    assert sorted(true[0]) == sorted(permuted[0])
    assert not np.array_equal(true[0], permuted[0])
    assert np.array_equal(permuted[0], permuted[1])


def test_the_oracle_passes_on_the_true_captions(make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    load = toy.Toy.load

    def captioned(*given: Any) -> Recordings:
        found: Recordings = load(*given)
        return replace(found, captions=[toy.CLASSES[row % 3] for row in range(len(found.pictures))])

    monkeypatch.setattr(toy.Toy, "load", captioned)
    found = rows(make_job(control=("oracle",), set=("generator.label=false",), subjects=(1,)).run())
    assert value(found["oracle"], "same colour") == 1.0


def test_random_pictures_are_training_pictures_at_the_size_of_the_generator(make_job: MakeJob) -> None:
    job = make_job(control=("random-picture",), set=("samples=2", "metric.colour=none"), subjects=(1,))
    job.run()
    (cell,) = [cell for cell in job.graph.cells if cell.variant.control]
    artifact = job.store.get("control", str(cell.generated))
    assert artifact is not None
    pictures = artifact.arrays["pictures"]  # each of one colour, of brightness 200
    assert pictures.shape == (24, 2, 6, 8, 3)
    assert set(np.unique(pictures)) == {0, 200}
    assert not np.array_equal(pictures[:, 0], pictures[:, 1])


def test_a_method_without_generator_has_scores_for_some_controls_and_reasons_for_the_others(make_job: MakeJob) -> None:
    result = make_job(control=("all",), set=("generator=none", "aligner=none", "metric.colour=none")).run()
    found = rows(result)
    assert value(found["shuffle"], "right") < value(found["Full"], "right")
    assert "no generator" in found["oracle"].refused


def test_an_encoder_without_class_scores_has_no_predicted_class(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = toy.MeanEncoder.encode
    monkeypatch.setattr(toy.MeanEncoder, "encode", lambda *a: Features(encode(*a).embedding, None))
    monkeypatch.setattr(toy.Right, "score", lambda *a: {})
    result = make_job(set=("generator.label=false",), control=("predicted-label", "true-label")).run()
    found = rows(result)
    assert "no class scores" in found["predicted-label"].blank["colour"]
    assert not found["predicted-label"].failed
    assert value(found["true-label"], "same colour") == 1.0
