from __future__ import annotations

import pytest
from records import PUBLISHED, result, row, score, summary

from eegrecon.interfaces.records import StageRecord
from eegrecon.reporting import tables
from eegrecon.reporting.cells import HARDLY_VARIES
from eegrecon.reporting.tables import table_of


def test_a_cell_is_the_mean_over_subjects_and_its_difference_from_full() -> None:
    table = table_of(result(row("Full", score(0.5), score(0.7, 2)), row("w/o x", score(0.4), score(0.5, 2))))
    chance, full, without = table.rows
    assert full.cells[0].value == pytest.approx(0.6)
    assert without.cells[0].difference == pytest.approx(-0.15)
    assert chance.cells[0].value == 0.5
    assert table.headings[0].n == 20


def test_scores_of_another_identity_have_a_column_of_their_own() -> None:
    table = table_of(result(row("Full", score(0.5)), row("w/o x", score(0.4, identity="m@other/n10"))))
    assert len(table.headings) == 2
    line = table.rows[2]
    assert [cell.value for cell in line.cells] == [None, 0.4]
    assert "identity" in line.cells[0].reason
    assert line.cells[1].difference is None


def test_a_published_row_follows_its_variant_and_is_marked_as_not_comparable() -> None:
    rows = (row("Full", score(0.5)), row("w/o f", score(0.4), removed=("encoder.freq",)))
    table = table_of(result(*rows, published=(PUBLISHED,)))
    assert [line.label for line in table.rows] == ["chance", "Full", "w/o f", f"paper {tables.NOT_COMPARABLE}"]
    assert table.rows[3].cells[0].value == 0.25
    assert table.rows[3].cells[0].difference is None
    assert any(note.startswith(tables.NOT_COMPARABLE) and "NOT comparable" in note for note in table.notes)


def test_a_control_has_no_published_row() -> None:
    control = row("control: c", score(0.5), removed=("encoder.freq",), control="c")
    table = table_of(result(row("Full", score(0.5)), control, published=(PUBLISHED,)))
    assert [line.kind for line in table.rows] == ["chance", "variant", "control"]


def test_a_missing_score_has_its_reason_in_the_notes() -> None:
    table = table_of(result(row("Full", score(0.5)), row("w/o g", blank={"m": "there is no generator"})))
    (note,) = [note for note in table.notes if "there is no generator" in note]
    assert "w/o g" in note


def test_a_note_of_every_row_is_given_once() -> None:
    table = table_of(result(row("Full", score(0.5), notes=("x",)), row("w/o", score(0.5), notes=("x",))))
    assert table.notes == ("every row: x",)


def test_the_interval_of_another_identity_is_not_shown() -> None:
    table = table_of(result(row("Full", score(0.5), summaries=(summary(identity="m@other"),))))
    assert table.rows[1].cells[0].interval is None


def test_columns_with_the_same_name_are_distinguished_by_their_metric() -> None:
    other = score(0.3, metric="deep", identity="deep/n10")
    table = table_of(result(row("Full", score(0.5), other)))
    assert [heading.title for heading in table.headings] == ["m top ↑", "deep top ↑"]
    assert table.rows[-1].flat()["deep top"] == 0.3


def eeg_evidence(*p: float, differences: tuple[float, ...], better: str = "higher") -> tuple[str, ...]:
    """Return the first word of the table's answers for Full at 0.5, compared with two controls."""
    rows = [row("Full", score(0.5, better=better), summaries=(summary(0.5),))]
    for name, corrected, difference in zip(("shuffle", "predicted-label"), p, differences, strict=True):
        value = 0.5 + difference
        summaries = (summary(value, difference=difference, p_corrected=corrected),)
        rows.append(row(f"control: {name}", score(value, better=better), control=name, summaries=summaries))
    matters = table_of(result(*rows)).eeg
    assert matters is not None
    return tuple(answer.split()[0] for answer in matters.rows[0][-2:])


