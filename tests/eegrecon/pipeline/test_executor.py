from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from eegrecon import ComponentError, UsageError, hookimpl
from jobs import MakeJob
from eegrecon import load
from eegrecon.store import ARRAYS



def value(result: object, row: str, column: str) -> float:
    (line,) = [line for line in result.table() if line["row"] == row]  # type: ignore[attr-defined]
    return float(line[column])


def test_scores_are_those_of_the_test_trials(make_job: MakeJob) -> None:
    result = make_job(set=("encoder.power=none",)).run()
    tape = np.random.default_rng(5)
    label = np.tile(np.arange(60) % 3, 2)
    eeg = tape.standard_normal((120, 3, 8)).astype(np.float32)
    eeg[np.arange(120), label] += 1.5
    test = np.tile(np.arange(60) >= 36, 2)
    right = (eeg.mean(axis=2).argmax(axis=1) == label)[test]
    by_subject = [right[:24].mean(), right[24:].mean()]
    assert value(result, "Full", "right") == pytest.approx(np.mean(by_subject))


def test_an_ablation_reuses_the_stages_it_does_not_touch(make_job: MakeJob, calls: list[str]) -> None:
    make_job(ablate=("slope", "loose"), control=("none",)).run()
    counted = Counter(calls)
    assert counted["prepare"] == 1
    assert counted["fit gain"] == counted["fit branch"] == 1  # pool learners: once for both subjects and every row
    assert counted["fit encoder"] == 2 * 2  # two subjects; Full and w/o slope, shared by w/o looseness
    assert counted["fit aligner"] == 2 * 3


def test_a_second_run_makes_nothing(make_job: MakeJob, calls: list[str]) -> None:
    first = make_job(ablate=("power",)).run()
    calls.clear()
    second = make_job(ablate=("power",)).run()
    assert calls == []
    assert all(stage.hit for stage in second.stages.values())
    assert second.table() == first.table()


def test_a_dry_run_says_exactly_what_will_run(make_job: MakeJob, calls: list[str]) -> None:
    make_job(control=("none",)).run()
    job = make_job(ablate=("loose",), control=("none",))
    planned = {step.stage.key for step in job.planned() if step.state == "to run"}
    calls.clear()
    result = job.run()
    assert planned == {key for key, stage in result.stages.items() if not stage.hit}
    assert "fit encoder" not in calls


def test_a_dry_run_shows_which_rows_share_a_stage(make_job: MakeJob) -> None:
    job = make_job(ablate=("slope",), control=("none",))
    users = {(step.stage.name, step.variants) for step in job.planned()}
    assert ("encoder.power", ("Full", "w/o slope")) in users
    assert ("encoder", ("w/o slope",)) in users


