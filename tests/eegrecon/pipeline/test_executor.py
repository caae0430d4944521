from __future__ import annotations

import errno
import os
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damage import damage
from explanations import Explains
from jobs import TOY, MakeJob

from eegrecon import (
    ComponentError,
    DataError,
    EegreconError,
    Features,
    InvalidConfiguration,
    MissingFiles,
    Result,
    Signals,
    UnknownName,
    UsageError,
)
from eegrecon.pipeline import planner


def value(result: Result, row: str, column: str) -> float:
    (line,) = [line for line in result.table() if line["row"] == row]
    return float(line[column])


def computed(result: Result) -> set[str]:
    return {stage.name for stage in result.stages.values() if not stage.hit}


def test_scores_are_those_of_the_test_trials(make_job: MakeJob) -> None:
    result = make_job(set=("encoder.power=none",)).run()
    rng = np.random.default_rng(5)
    label = np.tile(np.arange(60) % 3, 2)
    eeg = rng.standard_normal((120, 3, 8)).astype(np.float32)
    eeg[np.arange(120), label] += 1.5
    test = np.tile(np.arange(60) >= 36, 2)
    right = (eeg.mean(axis=2).argmax(axis=1) == label)[test]
    by_subject = [right[:24].mean(), right[24:].mean()]
    assert value(result, "Full", "right") == pytest.approx(np.mean(by_subject))


def test_an_ablation_reuses_the_stages_that_it_does_not_change(make_job: MakeJob, calls: list[str]) -> None:
    make_job(ablate=("slope", "loose"), control=("none",)).run()
    counted = Counter(calls)
    assert counted["prepare"] == 1
    assert counted["fit gain"] == counted["fit branch"] == 1  # pool learners: once for both subjects and every row
    assert counted["fit encoder"] == 2 * 2  # two subjects; Full and w/o slope, shared by w/o looseness
    assert counted["fit aligner"] == 2 * 3


def test_a_second_run_computes_nothing(make_job: MakeJob, calls: list[str]) -> None:
    first = make_job(ablate=("power",)).run()
    calls.clear()
    second = make_job(ablate=("power",)).run()
    assert calls == []
    assert all(stage.hit for stage in second.stages.values())
    assert second.table() == first.table()


def test_a_new_metric_computes_its_scores_and_nothing_else(make_job: MakeJob, calls: list[str]) -> None:
    make_job(control=("shuffle",), audit=("none",)).run()
    calls.clear()
    result = make_job(control=("shuffle",), audit=("none",), set=("metric.pixels.use=pixel-correlation",)).run()
    assert calls == []
    assert {stage.kind for stage in result.stages.values() if not stage.hit} == {"score"}
    assert "pixel correlation" in result.table()[0]


def test_a_dry_run_names_exactly_the_stages_that_a_run_computes(make_job: MakeJob, calls: list[str]) -> None:
    make_job(control=("none",)).run()
    job = make_job(ablate=("loose",), control=("none",))
    planned = {step.stage.key for step in job.planned() if step.state == "to run"}
    calls.clear()
    result = job.run()
    assert planned == {key for key, stage in result.stages.items() if not stage.hit}
    assert "fit encoder" not in calls


def test_a_dry_run_names_the_variants_that_share_a_stage(make_job: MakeJob) -> None:
    users = {(step.stage.name, step.variants) for step in make_job(ablate=("slope",), control=("none",)).planned()}
    assert ("encoder.power", ("Full", "w/o slope")) in users
    assert ("encoder", ("w/o slope",)) in users