def test_the_effect_of_the_eeg_needs_a_corrected_difference_in_the_better_direction() -> None:
    assert eeg_evidence(0.01, 0.01, differences=(-0.3, 0.1)) == ("yes", "worse")
    assert eeg_evidence(0.01, 0.04, differences=(0.3, 0.1), better="lower") == ("yes", "yes")
    above, barely_above = eeg_evidence(0.06, 0.05, differences=(-0.3, -0.1))
    assert not {above, barely_above} & {"yes", "worse"}
    assert eeg_evidence(0.01, 0.2, differences=(-0.3, -0.1)) == ("yes", above)


def test_a_score_that_does_not_come_from_the_eeg_is_not_more_than_the_class() -> None:
    for p_shuffled, difference in ((0.2, -0.3), (0.01, 0.3)):  # no evidence; worse than with the EEG shuffled
        from_eeg, beyond_class = eeg_evidence(p_shuffled, 0.01, differences=(difference, -0.1))
        assert from_eeg != "yes"
        assert beyond_class == "inconclusive"


def test_without_controls_there_is_no_evidence_about_the_eeg() -> None:
    matters = table_of(result(row("Full", score(0.5), summaries=(summary(0.5),)))).eeg
    assert matters is not None
    assert matters.rows == ()


def test_the_chance_row_has_the_range_of_permuted_outputs() -> None:
    table = table_of(result(row("Full", score(0.5), summaries=(summary(0.5, null=(0.4, 0.6)),))))
    assert (table.rows[0].kind, table.rows[0].cells[0].spread) == ("chance", "[0.400, 0.600]")
    assert tables.NULL in table.notes


def test_the_chance_level_of_a_column_is_that_of_any_row_that_has_it() -> None:
    other = score(0.4, identity="m@other/n10", chance=0.2)
    table = table_of(result(row("Full", score(0.5), blank={}), row("w/o x", other)))
    assert [cell.value for cell in table.rows[0].cells] == [0.5, 0.2]


def test_a_row_whose_outputs_hardly_vary_is_marked_with_a_note() -> None:
    full, flat = row("Full", score(0.5)), row("w/o f", score(0.4), constant=("logits", "tokens"))
    table = table_of(result(full, flat))
    assert [line.label for line in table.rows[1:]] == ["Full", f"w/o f {HARDLY_VARIES}"]
    (note,) = [note for note in table.notes if note.startswith(HARDLY_VARIES)]
    assert all(fact in note for fact in ("w/o f", "logits", "tokens", ".001"))
    assert not any(note.startswith(HARDLY_VARIES) for note in table_of(result(full)).notes)


def test_methods_are_compared_by_parameters_seconds_and_scores_with_permuted_outputs() -> None:
    stages = {
        "a": StageRecord(name="encoder", kind="fit", seconds=2.0, hit=False),
        "b": StageRecord(name="features", kind="encode", seconds=0.25, hit=True),
        "c": StageRecord(name="score.m", kind="score", seconds=50.0, hit=False),
    }
    above, below = (summary(value, null=(0.2, 0.6), p_null=p) for value, p in ((0.7, 0.005), (0.5, 0.3)))
    rows = (
        row("Full", score(0.7), summaries=(above,), parameters=12345, stages=("a", "b", "c")),
        row("line", score(0.5), summaries=(below,), parameters=7, stages=("b", "c")),
        row("refused", refused="no"),
        row("control: c", score(0.5), control="shuffle", summaries=(below,)),
    )
    methods = table_of(result(*rows, stages=stages)).methods
    assert methods.header == ("", "parameters", "seconds", "top (m)")
    assert methods.rows == (
        ("Full", "12,345", "2.2", "0.700+ [0.200, 0.600]"),
        ("line", "7", "0.2", "0.500 [0.200, 0.600]"),
        ("refused", "-", "-", "-"),
    )
    assert table_of(result(rows[0], rows[3], stages=stages)).methods.rows == ()  # nothing to compare
