from __future__ import annotations

import csv
import io

import pytest

from eegrecon import layouts, tables
from eegrecon.results import PublishedRecord, Result, ResultRow, ScoreRecord, Summary


def score(
    value: float, subject: int = 1, identity: str = "m/n10", n: int = 10, chance: float | None = 0.5
) -> ScoreRecord:
    return ScoreRecord(
        metric="m",
        column="top",
        better="higher",
        identity=identity,
        subject=subject,
        seed=0,
        value=value,
        n=n,
        chance=chance,
    )


def row(
    label: str, *scores: ScoreRecord, removed: tuple[str, ...] = (), control: str | None = None, **more: object
) -> ResultRow:
    given = {"refused": "", "configuration": {}, "blank": {}, "notes": (), "stages": (), **more}
    return ResultRow(label=label, removed=removed, control=control, scores=scores, **given)  # type: ignore[arg-type]


def result(*rows: ResultRow, profile: str = "demo", published: tuple[PublishedRecord, ...] = ()) -> Result:
    return Result(
        schema="eegrecon.result/1", benchmark="b", title="", source="", version="1", digest="", profile=profile,
        command="", protocol="", dataset="", fingerprint="", subjects=(1, 2), seeds=(0,), precision="fp32", notes=(),
        rows=rows, published=published, stages={}, plugins={}, environment={},
    )  # fmt: skip


PUBLISHED = PublishedRecord(label="paper", source="p", without=("encoder.freq",), scores={"m.top": 0.25})


def test_a_cell_is_the_mean_over_subjects_and_its_difference_from_full() -> None:
    shown = tables.table(result(row("Full", score(0.5), score(0.7, 2)), row("w/o x", score(0.4), score(0.5, 2))))
    chance, full, without = shown.rows
    assert full.cells[0].value == pytest.approx(0.6)
    assert without.cells[0].difference == pytest.approx(-0.15)
    assert chance.cells[0].value == 0.5
    assert shown.headings[0].n == 20


def test_scores_of_other_identity_get_a_column_of_their_own() -> None:
    shown = tables.table(result(row("Full", score(0.5)), row("w/o x", score(0.4, identity="m@other/n10"))))
    assert len(shown.headings) == 2
    line = shown.rows[2]
    assert [cell.value for cell in line.cells] == [None, 0.4]
    assert line.cells[0].reason == "its scores have another identity"
    assert line.cells[1].difference is None


def test_the_published_row_stands_below_its_variant_and_is_marked_not_comparable() -> None:
    rows = (row("Full", score(0.5)), row("w/o f", score(0.4), removed=("encoder.freq",)))
    shown = tables.table(result(*rows, published=(PUBLISHED,)))
    assert [line.label for line in shown.rows] == ["chance", "Full", "w/o f", "paper †"]
    assert shown.rows[3].cells[0].value == 0.25
    assert shown.rows[3].cells[0].difference is None
    assert any("NOT comparable" in note for note in shown.notes)


def test_a_control_has_no_published_row() -> None:
    control = row("control: c", score(0.5), removed=("encoder.freq",), control="c")
    shown = tables.table(result(row("Full", score(0.5)), control, published=(PUBLISHED,)))
    assert [line.kind for line in shown.rows] == ["chance", "variant", "control"]


def test_a_blank_has_its_reason_in_the_notes_and_in_csv() -> None:
    shown = tables.table(result(row("Full", score(0.5)), row("w/o g", blank={"m": "there is no generator"})))
    assert "w/o g: no m: there is no generator" in shown.notes
    lines = list(csv.DictReader(io.StringIO(layouts.comma_separated(shown))))
    assert lines[-1]["reason"] == "there is no generator"
    assert lines[-1]["value"] == ""


def test_a_note_of_every_row_is_said_once() -> None:
    shown = tables.table(result(row("Full", score(0.5), notes=("x",)), row("w/o", score(0.5), notes=("x",))))
    assert shown.notes == ("every row: x",)


def summary(**more: object) -> Summary:
    given = {"metric": "m", "column": "top", "identity": "m/n10", "value": 0.4, "interval": (0.3, 0.5), "method": ""}
    return Summary(**{**given, "other_subjects": None, "seed_spread": None, **more})  # type: ignore[arg-type]


def test_a_number_stands_with_its_interval_and_a_difference_that_survives_correction_with_a_mark() -> None:
    changes = {"difference": -0.1, "difference_interval": (-0.2, -0.05)}
    rows = [row("Full", score(0.5), summaries=(summary(),))]
    rows += [row(f"p {p}", score(0.4), summaries=(summary(p_corrected=p, **changes),)) for p in (0.04, 0.06)]
    text = layouts.markdown(tables.table(result(*rows)))
    assert "| Full | 0.500 [0.300, 0.500] |" in text
    assert "| p 0.04 | 0.400 [0.300, 0.500] (-0.100* [-0.200, -0.050]) |" in text
    assert "| p 0.06 | 0.400 [0.300, 0.500] (-0.100 [-0.200, -0.050]) |" in text


