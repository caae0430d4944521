"""Statements of hand-made results, each made and not made."""

from __future__ import annotations

from typing import Any

import pytest
import statements as of
from jobs import Job
from records import result, row, score, summary
from worlds import WORLDS

from eegrecon import Result
from eegrecon.benchmark.options import Options
from eegrecon.interfaces.records import AuditRecord, ResultRow, Summary
from eegrecon.reporting.tables import table_of

ABOVE, CHANCE = {"p_null": 0.005}, {"p_null": 0.3}
BETTER, EQUAL = {"difference": 0.2, "p_corrected": 0.01}, {"difference": 0.2, "p_corrected": 0.2}
WORSE = {"difference": -0.2, "p_corrected": 0.01}


def accuracy(**more: Any) -> Summary:
    return summary(0.4 + more.get("difference", 0.0), metric="accuracy", column="top-1", identity="accuracy", **more)


def error(name: str, **more: Any) -> Summary:
    value = 0.4 + more.get("difference", 0.0)
    return summary(value, metric="structure", column=f"{name} error", identity="structure", **more)


def line(label: str, *summaries: Summary, **more: Any) -> ResultRow:
    """Return a row with these numbers; errors are better when they are lower."""
    scores = (
        score(
            each.value, metric=each.metric, column=each.column, identity=each.identity,
            better="lower" if each.metric == "structure" else "higher",
        )
        for each in summaries
    )  # fmt: skip
    return row(label, *scores, summaries=summaries, **more)


def audited(found: Result, **verdicts: str) -> Result:
    records = [
        AuditRecord(name=name.replace("_", "-"), question="", verdict=verdict, evidence="")  # type: ignore[arg-type]
        for name, verdict in verdicts.items()
    ]
    return found.model_copy(update={"audits": tuple(records)})


def full(*summaries: Summary) -> ResultRow:
    return line("Full", *(summaries or (accuracy(**ABOVE),)))


def shuffled(*summaries: Summary) -> ResultRow:
    return line("shuffled", *summaries, control="shuffle")


def class_only(*summaries: Summary) -> ResultRow:
    return line("class", *summaries, control="predicted-label")


@pytest.mark.parametrize(("found", "made"), [(ABOVE, True), (CHANCE, False), ({"p_null": 0.03}, False), ({}, None)])
def test_a_row_is_above_chance_by_the_permutations_of_its_own_outputs(found: Any, made: bool | None) -> None:
    other = line("w/o", accuracy(**found), removed=(of.TIME,))
    assert of.above_chance(result(full(accuracy(p_null=0.2)), other), of.without(of.TIME)) is made


def test_a_row_that_is_not_there_makes_no_statement() -> None:
    found = result(full())
    assert of.above_chance(found, of.without(of.FREQ)) is None
    assert of.above_chance(found, of.linear_reader) is None
    assert of.from_eeg(found, "accuracy", ["top-1"]) is None
    assert of.beyond_class(found, "structure", of.STRUCTURE) is None
    assert of.changed(found, of.REFINE, higher=True) is None
    assert of.verdict(found, "drift", "FAIL") is None


def test_full_is_the_row_without_settings() -> None:
    reader = line("linear reader", accuracy(**CHANCE), settings={"encoder": of.READER})
    found = result(reader, full(accuracy(**ABOVE)))
    assert of.above_chance(found, of.row) is True
    assert of.above_chance(found, of.linear_reader) is False


@pytest.mark.parametrize(("found", "made"), [(WORSE, True), (EQUAL, False), ({"difference": 0.4}, False)])
def test_a_star_is_a_corrected_p_below_a_twentieth_in_any_row(found: Any, made: bool) -> None:
    assert of.star(result(full(), line("w/o", accuracy(), removed=("x",)), shuffled(accuracy(**found)))) is made


@pytest.mark.parametrize(
    ("of_shuffled", "of_class", "from_eeg", "beyond"),
    [
        (WORSE, WORSE, True, True),
        (EQUAL, WORSE, False, False),
        (WORSE, EQUAL, True, False),
        (BETTER, BETTER, False, False),
    ],
)
def test_verdicts_on_a_score_that_is_better_higher_are_those_of_the_table(
    of_shuffled: Any, of_class: Any, from_eeg: bool, beyond: bool
) -> None:
    found = result(full(accuracy()), shuffled(accuracy(**of_shuffled)), class_only(accuracy(**of_class)))
    assert of.from_eeg(found, "accuracy", ["top-1"]) is from_eeg
    assert of.beyond_class(found, "accuracy", ["top-1"]) is beyond
    assert (table_of(found).eeg.rows[0][-2] == "yes") is from_eeg
    assert (table_of(found).eeg.rows[0][-1] == "yes") is beyond


