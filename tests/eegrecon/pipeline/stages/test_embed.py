"""Pictures in the encoder's space, and other pictures of the test classes, as a metric of retrieval receives them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from jobs import TOY, MakeJob

import eegrecon
from eegrecon import Gallery, Recordings
from eegrecon.pipeline.stages.others import other_pictures
from eegrecon.reporting.tables import table_of

RETRIEVAL = ("encoder=seeing", "metric.found.use=retrieval", "metric.found.of=embedding")
CONCEPTS = (*RETRIEVAL, "metric.found.gallery=concepts")


def scores_of(row: Any) -> dict[str, tuple[float, str]]:
    return {score.column: (score.value, score.identity) for score in row.scores if score.metric == "found"}


def test_the_embedding_is_scored_against_the_pictures_that_were_seen(make_job: MakeJob) -> None:
    result = make_job(set=RETRIEVAL, subjects=(1,), control=("shuffle", "predicted-label")).run()
    full, shuffled, told = result.rows
    value, identity = scores_of(full)["retrieval top-1"]
    assert identity == "retrieval@mean-colour/embedding-3/stimuli-p24/inductive/n24"
    assert value > 0.9 / 8  # of 24 pictures in three colours, eight of each
    assert scores_of(shuffled)["retrieval top-1"][0] < value
    assert "decodes no class" in told.blank["found"]


def test_an_encoder_that_embeds_no_pictures_has_a_reason(make_job: MakeJob) -> None:
    result = make_job(set=RETRIEVAL[1:], subjects=(1,), control=("none",)).run()
    assert "embeds no pictures" in result.rows[0].blank["found"]


def test_without_a_gallery_of_the_data_set_the_training_pictures_are_the_other_ones(
    make_job: MakeJob, toy: Any
) -> None:
    toy.CALLS.clear()
    result = make_job(set=CONCEPTS, subjects=(1,), control=("none",)).run()
    value, identity = scores_of(result.rows[0])["retrieval top-1"]
    assert identity == "retrieval@mean-colour/embedding-3/concepts-c3of30/inductive/n24"
    assert value > 0.9  # chance .333
    assert [call for call in toy.CALLS if call.startswith("embed")] == ["embed 60", "embed 30"]


def test_the_gallery_of_a_data_set_is_used_for_the_classes_of_its_test_trials(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load = toy.Toy.load

    def loading(*given: Any) -> Recordings:
        label = np.array([0, 2, 1, 1])
        return replace(load(*given), gallery=Gallery(toy.Paint(label), label))

    monkeypatch.setattr(toy.Toy, "load", loading)
    result = make_job(set=CONCEPTS, subjects=(1,), control=("none",)).run()
    assert scores_of(result.rows[0])["retrieval top-1"][1].split("/")[2] == "concepts-c3of4"


def test_a_gallery_without_a_class_leaves_the_reason(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, label = toy.Toy.load, np.array([0, 2])
    monkeypatch.setattr(toy.Toy, "load", lambda *given: replace(load(*given), gallery=Gallery(toy.Paint(label), label)))
    (row,) = make_job(set=CONCEPTS, subjects=(1,), control=("none",)).run().rows
    assert scores_of(row) == {}
    assert any("1 of the 3 classes (green) have no other picture" in note for note in row.notes)


def test_tokens_are_compared_with_the_targets_of_a_gallery(
    make_job: MakeJob, toy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, label = toy.Toy.load, np.array([2, 1, 0, 0])

    def loading(*given: Any) -> Recordings:
        recordings, captions = load(*given), [toy.CLASSES[one] for one in label]
        named = [toy.CLASSES[i % 3] for i in range(len(recordings.pictures))]
        return replace(recordings, captions=named, gallery=Gallery(toy.Paint(label), label, captions))

    monkeypatch.setattr(toy.Toy, "load", loading)
    asked = ("metric.found.use=retrieval", "metric.found.gallery=concepts")
    (row,) = make_job(set=asked, subjects=(1,), control=("none",)).run().rows
    value, identity = scores_of(row)["retrieval top-1"]
    assert identity == "retrieval@names/tokens-1x3/concepts-c3of4/inductive/n24"
    assert value > 0.9


def test_other_pictures_are_none_of_validation_or_of_other_classes(make_job: MakeJob, toy: Any) -> None:
    job = make_job()
    recordings = toy.Toy(toy.Tape()).load(1, Prepared(toy.Tape().prepare(job)))  # type: ignore[arg-type]
    only_red = replace(recordings, test=recordings.test.take(np.flatnonzero(recordings.test.label == 0)))
    found = other_pictures(only_red)
    assert found.label.tolist() == [0] * 10
    assert len(found.pictures) == 10
    assert found.captions == ["red"] * 10
    assert all(found.pictures[row][0, 0, 0] == 200 for row in range(10))


class Prepared:
    """A run with the arrays of a preparation."""

    def __init__(self, arrays: Any) -> None:
        self.arrays = arrays

    def prepared(self, component: Any) -> Any:
        return self.arrays


def test_joint_scoring_is_marked_in_the_table_also_after_another_audit(make_job: MakeJob) -> None:
    asked = {"set": (*RETRIEVAL, "metric.found.queries=csls"), "subjects": (1,), "control": ("none",)}
    joint = "test trials scored jointly (csls, transductive)"
    first = make_job(**asked, audit=("none",)).run()
    plugins = (str(TOY / "toy.py"),)
    again = eegrecon.audit(first.folder, audit=("picture-overlap",), plugins=plugins, quiet=True)
    for result in (first, again):
        failed = ["audit picture-overlap: FAIL"] if result.audits else []
        marks = {score.metric: list(score.marks) for score in result.rows[0].scores}
        assert marks["found"] == [joint, *failed]
        assert marks["right"] == failed
        assert {summary.marks for summary in result.rows[0].summaries if summary.metric == "found"} == {
            (joint, *failed)
        }
    assert f"‡ {joint}" in " ".join(table_of(first).notes)