def test_the_interval_of_another_identity_is_not_shown() -> None:
    shown = tables.table(result(row("Full", score(0.5), summaries=(summary(identity="m@other"),))))
    assert shown.rows[1].cells[0].interval is None


def test_csv_holds_values_exactly_and_identities() -> None:
    value = 0.1234567890123
    lines = list(csv.DictReader(io.StringIO(layouts.comma_separated(tables.table(result(row("Full", score(value))))))))
    assert float(lines[1]["value"]) == value
    assert lines[1]["identity"] == "m/n10"


def test_markdown_has_a_row_per_line_and_n_in_the_heading() -> None:
    text = layouts.markdown(tables.table(result(row("Full", score(0.5)), row("w/o x", score(0.25)))))
    assert "| | top ↑ (n 10) |" in text
    assert "| w/o x | 0.250 (-0.250) |" in text


def test_latex_has_every_value_its_interval_and_mark_and_escapes_what_must_be() -> None:
    summary = Summary(
        metric="m", column="top", identity="m/n10", value=0.4, interval=(0.3, 0.5), method="", other_subjects=None,
        seed_spread=None, difference=-0.2, difference_interval=None, p=0.01, p_corrected=0.04,
    )  # fmt: skip
    shown = tables.table(result(row("Full", score(0.6)), row("w/o 5 % & x_1", score(0.4), summaries=(summary,))))
    text = layouts.latex(shown)
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r" \\")]
    assert all(line.replace(r"\&", "").count("&") == 1 for line in lines)
    assert r"w/o 5 \% \& x\_1 & 0.400* \\" in lines
    assert r" & \scriptsize [0.300, 0.500] \\" in lines
    assert r" & top $\uparrow$ (n = 10) \\" in lines


def test_columns_of_one_name_are_told_apart_by_their_metric() -> None:
    other = score(0.3).model_copy(update={"metric": "deep", "identity": "deep/n10"})
    shown = tables.table(result(row("Full", score(0.5), other)))
    assert [heading.title for heading in shown.headings] == ["m top ↑", "deep top ↑"]
    assert shown.rows[-1].flat()["deep top"] == 0.3


def test_a_wide_table_is_cut_into_blocks_with_every_column_once() -> None:
    from eegrecon.printing import _blocks

    scores = [score(0.5).model_copy(update={"metric": f"m{k}", "column": f"column {k}"}) for k in range(12)]
    shown = tables.table(result(row("Full", *scores), row("a row with a long label", *scores)))
    blocks = _blocks(shown, 80)
    assert [column for block in blocks for column in block] == list(range(12))
    assert len(blocks) > 1
    assert len(_blocks(shown, 1000)) == 1
    assert [len(block) for block in _blocks(shown, 10)] == [1] * 12  # too narrow for any: one each


def summed(value: float, **more: object) -> Summary:
    given = {"interval": (value - 0.1, value + 0.1), "method": "", "other_subjects": None, "seed_spread": None, **more}
    return Summary(metric="m", column="top", identity="m/n10", value=value, **given)  # type: ignore[arg-type]


def explains(*p: float, differences: tuple[float, ...], better: str = "higher") -> tuple[str, ...]:
    """What the table says of Full at .5 beside the EEG shuffled and beside only the predicted class."""
    one = score(0.5).model_copy(update={"better": better})
    rows = [row("Full", one, summaries=(summed(0.5),))]
    for name, own, difference in zip(("shuffle", "predicted-label"), p, differences, strict=True):
        value = one.model_copy(update={"value": 0.5 + difference})
        said = summed(0.5 + difference, difference=difference, p_corrected=own)
        rows.append(row(f"control: {name}", value, control=name, summaries=(said,)))
    matters = tables.table(result(*rows)).matters
    assert matters is not None
    return matters.rows[0][-2:]


def test_whether_the_eeg_matters_is_told_by_corrected_differences_in_the_better_direction() -> None:
    assert explains(0.01, 0.2, differences=(-0.3, -0.1)) == ("yes", "not seen")
    assert explains(0.01, 0.01, differences=(-0.3, 0.1)) == ("yes", "less")
    assert explains(0.01, 0.04, differences=(0.3, 0.1), better="lower") == ("yes", "yes")
    assert explains(0.06, 0.05, differences=(-0.3, -0.1)) == ("not seen", "not seen")


def test_without_controls_there_is_nothing_to_put_beside() -> None:
    matters = tables.table(result(row("Full", score(0.5), summaries=(summed(0.5),)))).matters
    assert matters is not None
    assert matters.rows == ()


def test_below_chance_stands_the_range_of_what_was_dealt_anew() -> None:
    shown = tables.table(result(row("Full", score(0.5), summaries=(summed(0.5, null=(0.4, 0.6)),))))
    assert (shown.rows[0].kind, shown.rows[0].cells[0].spread) == ("chance", "[0.400, 0.600]")
    assert tables.NULL in shown.notes
