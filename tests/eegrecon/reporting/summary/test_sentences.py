"""The sentences of results made by hand: what they claim, and that they claim nothing else."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

import pytest
from records import audit, result, row, score, summary

from eegrecon import Result
from eegrecon.interfaces.records import ResultRow
from eegrecon.reporting.summary.sentences import MOST, sentences
from eegrecon.reporting.tables import table_of

COLUMNS = {"top-1": "accuracy", "identification": "identification", "FID": "fid"}
CONTROLS = {"shuffle": "control: shuffled", "predicted-label": "control: class"}
NUMBERS = "top-1 0.700, evoked response 0.830, difference -0.130 [-0.180, -0.080], p = 0.002"


def measured(label: str, values: dict[str, float], ps: dict[str, float] | None = None, **more: Any) -> ResultRow:
    """Return a row with these values; where there is a p value, its difference from Full was tested."""
    scores, summaries = [], []
    for column, value in values.items():
        identity, metric = f"{column}/n10", COLUMNS[column]
        better, chance = ("lower", None) if column == "FID" else ("higher", 0.1)
        names = {"metric": metric, "column": column, "identity": identity}
        scores.append(score(value, **names, better=better, chance=chance))
        tested = {"difference_interval": (-0.2, -0.1), "p_corrected": ps[column]} if ps and column in ps else {}
        summaries.append(summary(value, **names, **tested, **more.get("summary", {}).get(column, {})))
    fields = {key: value for key, value in more.items() if key != "summary"}
    return row(label, *scores, summaries=tuple(summaries), **fields)


def full(value: float = 0.7, p_null: float | None = None, **more: Any) -> ResultRow:
    values = {"top-1": value, "identification": 0.4, "FID": 50.0}
    return measured("Full", values, summary={"top-1": {"p_null": p_null, "marks": more.pop("marks", ())}}, **more)


def control(name: str, values: dict[str, float], ps: dict[str, float]) -> ResultRow:
    return measured(CONTROLS[name], values, ps, control=name)


def said(found: Result) -> str:
    """Return the sentences, one a line, in small letters."""
    return "\n".join(sentences(found, table_of(found))).lower()


def test_accuracy_beyond_chance_is_claimed_with_value_interval_and_chance() -> None:
    text = said(result(full(0.7, p_null=0.005)))
    assert all(number in text for number in ("0.700", "[0.600, 0.800]", "0.100", "p = 0.005"))
    assert "better than chance" in text
    assert "no evidence" not in text


@pytest.mark.parametrize("p_null", [0.03, 0.4])
def test_accuracy_that_guessing_reaches_is_no_evidence(p_null: float) -> None:
    text = said(result(full(0.12, p_null=p_null)))
    assert "no evidence" in text
    assert f"p = {p_null}" in text


def test_a_value_without_a_test_is_no_claim() -> None:
    text = said(result(full(0.7)))
    assert "0.700" in text
    assert "better" not in text
    assert "no evidence" not in text


@pytest.mark.parametrize(("p_null", "p_shuffled"), [(0.005, 0.5), (0.3, 0.001)])
def test_tests_of_chance_that_disagree_are_inconclusive(p_null: float, p_shuffled: float) -> None:
    text = said(result(full(0.2, p_null=p_null), control("shuffle", {"top-1": 0.1}, {"top-1": p_shuffled})))
    assert "inconclusive" in text.splitlines()[0]
    assert "better than chance" not in text


def test_a_doubtful_accuracy_is_named_doubtful() -> None:
    text = said(result(full(0.7, p_null=0.005, marks=("audit drift: FAIL",))))
    assert "drift" in text.splitlines()[0]


@pytest.mark.parametrize(
    ("verdict", "more", "less", "neither"),
    [("PASS", True, False, False), ("FAIL", False, True, False), ("WARN", False, False, True)],
)
def test_the_audit_of_the_linear_reader_gives_claim_and_numbers(
    verdict: str, more: bool, less: bool, neither: bool
) -> None:
    evidence = NUMBERS if verdict == "PASS" else f"a conclusion of the audit: {NUMBERS}"
    found = (audit("linear-baseline", verdict, evidence),)
    (_, text, *_) = said(result(full(p_null=0.005), audits=found, seeds=(0, 1))).splitlines()
    assert NUMBERS in text
    assert text.startswith("full decodes more") == more
    assert text.startswith("a linear reader") == less
    assert ("no evidence" in text) == neither
    assert "a conclusion of the audit" not in text


def reader(value: float, p: float | None, **more: Any) -> ResultRow:
    """Return the row of a baseline of the benchmark file."""
    return measured("straight lines", {"top-1": value}, {} if p is None else {"top-1": p}, baseline=True, **more)


@pytest.mark.parametrize(("p", "claimed"), [(0.001, True), (0.2, False), (None, False)])
def test_a_row_of_a_baseline_gives_claim_and_numbers(p: float | None, claimed: bool) -> None:
    (_, text) = said(result(full(p_null=0.005), reader(0.83, p))).splitlines()
    assert "0.700 for full, 0.830 for straight lines" in text
    assert text.startswith("straight lines decodes more") == claimed


@pytest.mark.parametrize("audited", [True, False])
def test_a_baseline_trained_once_has_numbers_and_no_claim(audited: bool) -> None:
    found = (audit("linear-baseline", "FAIL", f"better: {NUMBERS}"),) if audited else ()
    rows = full(p_null=0.005), reader(0.83, None, summary={"top-1": ONCE})
    (_, text, *_) = said(result(*rows, audits=found)).splitlines()
    assert "0.830" in text
    assert "one training each, which compares these trainings" in text
    assert "network" not in text  # a nearest mean has none
    assert "decodes more" not in text


def test_a_baseline_is_no_variant_of_the_method() -> None:
    rows = full(p_null=0.005), reader(0.83, None, summary={"top-1": ONCE})
    assert said(result(*rows)).count("straight lines") == 1


def test_row_and_audit_of_the_linear_reader_that_disagree_are_inconclusive() -> None:
    found = (audit("linear-baseline", "FAIL", f"better: {NUMBERS}"),)
    text = said(result(full(), reader(0.75, 0.2), audits=found, seeds=(0, 1)))
    assert "inconclusive" in text
    assert "no evidence" not in text


def test_without_a_linear_reader_nothing_is_said_of_one() -> None:
    undecided = audit("linear-baseline", "inconclusive", "the encoder gives no class scores")
    assert "reader" not in said(result(full(p_null=0.005), audits=(undecided,)))


def test_a_tested_difference_has_value_and_interval() -> None:
    text = said(result(full(), measured("w/o refine", {"top-1": 0.7, "FID": 60.0}, {"top-1": 1.0, "FID": 0.01})))
    line = text.splitlines()[-1]
    assert "w/o refine" in line
    assert "fid +10.00 [-0.200, -0.100]: worse" in line
    assert "no evidence" not in line


def test_a_difference_without_significance_is_no_evidence() -> None:
    line = said(result(full(), measured("w/o refine", {"top-1": 0.68}, {"top-1": 0.2}))).splitlines()[-1]
    assert "no evidence" in line
    assert "-0.020" in line


def test_no_evidence_is_shown_by_columns_that_can_differ() -> None:
    values = {"top-1": 0.7, "identification": 0.4, "FID": 52.0}  # without refinement the decoded classes are the same
    line = said(result(full(), measured("w/o refine", values, dict.fromkeys(values, 1.0)))).splitlines()[-1]
    assert line.index("fid +2.000") < line.index("top-1")


ONCE = {"trainings": 1, "difference_interval": (-0.2, -0.1)}


def test_a_row_trained_once_has_numbers_and_no_claim() -> None:
    without = measured("w/o freq", {"top-1": 0.5}, summary={"top-1": ONCE})
    line = said(result(full(), without)).splitlines()[-1]
    assert "w/o freq (top-1 -0.200 [-0.200, -0.100])" in line
    assert "one training each" in line
    assert "different" not in line
    assert "worse" not in line


def test_the_audit_of_one_training_has_numbers_and_no_claim() -> None:
    found = (audit("linear-baseline", "PASS", NUMBERS),)
    (_, text, *_) = said(result(full(p_null=0.005), audits=found)).splitlines()
    assert NUMBERS in text
    assert "one training each" in text
    assert "decodes more" not in text


def test_from_two_seeds_on_a_trained_row_is_tested() -> None:
    without = measured("w/o freq", {"top-1": 0.5}, {"top-1": 0.001}, summary={"top-1": {"trainings": 2}})
    line = said(result(full(), without, seeds=(0, 1))).splitlines()[-1]
    assert "one training" not in line
    assert "top-1 -0.200 [-0.200, -0.100]: worse" in line


def test_a_column_with_the_same_weights_is_tested_beside_one_of_one_training() -> None:
    values = {"top-1": 0.7, "identification": 0.2, "FID": 70.0}
    without = measured("w/o fine", values, {"top-1": 1.0, "FID": 0.001}, summary={"identification": ONCE})
    line = said(result(full(), without)).splitlines()[-1]
    claimed, _, once = line.partition("; ")
    assert "fid +20.00 [-0.200, -0.100]: worse" in claimed
    assert "identification" not in claimed
    assert "identification -0.200" in once
    assert "fid" not in once


def of_class(identification: float, p: float) -> ResultRow:
    return control("predicted-label", {"identification": identification}, {"identification": p})


def test_reconstructions_beyond_the_class_are_claimed_by_the_corrected_test() -> None:
    line = said(result(full(), of_class(0.2, 0.01))).splitlines()[-1]
    assert "more than the predicted class" in line
    assert "no evidence" not in line
    assert "0.400" in line
    assert "0.200" in line


@pytest.mark.parametrize(("value", "p"), [(0.2, 0.06), (0.5, 0.5)])
def test_reconstructions_no_better_than_the_class_are_no_evidence(value: float, p: float) -> None:
    assert "no evidence" in said(result(full(), of_class(value, p))).splitlines()[-1]


def test_reconstructions_worse_than_those_of_the_class_are_said_to_be() -> None:
    line = said(result(full(), of_class(0.6, 0.01))).splitlines()[-1]
    assert "worse" in line
    assert "more than" not in line


def test_a_score_that_survives_shuffled_eeg_tells_nothing_beyond_the_class() -> None:
    shuffled = control("shuffle", {"identification": 0.39}, {"identification": 0.9})
    text = said(result(full(), of_class(0.2, 0.01), shuffled))
    assert all("no evidence" in line for line in text.splitlines() if "identification" in line)


def test_identification_that_accuracy_explains_tells_nothing_beyond_the_class() -> None:
    explained = audit("explained", "WARN", "no evidence beyond the class: identification 0.400")
    text = said(result(full(), of_class(0.2, 0.01), audits=(explained,)))
    assert all("no evidence" in line for line in text.splitlines() if "predicted class" in line)


def test_scores_that_do_not_move_without_eeg_are_named_and_those_that_do_are_not() -> None:
    shuffled = control("shuffle", {"top-1": 0.1, "FID": 52.0}, {"top-1": 0.001, "FID": 0.8})
    line = said(result(full(p_null=0.005), shuffled)).splitlines()[-1]
    assert "no evidence" in line
    assert "fid 50.00" in line
    assert "52.00" in line
    assert "top-1" not in line


def test_where_every_score_moves_without_eeg_none_is_said_to_stay() -> None:
    shuffled = control("shuffle", {"top-1": 0.1, "FID": 90.0}, {"top-1": 0.001, "FID": 0.001})
    line = said(result(full(p_null=0.005), shuffled)).splitlines()[-1]
    assert "no evidence" not in line
    assert "90.00" in line


def test_audits_that_did_not_pass_are_named_with_a_clause_and_passed_ones_are_not() -> None:
    found = (
        audit("copies", "PASS", "0 of 240 pictures"),
        audit("block-design", "WARN", "time predicts 1.000 of 240 trials; 240 share a block"),
        audit("drift", "FAIL", "the EEG drifts (p = 0.002): within blocks 3.1"),
        audit("determinism", "inconclusive", "computed once"),
    )
    line = said(result(full(), audits=found)).splitlines()[-1]
    for text in ("block-design", "1.000 of 240", "drift", "p = 0.002", "determinism"):
        assert text in line
    assert "copies" not in line
    assert "within blocks" not in line


def test_a_clause_that_is_cut_has_no_open_bracket() -> None:
    evidence = "the time of the recording alone predicts the class of 1.000 (by block) and of 0.917 (by nearest trial)"
    line = said(result(full(), audits=(audit("block-design", "WARN", evidence),))).splitlines()[-1]
    assert "1.000 (by block) and of 0.917 …)" in line


def test_where_all_audits_passed_their_number_is_said() -> None:
    assert "2" in said(result(full(), audits=tuple(audit(name, "PASS", "") for name in "ab"))).splitlines()[-1]


def test_a_result_without_scores_has_no_sentences() -> None:
    assert said(result(row("Full", blank={"m": "refused"}))) == ""


def anything(rng: random.Random) -> Result:
    """Return a result with random tests: significant or not, better or worse, audits of any verdict."""

    def ps(*columns: str) -> dict[str, float]:
        return {column: rng.choice([0.001, 0.04, 0.06, 0.9]) for column in columns if rng.random() < 0.9}

    def values(*columns: str) -> dict[str, float]:
        return {column: rng.choice([30.0, 70.0]) if column == "FID" else rng.choice([0.05, 0.9]) for column in columns}

    rows = [full(0.5, p_null=rng.choice([None, 0.005, 0.2]))]
    for name, columns in (("shuffle", tuple(COLUMNS)), ("predicted-label", ("identification", "FID"))):
        if rng.random() < 0.8:
            rows.append(control(name, values(*columns), ps(*columns)))
    parts = range(rng.randrange(5))
    seeds = rng.choice([(0,), (0, 1)])
    for label in [*(f"w/o part {k}" for k in parts), *(["straight lines"] if rng.random() < 0.5 else [])]:
        once = seeds == (0,) and rng.random() < 0.5
        more = {"summary": dict.fromkeys(COLUMNS, ONCE)} if once else {}
        tested = {} if once else ps(*COLUMNS)
        rows.append(measured(label, values(*COLUMNS), tested, baseline=label == "straight lines", **more))
    verdicts = ("PASS", "WARN", "FAIL", "inconclusive")
    names = ("linear-baseline", "explained", "drift", "block-design", "copies")
    audits = [audit(name, rng.choice(verdicts), f"a conclusion: {NUMBERS}") for name in names if rng.random() < 0.8]
    return result(*rows, audits=tuple(audits), seeds=seeds)


@pytest.mark.parametrize("seed", range(8))
def test_sentences_are_few_have_numbers_and_never_contradict_each_other(seed: int) -> None:
    rng = random.Random(seed)
    for found in (anything(rng) for _ in range(100)):
        lines = said(found).splitlines()
        assert len(lines) <= MOST
        assert all(re.search(r"\d", line) for line in lines)
        text = "\n".join(lines)
        assert text.count("full decodes more than") + text.count("decodes more than full") <= 1
        unmoved = next((line for line in lines if "depend on the eeg" in line), "")
        if ": better than chance" in text:
            assert "top-1" not in unmoved
        beyond = [line for line in lines if "more than the predicted class" in line and "no evidence" not in line]
        for line, column in itertools.product(beyond, ("identification", "fid")):
            assert not (column in line.partition("; but")[0] and column in unmoved)