def test_a_run_that_failed_goes_on_where_it_stopped(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    toy = sys.modules["eegrecon_file_toy"]
    undisturbed = make_job(control=("none",), seeds=2).run().table()
    make_job().store.prune()
    working = toy.Fill.generate
    monkeypatch.setattr(toy.Fill, "generate", lambda *a, **k: 1 / 0)
    with pytest.raises(
        ComponentError, match=r"stage generated .*Fill\) failed: ZeroDivisionError.*run the same command"
    ):
        make_job(control=("none",), seeds=2).run()
    monkeypatch.setattr(toy.Fill, "generate", working)
    calls.clear()
    assert make_job(control=("none",), seeds=2).run().table() == undisturbed
    assert "prepare" not in calls
    assert Counter(calls)["fit encoder"] == 3  # of two subjects and two seeds, one was done before the failure


def test_generation_goes_on_from_its_last_chunk(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    from eegrecon import work

    toy = sys.modules["eegrecon_file_toy"]
    monkeypatch.setattr(work, "CHUNK", 10)
    asked = {"control": ("none",), "subjects": (1,)}
    undisturbed = make_job(**asked).run().table()
    make_job().store.prune()
    working, done = toy.Fill.generate, []

    def failing(self: object, weights: object, conditions: object, *rest: object) -> object:
        if len(done) == 2:
            raise RuntimeError("power cut")
        done.append(len(conditions.trial))  # type: ignore[attr-defined]
        return working(self, weights, conditions, *rest)

    monkeypatch.setattr(toy.Fill, "generate", failing)
    with pytest.raises(ComponentError, match="power cut"):
        make_job(**asked).run()
    monkeypatch.setattr(toy.Fill, "generate", working)
    calls.clear()
    assert make_job(**asked).run().table() == undisturbed
    assert calls.count("generate") == 1  # 24 trials: two chunks of ten were kept, one was left


def test_a_damaged_stage_is_made_again(make_job: MakeJob, calls: list[str]) -> None:
    job = make_job(control=("none",))
    first = job.run()
    key = next(key for key, stage in first.stages.items() if stage.kind == "score")
    file = job.store.path("score", key) / ARRAYS
    file.write_bytes(file.read_bytes()[:-1])
    calls.clear()
    assert make_job(control=("none",)).run().table() == first.table()
    assert set(calls) == {"score right"}


def test_shuffled_eeg_scores_at_chance_and_the_predicted_label_keeps_the_class(make_job: MakeJob) -> None:
    result = make_job().run()
    assert value(result, "Full", "right") > 0.9
    assert value(result, "control: EEG shuffled across test trials", "right") < 0.6
    blank = next(line for line in result.table() if line["row"] == "control: only the predicted class")
    assert blank["right"] is None
    assert blank["same colour"] == value(result, "Full", "same colour")


def test_stages_whose_product_nobody_needs_do_not_run(make_job: MakeJob, calls: list[str]) -> None:
    make_job(set=("generator.tokens=false",), control=("none",)).run()
    assert "fit aligner" not in calls


def test_every_seed_is_a_run_of_its_own(make_job: MakeJob) -> None:
    result = make_job(seeds=3, control=("none",)).run()
    assert sorted({score.seed for score in result.rows[0].scores}) == [0, 1, 2]


def test_an_unknown_subject_is_answered_with_those_there_are(make_job: MakeJob) -> None:
    with pytest.raises(UsageError, match="no subject 7 in the data; there are: 1, 2"):
        make_job(subjects=(1, 7)).run()


def test_a_row_says_what_its_stages_noted_also_from_the_store(make_job: MakeJob) -> None:
    make_job().run()
    again = make_job().run()
    assert again.rows[0].notes == ("straight lines only",)
    assert again.notes == ("a toy",)


def test_the_result_folder_holds_what_a_reader_needs(make_job: MakeJob, tmp_path: Path) -> None:
    result = make_job(ablate=("power",)).run()
    folder = tmp_path / "run"
    assert {path.name for path in folder.iterdir()} == {
        "result.json", "table.md", "table.tex", "table.csv", "trials.csv", "pictures.png"
    }  # fmt: skip
    assert load(folder) == result
    lines = (folder / "trials.csv").read_text().splitlines()
    assert len(lines) == 1 + 5 * 2 * 24  # rows of the table, subjects, test trials
    record = json.loads((folder / "result.json").read_text())
    assert record["schema"] == "eegrecon.result/1"
    assert record["command"].endswith("--plugin " + str(Path(__file__).parent / "toy" / "toy.py"))


def test_test_trials_come_in_an_order_that_does_not_tell_the_time(make_job: MakeJob) -> None:
    job = make_job(control=("none",))
    job.run()
    test = job.store.get("test", job.graph.cells[0].test)
    assert test is not None
    index = np.asarray(test.arrays["index"])
    assert sorted(index) == list(range(36, 60))
    assert list(index) != sorted(index)
    assert list(test.arrays["trial"]) == sorted(test.arrays["trial"])


def test_a_component_that_returns_a_wrong_shape_is_named(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    toy = sys.modules["eegrecon_file_toy"]
    monkeypatch.setattr(toy.Fill, "generate", lambda *a, **k: np.zeros((1, 2, 3), np.uint8))
    with pytest.raises(ComponentError, match=r"Fill.generate returned uint8 \(1, 2, 3\); the contract asks for uint8"):
        make_job(control=("none",)).run()


def test_observers_hear_of_every_stage_and_of_the_result(make_job: MakeJob) -> None:
    job = make_job(control=("none",), subjects=(1,))
    heard: list[tuple[str, bool]] = []
    results: list[object] = []

    class Observer:
        @hookimpl
        def eegrecon_stage_finished(self, stage: str, seconds: float, hit: bool) -> None:
            heard.append((stage, hit))

        @hookimpl
        def eegrecon_result(self, result: object) -> None:
            results.append(result)

    job.catalog.manager.register(Observer())
    result = job.run()
    assert results == [result]
    assert ("encoder", False) in heard
    assert len(heard) == len(result.stages)


def test_a_fresh_stage_is_made_anew_with_all_that_reads_it(make_job: MakeJob, calls: list[str]) -> None:
    asked = {"control": ("none",), "audit": ("none",)}
    make_job(**asked).run()
    job = make_job(**asked, recompute=("aligner",))
    planned = {step.stage.name for step in job.planned() if step.state == "to run"}
    assert planned == {"aligner", "tokens", "generated", "generated_views", "score.colour"}
    calls.clear()
    result = job.run()
    assert {stage.name for stage in result.stages.values() if not stage.hit} == planned
    assert set(calls) & {"fit encoder", "prepare"} == set()
    assert "fit aligner" in calls


def test_an_unknown_fresh_stage_is_answered(make_job: MakeJob) -> None:
    with pytest.raises(UsageError, match=r"no stage called 'alinger' \(--recompute\); did you mean 'aligner'"):
        make_job(recompute=("alinger",)).planned()