@pytest.mark.parametrize(("of_class", "made"), [(BETTER, True), (WORSE, False), (EQUAL, False)])
def test_an_error_is_more_than_the_class_where_the_class_alone_has_more_errors(of_class: Any, made: bool) -> None:
    errors = shuffled(error("colour", **BETTER)), class_only(error("colour", **of_class))
    found = result(full(accuracy(), error("colour")), *errors)
    assert of.beyond_class(found, "structure", of.STRUCTURE) is made
    assert of.any_beyond_class(found) is made


def test_a_score_is_more_than_the_class_where_no_eeg_was_shuffled() -> None:
    found = result(full(accuracy(), error("colour")), class_only(error("colour", **BETTER)))
    assert of.beyond_class(found, "structure", of.STRUCTURE) is True


def test_accuracy_counts_neither_as_a_score_of_pictures_nor_the_class_as_structure() -> None:
    rows = shuffled(accuracy(**WORSE), error("class", **BETTER)), class_only(accuracy(**WORSE), error("class", **EQUAL))
    found = result(full(accuracy(), error("class")), *rows)
    assert of.any_beyond_class(found) is False
    assert of.from_eeg(found, "structure", of.STRUCTURE) is None


@pytest.mark.parametrize(
    ("change", "higher", "lower"),
    [
        (BETTER, True, False),
        (WORSE, False, True),
        (EQUAL, False, False),
        ({"difference": 0.2, "difference_interval": (0.1, 0.3)}, True, False),  # one training each: no p value
        ({"difference": 0.2, "difference_interval": (-0.1, 0.3)}, False, False),
        ({"difference": 0.2, "difference_interval": (0.02, 0.38)}, False, False),  # too little for one of five errors
        ({"difference": 0.2, "difference_interval": (0.1, 0.3), "p_corrected": 0.2}, False, False),
    ],
)
def test_a_structure_error_changes_by_the_test_of_its_difference(change: Any, higher: bool, lower: bool) -> None:
    other = line("w/o", error("colour", difference=0.0), error("place", **change), removed=(of.FINE,))
    found = result(full(accuracy(), error("colour"), error("place")), other)
    assert of.changed(found, of.FINE, higher=True) is higher
    assert of.changed(found, of.FINE, higher=False) is lower


def test_audits_complain_by_failing_or_warning_where_that_is_not_justified() -> None:
    sound = audited(result(full()), drift="PASS", explained="WARN", linear_baseline="FAIL", copies="inconclusive")
    assert not of.complaint(sound)
    assert of.complaint(audited(sound, copies="WARN"))
    assert of.complaint(audited(sound, drift="FAIL"))
    assert not of.complaint(audited(sound, drift="FAIL", block_design="WARN"), of.JUSTIFIED_BY_DRIFT)
    assert of.verdict(sound, "drift", "PASS") is True
    assert of.verdict(sound, "drift", "FAIL") is False


def test_an_accuracy_above_chance_is_marked_or_not() -> None:
    marked = full(accuracy(**ABOVE, marks=("audit drift: FAIL",)))
    assert of.marked(result(marked)) is True
    assert of.marked(result(full())) is False
    assert of.unmarked(result(full())) is True
    assert of.unmarked(result(marked)) is False
    assert of.unmarked(result(marked, line("w/o", accuracy(**ABOVE), removed=(of.TIME,)))) is True
    assert of.unmarked(result(full(accuracy(**CHANCE)), shuffled(accuracy(**ABOVE)))) is False


@pytest.mark.parametrize("world", WORLDS)
def test_a_world_is_a_profile_whose_statements_are_true_or_false(store: object, world: str) -> None:
    assert Job(Options("brainvis", profile=world)).request.full.dataset is not None
    assert {statement.true for statement in WORLDS[world].statements} >= {False}
    texts = [statement.text for statement in WORLDS[world].statements]
    assert len(texts) == len(set(texts))


def test_the_parts_that_statements_name_are_parts_of_the_method(store: object) -> None:
    for world, parts in (("known-time", (of.TIME, of.FREQ)), ("known-structure", (of.REFINE, of.FINE))):
        job = Job(Options("brainvis", profile=world, ablate=parts))
        assert {path for variant in job.request.variants for path in variant.removed} == set(parts)