def test_a_failed_run_resumes_where_it_stopped(
    make_job: MakeJob, toy: Any, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = make_job(control=("none",), seeds=2).run().table()
    make_job().store.prune()
    generate = toy.Fill.generate
    monkeypatch.setattr(toy.Fill, "generate", lambda *a, **k: 1 / 0)
    with pytest.raises(ComponentError, match=r"generated .*Fill\).*ZeroDivisionError.*same command"):
        make_job(control=("none",), seeds=2).run()
    monkeypatch.setattr(toy.Fill, "generate", generate)
    calls.clear()
    assert make_job(control=("none",), seeds=2).run().table() == undisturbed
    assert "prepare" not in calls
    assert Counter(calls)["fit encoder"] == 3  # of two subjects and two seeds, one was finished before the failure


@pytest.mark.parametrize("kind", ["score", "generate"])
@pytest.mark.parametrize(
    ("how", "situation"),
    [
        ("flip", "a bit of an artifact has flipped"),
        ("truncate", "an artifact is truncated"),
        ("missing", "a file of an artifact is missing"),
        ("meta", "the description of an artifact is not valid JSON"),
    ],
)
def test_a_damaged_artifact_is_named_set_aside_and_recomputed(
    kind: str, how: str, situation: str, make_job: MakeJob, explains: Explains
) -> None:
    job = make_job(control=("none",), subjects=(1,))
    first = job.run()
    key = next(key for key, stage in first.stages.items() if stage.kind == kind)
    folder = job.store.path(kind, key)
    damage(folder, how)
    again = make_job(control=("none",), subjects=(1,))
    result = again.run()
    assert result.table() == first.table()
    assert computed(result) == {first.stages[key].name}
    (warning,) = again.console.warnings
    (aside,) = (job.store.root / "damaged").iterdir()
    assert f"{kind}/{key}" in warning
    assert str(aside) in warning
    explains("The store", situation, warning.replace(str(aside), "…"))


def test_stages_that_no_output_needs_are_not_computed(make_job: MakeJob, calls: list[str]) -> None:
    make_job(set=("generator.tokens=false",), control=("none",)).run()
    assert "fit aligner" not in calls


def test_every_seed_is_a_run_of_its_own(make_job: MakeJob) -> None:
    result = make_job(seeds=3, control=("none",)).run()
    assert sorted({score.seed for score in result.rows[0].scores}) == [0, 1, 2]


def test_a_recomputed_stage_recomputes_every_stage_that_reads_it(make_job: MakeJob, calls: list[str]) -> None:
    asked = {"control": ("none",), "audit": ("none",)}
    make_job(**asked).run()
    job = make_job(**asked, recompute=("aligner",))
    planned = {step.stage.name for step in job.planned() if step.state == "to run"}
    assert planned == {"aligner", "tokens", "generated", "generated_views", "score.colour"}
    calls.clear()
    assert computed(job.run()) == planned
    assert set(calls) & {"fit encoder", "prepare"} == set()
    assert "fit aligner" in calls


def test_an_unknown_stage_to_recompute_is_reported_with_the_nearest_name(make_job: MakeJob) -> None:
    with pytest.raises(UnknownName, match=r"'alinger' .*--recompute.*'aligner'"):
        make_job(recompute=("alinger",)).planned()


def test_a_row_that_fails_carries_the_reason_and_leaves_the_other_rows(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    generate = toy.Fill.generate

    def failing(self: Any, weights: Any, conditions: Any, *rest: Any) -> Any:
        if conditions.tokens is None:
            raise RuntimeError("no paint left")
        return generate(self, weights, conditions, *rest)

    monkeypatch.setattr(toy.Fill, "generate", failing)
    result = make_job(ablate=("tokens",), control=("shuffle",)).run()
    without = next(row for row in result.rows if row.removed)
    assert without.failed
    assert "no paint left" in without.blank["colour"]
    assert [score.metric for score in without.scores] == ["right"] * 2  # the metric that needs no pictures is scored
    assert not any(row.failed for row in result.rows if row is not without)


def test_a_row_that_fails_for_one_subject_has_no_mean_over_the_others(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    encode = toy.MeanEncoder.encode

    def failing(self: Any, weights: Any, signals: Signals, run: Any) -> Features:
        if self.slope == 0.5 and signals.subject[0] == 2:
            raise RuntimeError("a loose electrode")
        features: Features = encode(self, weights, signals, run)
        return features

    monkeypatch.setattr(toy.MeanEncoder, "encode", failing)
    result = make_job(ablate=("slope",), control=("none",)).run()
    without = next(row for row in result.rows if row.removed)
    assert without.scores == ()
    assert "a loose electrode" in without.blank["right"]


@pytest.mark.parametrize("kind", [InvalidConfiguration, UsageError, MissingFiles, DataError])
@pytest.mark.parametrize("method", ["fit", "reads"])  # while it is computed, and while it is planned
def test_an_error_of_one_row_leaves_the_others_whatever_its_kind(
    kind: type[EegreconError], method: str, make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = getattr(toy.MeanEncoder, method)

    def failing(self: Any, *given: Any) -> Any:
        if self.slope == 0.5:
            raise kind("no captions")
        return original(self, *given)

    monkeypatch.setattr(toy.MeanEncoder, method, failing)
    job = make_job(ablate=("slope", "power"), control=("none",), audit=("none",), subjects=(1,))
    result = job.run()
    assert [row.failed for row in result.rows] == [False, True, False]
    assert result.rows[1].blank == {"right": "no captions", "colour": "no captions"}
    assert [bool(row.scores) for row in result.rows] == [True, False, True]
    assert job.console.warnings == ["no captions"]


def test_a_failure_of_the_first_row_ends_the_run(make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy.MeanEncoder, "encode", lambda *a: 1 / 0)
    with pytest.raises(ComponentError, match="ZeroDivisionError"):
        make_job().run()


EDITING = """

@dataclass(frozen=True)
class Editing(MeanEncoder):
    def fit(self, data: Training, run: Run) -> Arrays:
        with open(__file__, "a") as file:
            file.write("EDITED = True\\n")
        return super().fit(data, run)


@hookimpl
def eegrecon_components() -> dict[str, type]:
    return {**{key: value for key, value in _OFFERED.items()}, "encoder.editing": Editing}
"""


def test_a_product_is_not_stored_if_its_source_was_edited_meanwhile(make_job: MakeJob, tmp_path: Path) -> None:
    code = (TOY / "toy.py").read_text().replace("def eegrecon_components(", "def _offered(")
    plugin = tmp_path / "editing.py"
    plugin.write_text(code.replace("@hookimpl\ndef _offered", "def _offered") + "\n\n_OFFERED = _offered()\n" + EDITING)
    job = make_job(plugins=(str(plugin),), set=("encoder=editing",), control=("none",))
    with pytest.raises(ComponentError, match="encoder.*changed.*again"):
        job.run()
    assert not list((tmp_path / "store" / "fit").glob("*/meta.json")) or all(
        '"name": "encoder"' not in meta.read_text() for meta in (tmp_path / "store" / "fit").glob("*/meta.json")
    )


def test_a_full_disk_ends_the_run_and_is_no_error_of_the_component(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch, explains: Explains
) -> None:
    fit = toy.MeanEncoder.fit

    def full(self: Any, data: object, run: Any) -> object:
        if self.slope == 0.5:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(run.scratch / "part"))
        return fit(self, data, run)

    monkeypatch.setattr(toy.MeanEncoder, "fit", full)
    with pytest.raises(EegreconError, match=rf"encoder.*{os.strerror(errno.ENOSPC)}.*scratch.*EEGRECON_HOME") as error:
        make_job(ablate=("slope",), control=("none",)).run()
    assert not isinstance(error.value, ComponentError)
    explains("The store", "the disk is full while a component writes to its scratch folder", error.value)


def test_a_store_of_another_format_is_left_as_it_is(
    make_job: MakeJob, calls: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {"control": ("none",), "audit": ("none",), "subjects": (1,)}
    with monkeypatch.context() as before:
        before.setattr(planner, "FORMAT", 3)
        first = make_job(**asked).run()
    calls.clear()
    job = make_job(**asked)
    second = job.run()
    assert not set(first.stages) & set(second.stages)
    assert "fit encoder" in calls
    assert all(job.store.has(stage.kind, key) for key, stage in first.stages.items())
    assert second.table() == first.table()
    assert job.console.warnings == []
